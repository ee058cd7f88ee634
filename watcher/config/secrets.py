"""What `${…}` in the file stands for: variables, files, and systemd's credentials."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from watcher.config.faults import Fault, did_you_mean, quoted
from watcher.config.positions import KeyPath, Positions, write_path

FORMS: Final = "${VARIABLE}, ${file:/path} or ${credential:NAME}; a plain $ may be written $$"
LARGEST: Final = 64 * 1024
"""How many bytes a secret's file may hold."""

_REFERENCE: Final = re.compile(r"\$\$|\$\{(?P<inner>[^}]*)\}|(?P<open>\$\{)")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_CREDENTIAL: Final = re.compile(r"[A-Za-z0-9_.@:-]+", re.ASCII)


class Expansion(msgspec.Struct, frozen=True):
    """A document with every `${…}` replaced.

    `written` holds, for each value that had one, the text as it stands in the file: what a fault
    may show.  `secrets` are the values that came in.  A value that could not be replaced stays as
    it was written, with a fault for its path.
    """

    document: dict[str, object]
    written: Mapping[KeyPath, str]
    secrets: frozenset[str]
    faults: Mapping[KeyPath, Fault]

    def __repr__(self) -> str:
        """How much was replaced, never by what."""
        return f"Expansion({len(self.written)} values, {len(self.faults)} faults)"


class _Missing(Exception):  # noqa: N818  it never leaves this module
    """A reference that stands for nothing; the message is the hint."""


def expand(
    document: Mapping[str, object], env: Mapping[str, str], positions: Positions
) -> Expansion:
    """Replace the references in every string value of `document`."""
    expander = _Expander(env, positions)
    expanded = {key: expander.value(value, (key,)) for key, value in document.items()}
    return Expansion(expanded, expander.written, frozenset(expander.secrets), expander.faults)


class _Expander:
    def __init__(self, env: Mapping[str, str], positions: Positions) -> None:
        self._env = env
        self._positions = positions
        self.written: dict[KeyPath, str] = {}
        self.secrets: set[str] = set()
        self.faults: dict[KeyPath, Fault] = {}

    def value(self, value: object, path: KeyPath) -> object:
        if isinstance(value, dict):
            return {key: self.value(inner, (*path, key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.value(item, (*path, number)) for number, item in enumerate(value)]
        return self._text(value, path) if isinstance(value, str) else value

    def _text(self, text: str, path: KeyPath) -> str:
        if "$" not in text:
            return text
        try:
            return _REFERENCE.sub(lambda found: self._replace(found, text, path), text)
        except _Missing as missing:
            self.faults[path] = Fault(
                self._positions.line(path), write_path(path), quoted(text), hint=str(missing)
            )
            return text

    def _replace(self, found: re.Match[str], text: str, path: KeyPath) -> str:
        if found[0] == "$$":
            return "$"
        self.written[path] = text
        if found["open"]:
            raise _Missing(f"${{ without its }}; write {FORMS}")
        value = self._look_up(found["inner"])
        self.secrets.add(value)
        return value

    def _look_up(self, inner: str) -> str:
        scheme, colon, rest = inner.partition(":")
        if colon and scheme == "file":
            return _of_file(Path(rest), f"${{{inner}}}")
        if colon and scheme == "credential":
            return self._of_credential(rest)
        if colon or not _NAME.fullmatch(inner):
            raise _Missing(f"${{{inner}}} means nothing here; write {FORMS}")
        return self._of_variable(inner)

    def _of_variable(self, name: str) -> str:
        value = self._env.get(name)
        if value is None:
            hint = did_you_mean(name, self._env)
            raise _Missing(f"the variable {name} is not set" + (f"; {hint}" if hint else ""))
        if not value:
            raise _Missing(f"the variable {name} is set but empty")
        return value

    def _of_credential(self, name: str) -> str:
        if not _CREDENTIAL.fullmatch(name) or name in {".", ".."}:
            raise _Missing(f"{quoted(name)} is no credential's name; write ${{credential:NAME}}")
        directory = self._env.get("CREDENTIALS_DIRECTORY")
        if not directory:
            raise _Missing(
                "$CREDENTIALS_DIRECTORY is not set; systemd sets it for a unit with "
                f"LoadCredential={name}:/path"
            )
        return _of_file(Path(directory) / name, f"${{credential:{name}}}")


def _of_file(path: Path, reference: str) -> str:
    """The text of a secret's file, without the line end that editors add."""
    if not path.is_absolute():
        raise _Missing(f"{reference} is no absolute path; write ${{file:/path}}")
    try:
        value = _content(path).decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise _Missing(f"{path} is not UTF-8 text") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise _Missing(f"{path} cannot be read: {why}") from None
    if not value:
        raise _Missing(f"{path} is empty")
    return value


def _content(path: Path) -> bytes:
    # A pipe or a device could keep us waiting for ever.
    if path.exists() and not path.is_file():
        raise ValueError("it is no regular file")
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"it is larger than {LARGEST} bytes")
    return content
