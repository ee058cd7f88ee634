"""What `${…}` stands for."""

from __future__ import annotations

from pathlib import Path

import pytest

from watcher.config.positions import locate
from watcher.config.secrets import LARGEST, Expansion, expand


def expand_text(text: str, env: dict[str, str] | None = None) -> Expansion:
    """Expand one value that stands at `a.b`, in line 3."""
    document: dict[str, object] = {"a": {"b": text}}
    return expand(document, env or {}, locate('\n[a]\nb = "x"\n'))


def value_of(expansion: Expansion) -> object:
    table = expansion.document["a"]
    assert isinstance(table, dict)
    return table["b"]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("plain", "plain"),
        ("${X}", "one"),
        ("a${X}b${X_2}c", "aonebtwoc"),
        ("$${X}", "${X}"),
        ("$$$${X}", "$${X}"),
        ("cost$", "cost$"),
        ("^a$|b", "^a$|b"),
        ("$X", "$X"),
        ("$$", "$"),
    ],
)
def test_variables(text: str, expected: str) -> None:
    """A variable's value stands where it is named, and a $ that names nothing is a plain one."""
    expansion = expand_text(text, {"X": "one", "X_2": "two"})
    assert expected == value_of(expansion)
    assert {} == expansion.faults


def test_value_is_not_expanded_again() -> None:
    """A secret that holds ${…} is taken as it is."""
    assert "${Y}" == value_of(expand_text("${X}", {"X": "${Y}", "Y": "no"}))


def test_lists_and_tables_are_expanded() -> None:
    """References work wherever a text can stand, and other values stay what they are."""
    document: dict[str, object] = {"a": [{"b": ["${X}"]}, 5, True]}
    assert {"a": [{"b": ["one"]}, 5, True]} == expand(document, {"X": "one"}, locate("")).document


def test_file_is_read_without_its_line_end(tmp_path: Path) -> None:
    """The newline that every editor adds is no part of the secret; blanks are."""
    path = tmp_path / "secret"
    path.write_text(" planted \r\n")
    assert " planted " == value_of(expand_text(f"${{file:{path}}}"))


def test_credential_is_read_from_its_directory(tmp_path: Path) -> None:
    """systemd names the directory, the file names the credential."""
    (tmp_path / "robot").write_text("planted\n")
    env = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert "planted" == value_of(expand_text("${credential:robot}", env))


@pytest.mark.parametrize(
    "text, hint",
    [
        ("${NOPE}", "the variable NOPE is not set"),
        ("${SLACK_ULR}", 'the variable SLACK_ULR is not set; did you mean "SLACK_URL"?'),
        ("${EMPTY}", "the variable EMPTY is set but empty"),
        ("${X", "${ without its }"),
        ("${}", "${} means nothing here"),
        ("${a b}", "${a b} means nothing here"),
        ("${vault:x}", "${vault:x} means nothing here"),
        ("${file:secret}", "${file:secret} is no absolute path"),
        ("${file:/not/there}", "/not/there cannot be read: No such file or directory"),
        ("${file:/}", "/ cannot be read: it is no regular file"),
        ("${file:/dev/zero}", "/dev/zero cannot be read: it is no regular file"),
        ("${file:/a\0b}", "cannot be read: embedded null byte"),
        ("${credential:robot}", "$CREDENTIALS_DIRECTORY is not set"),
        ("${credential:../robot}", '"../robot" is no credential\'s name'),
        ("${credential:..}", '".." is no credential\'s name'),
    ],
)
def test_what_stands_for_nothing(text: str, hint: str) -> None:
    """Each reference that cannot be replaced is a fault with its line, its key and the reason."""
    expansion = expand_text(text, {"EMPTY": "", "SLACK_URL": "x"})
    (fault,) = expansion.faults.values()
    assert (3, "a.b") == (fault.line, fault.key)
    assert hint in (fault.hint or "")
    assert text == value_of(expansion)


@pytest.mark.parametrize(
    "content, hint",
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"x" * (LARGEST + 1), f"larger than {LARGEST} bytes"),
    ],
)
def test_files_that_hold_no_secret(content: bytes, hint: str, tmp_path: Path) -> None:
    """A file that was filled wrongly is named, not used."""
    path = tmp_path / "secret"
    path.write_bytes(content)
    (fault,) = expand_text(f"${{file:{path}}}").faults.values()
    assert hint in (fault.hint or "")


def test_secrets_and_what_was_written_are_kept() -> None:
    """The redactor learns the values; faults show what stands in the file."""
    expansion = expand_text("x-${X}-${Y}", {"X": "planted", "Y": "other"})
    assert frozenset({"planted", "other"}) == expansion.secrets
    assert {("a", "b"): "x-${X}-${Y}"} == expansion.written


def test_files_are_kept_with_their_permissions(tmp_path: Path) -> None:
    """What `check` says of a file rests on what it was when it was read."""
    path = tmp_path / "secret"
    path.write_text("planted")
    path.chmod(0o640)
    ((key, file),) = expand_text(f"${{file:{path}}}").files
    assert (("a", "b"), path, 0o640, "its group") == (key, file.path, file.mode, file.open_to)


def test_repr_shows_no_secret() -> None:
    """An expansion in a traceback tells nothing."""
    assert "planted" not in repr(expand_text("${X}", {"X": "planted"}))
