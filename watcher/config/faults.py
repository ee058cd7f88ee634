"""What is wrong with a configuration file: one readable line for each fault, all at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from watcher.core.nearest import nearest

LONGEST_SHOWN: Final = 80
"""How many characters of a value a fault shows."""


class Fault(msgspec.Struct, frozen=True):
    """One thing that must be changed before the file can be used.

    `line` counts from 1 and is `None` where the file itself is the matter; `key` is the dotted
    path, "" for the whole file.  `found` and `allowed` are phrases, `hint` says what to do.  None
    of them ever holds the value of a secret.
    """

    line: int | None
    key: str
    found: str | None = None
    allowed: str | None = None
    hint: str | None = None

    def describe(self, file: str) -> str:
        """The fault in one line, as `rules.toml:12: rules[0].severity: found "sever", …`."""
        place = file if self.line is None else f"{file}:{self.line}"
        return ": ".join(part for part in (place, self.key, self.says) if part)

    def as_data(self, file: str) -> dict[str, object]:
        """The same for JSON; `message` is what people read after the place and the key."""
        parts = {"found": self.found, "allowed": self.allowed, "hint": self.hint}
        return {"file": file, "line": self.line, "key": self.key, "message": self.says, **parts}

    @property
    def says(self) -> str:
        """What people read after the place and the key."""
        allowed = f"allowed: {self.allowed}" if self.allowed else None
        found = f"found {self.found}" if self.found else None
        judged = ", ".join(part for part in (found, allowed) if part)
        said = "; ".join(part for part in (judged, self.hint) if part)
        return _on_one_line(said)


class Remark(msgspec.Struct, frozen=True):
    """Something that `check` points out and that stops nothing."""

    line: int | None
    key: str
    text: str

    def describe(self, file: str) -> str:
        """The remark in one line, beginning with its place."""
        place = file if self.line is None else f"{file}:{self.line}"
        return ": ".join(part for part in (place, self.key, _on_one_line(self.text)) if part)


class ConfigError(Exception):
    """The file cannot be used; `faults` are all that is wrong with it, in the file's order."""

    def __init__(self, file: str, faults: Sequence[Fault]) -> None:
        """Keep the faults for programs, and write them a line each for people."""
        self.file = file
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line or 0))
        super().__init__("\n".join(fault.describe(file) for fault in self.faults))

    def as_data(self) -> dict[str, object]:
        """The same for JSON."""
        return {"file": self.file, "faults": [fault.as_data(self.file) for fault in self.faults]}


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The hint that names the nearest known word, where one is near."""
    found = nearest(word, known)
    return f'did you mean "{found}"?' if found is not None else None


def quoted(value: str) -> str:
    """`value` in double quotes on one line, cut where it is long."""
    cut = value if len(value) <= LONGEST_SHOWN else f"{value[: LONGEST_SHOWN - 1]}…"
    return '"' + "".join(map(_shown, cut)) + '"'


def _shown(sign: str) -> str:
    return f"\\{sign}" if sign in '"\\' else _harmless(sign)


def _on_one_line(text: str) -> str:
    """Without line breaks, and without signs that would move a terminal's cursor."""
    return "".join(map(_harmless, text.replace("\n", " ")))


def _harmless(sign: str) -> str:
    return sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii")
