"""What all commands share: which file is meant, exit codes, hints."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from watcher import __version__
from watcher.cli.root import COMMANDS, cli, main

BAD = "langauge = 1\n"


def invoke(*arguments: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(cli, arguments, env={"WATCHER_CONFIG": None, **(env or {})})


def bad_file(folder: Path, name: str) -> str:
    """A file whose faults name it."""
    path = folder / name
    path.write_text(BAD)
    return str(path)


def test_the_file_may_be_named_before_or_after_the_command(tmp_path: Path) -> None:
    """Both places mean the same; the one after the command wins, then the environment's."""
    first, second = bad_file(tmp_path, "first.toml"), bad_file(tmp_path, "second.toml")
    for arguments, env, meant in (
        (("--config", first, "check"), {}, first),
        (("check", "--config", first), {}, first),
        (("--config", first, "check", "--config", second), {}, second),
        (("check",), {"WATCHER_CONFIG": second}, second),
        (("--config", first, "check"), {"WATCHER_CONFIG": second}, first),
    ):
        result = invoke(*arguments, env=env)
        assert 2 == result.exit_code
        assert f"{meant}:1: langauge" in result.stderr


@pytest.mark.parametrize(
    "slip, hint",
    [("stauts", "status"), ("runn", "run"), ("test_channel", "test-channel"), ("xyzzy", None)],
)
def test_an_unknown_command_is_answered_with_the_nearest(slip: str, hint: str | None) -> None:
    """Usage is exit 2; where nothing is near, nothing is guessed."""
    result = invoke(slip)
    assert 2 == result.exit_code
    assert f"There is no command {slip!r}." in result.stderr
    assert (f"Did you mean {hint!r}?" in result.stderr) is (hint is not None)


def test_the_list_of_commands_is_complete() -> None:
    """Each command in the table can be imported, and stands in the help with its line."""
    shown = invoke("--help").stdout
    for name, (_, _, text) in COMMANDS.items():
        assert name in shown
        assert text in shown
        assert 0 == invoke(name, "--help").exit_code


def test_the_version_is_told() -> None:
    """`--version` needs no file."""
    assert f"watcher, version {__version__}\n" == invoke("--version").stdout


@pytest.mark.parametrize(
    "arguments, code",
    [(["--version"], 0), (["stauts"], 2), (["check", "--config", "nowhere.toml"], 2)],
)
def test_main_ends_with_the_commands_code(
    arguments: list[str], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process's exit code is the command's own, whatever way it ended."""
    monkeypatch.setattr(sys, "argv", ["watcher", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    assert code == end.value.code


@pytest.mark.parametrize("command", ["events", "ledger"])
def test_a_span_that_is_none_is_a_wrong_usage(command: str, tmp_path: Path) -> None:
    """`--since yesterday` says what a span looks like."""
    result = invoke(command, "--since", "yesterday", "--config", bad_file(tmp_path, "rules.toml"))
    assert 2 == result.exit_code
    assert "--since" in result.stderr
