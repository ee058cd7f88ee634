"""What `${…}` in the file stands for: variables, files, and systemd's credentials."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from stat import S_IMODE
from typing import Final

import msgspec

from watcher.config.faults import Fault, did_you_mean, quoted
from watcher.config.positions import KeyPath, Positions, write_path

FORMS: Final = "${VARIABLE}, ${file:/path} or ${credential:NAME}; a plain $ may be written $$"
LARGEST: Final = 64 * 1024
"""How many bytes a secret's file may hold."""

OTHERS: Final = (("its group", 0o060), ("everybody", 0o006))
"""Who may be let at a file besides its owner, and by which permissions."""

_REFERENCE: Final = re.compile(r"\$\$|\$\{(?P<inner>[^}]*)\}|(?P<open>\$\{)")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_CREDENTIAL: Final = re.compile(r"[A-Za-z0-9_.@:-]+", re.ASCII)


class SecretFile(msgspec.Struct, frozen=True):
    """A file that holds secrets; `mode` are the permissions that it had when it was read."""

    path: Path
    mode: int

    @property
    def open_to(self) -> str | None:
        """Who else than its owner may read or change it, in words; `None` for nobody."""
        told = [who for who, bits in OTHERS if self.mode & bits]
        return " and ".join(told) or None


class Expansion(msgspec.Struct, frozen=True):
    """A document with every `${…}` replaced.

    `written` holds, for each value that had one, the text as it stands in the file: what a fault
    may show.  `secrets` are the values that came in, `files` those that were read for `${file:}`.
    A value that could not be replaced stays as it was written, with a fault for its path.
    """

    document: dict[str, object]
    written: Mapping[KeyPath, str]
    secrets: frozenset[str]
    faults: Mapping[KeyPath, Fault]
    files: tuple[tuple[KeyPath, SecretFile], ...]

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
    secrets = frozenset(expander.secrets)
    return Expansion(expanded, expander.written, secrets, expander.faults, tuple(expander.files))


class _Expander:
    def __init__(self, env: Mapping[str, str], positions: Positions) -> None:
        self._env = env
        self._positions = positions
        self.written: dict[KeyPath, str] = {}
        self.secrets: set[str] = set()
        self.faults: dict[KeyPath, Fault] = {}
        self.files: list[tuple[KeyPath, SecretFile]] = []

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
        value = self._look_up(found["inner"], path)
        self.secrets.add(value)
        return value

    def _look_up(self, inner: str, path: KeyPath) -> str:
        scheme, colon, rest = inner.partition(":")
        if colon and scheme == "file":
            value, file = _of_file(Path(rest), f"${{{inner}}}")
            self.files.append((path, file))
            return value
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
        value, _ = _of_file(Path(directory) / name, f"${{credential:{name}}}")
        return value


def _of_file(path: Path, reference: str) -> tuple[str, SecretFile]:
    """The text of a secret's file, without the line end that editors add, and the file."""
    if not path.is_absolute():
        raise _Missing(f"{reference} is no absolute path; write ${{file:/path}}")
    try:
        content, mode = _content(path)
        value = content.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise _Missing(f"{path} is not UTF-8 text") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise _Missing(f"{path} cannot be read: {why}") from None
    if not value:
        raise _Missing(f"{path} is empty")
    return value, SecretFile(path, mode)


def _content(path: Path) -> tuple[bytes, int]:
    """What the file holds, and its permissions."""
    # A pipe or a device could keep us waiting for ever.
    if path.exists() and not path.is_file():
        raise ValueError("it is no regular file")
    with path.open("rb") as file:
        content, mode = file.read(LARGEST + 1), S_IMODE(os.fstat(file.fileno()).st_mode)
    if len(content) > LARGEST:
        raise ValueError(f"it is larger than {LARGEST} bytes")
    return content, mode
