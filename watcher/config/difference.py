"""What one file asks for and another does not: rules, sources, jobs, channels, settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from watcher.config.sketch import SETTINGS, VALUE, is_mark
from watcher.core.in_force import Keys, Sketch

NEEDS_RESTART: Final = frozenset({"store", "listen"})
"""Settings that a reload leaves as they were."""

RESTARTS_TO_COME_OR_GO: Final = frozenset({"web.cert_file"})
"""Settings that a reload can change, and can neither bring in nor take away."""

ORDER: Final = "order of rules"
"""Stands for a setting: among equals the first rule of the file speaks."""

LINES_SHOWN: Final = 50
KEYS_SHOWN: Final = 6
VALUE_CHARACTERS: Final = 80
NOTHING: Final = "none"
ARROW: Final = "→"

WORDS: Final = MappingProxyType(
    {
        "accounts": "account",
        "sources": "source",
        "jobs": "job",
        "channels": "channel",
        "rules": "rule",
        "windows": "window",
    }
)
"""What one of each part is called."""


class Change(StrEnum):
    """What became of a thing."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


SIGNS: Final = MappingProxyType({Change.ADDED: "+", Change.CHANGED: "~", Change.REMOVED: "-"})


class KeyChange(msgspec.Struct, frozen=True):
    """One key's value before and after, `None` where it was not there; never a secret's."""

    key: str
    old: str | None
    new: str | None
    secret: bool = False

    def describe(self) -> str:
        """As people read it: `for 60s → 2m`, of a secret only that it changed."""
        if self.secret:
            return f"{self.key} changed".strip()
        return f"{self.key} {_shown(self.old)} {ARROW} {_shown(self.new)}".strip()


class Entry(msgspec.Struct, frozen=True):
    """What became of one thing of a part; `note` says what that leads to."""

    change: Change
    part: str
    name: str
    keys: tuple[KeyChange, ...] = ()
    note: str = ""

    def describe(self) -> str:
        """The entry in one line, as `~ rule job-down: for 60s → 2m`."""
        word = WORDS.get(self.part, "")
        told = [key.describe() for key in self.keys[:KEYS_SHOWN]]
        if len(self.keys) > KEYS_SHOWN:
            told.append(f"{len(self.keys) - KEYS_SHOWN} more keys")
        said = "; ".join((*told, self.note) if self.note else told)
        head = f"{SIGNS[self.change]} {f'{word} ' if word else ''}{self.name}"
        return f"{head}: {said}" if said and word else f"{head} {said}".rstrip()


class Difference(msgspec.Struct, frozen=True):
    """All that differs, by part and name in the order of the files."""

    entries: tuple[Entry, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(self.entries)

    def lines(self, most: int = LINES_SHOWN) -> tuple[str, ...]:
        """A line each; beyond `most` only how many more there are."""
        shown = [entry.describe() for entry in self.entries[:most]]
        hidden = len(self.entries) - len(shown)
        return (*shown, f"… and {hidden} more") if hidden > 0 else tuple(shown)

    def with_waiting(self, waiting: Mapping[str, int]) -> Difference:
        """Says of each removed channel how many deliveries wait for it, which die with it."""
        entries = (
            msgspec.structs.replace(entry, note=_dying(waiting[entry.name]))
            if entry.change is Change.REMOVED
            and entry.part == "channels"
            and waiting.get(entry.name)
            else entry
            for entry in self.entries
        )
        return Difference(tuple(entries))


def compare(old: Sketch, new: Sketch) -> Difference:
    """What `new` changes; both must have the same salt."""
    return Difference(
        (
            *_settings(old.parts.get(SETTINGS, {}), new.parts.get(SETTINGS, {})),
            *_order(list(old.parts.get("rules", {})), list(new.parts.get("rules", {}))),
            *(
                entry
                for part in WORDS
                for entry in _things(part, old.parts.get(part, {}), new.parts.get(part, {}))
            ),
        )
    )


def _things(part: str, old: Mapping[str, Keys], new: Mapping[str, Keys]) -> Iterator[Entry]:
    for name in dict.fromkeys((*old, *new)):
        if name not in old:
            yield Entry(Change.ADDED, part, name)
        elif name not in new:
            yield Entry(Change.REMOVED, part, name)
        elif old[name] != new[name]:
            yield Entry(Change.CHANGED, part, name, tuple(_keys(old[name], new[name])))


def _settings(old: Mapping[str, Keys], new: Mapping[str, Keys]) -> Iterator[Entry]:
    """A setting is always there, if only by its default: it changes."""
    for name in dict.fromkeys((*old, *new)):
        keys = tuple(_keys(old.get(name, {}), new.get(name, {})))
        if keys:
            note = "needs a restart" if _needs_restart(name, keys) else ""
            yield Entry(Change.CHANGED, SETTINGS, name, keys, note)


def _needs_restart(name: str, keys: Sequence[KeyChange]) -> bool:
    comes_or_goes = any(key.old is None or key.new is None for key in keys)
    return name in NEEDS_RESTART or (comes_or_goes and name in RESTARTS_TO_COME_OR_GO)


def _order(old: Sequence[str], new: Sequence[str]) -> Iterator[Entry]:
    """That rules which stay stand in another order."""
    before, after = [n for n in old if n in {*new}], [n for n in new if n in {*old}]
    if before != after:
        yield Entry(
            Change.CHANGED,
            SETTINGS,
            ORDER,
            (KeyChange(VALUE, ", ".join(before), ", ".join(after)),),
        )


def _keys(old: Keys, new: Keys) -> Iterator[KeyChange]:
    for key in dict.fromkeys((*old, *new)):
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        if is_mark(before) or is_mark(after):
            yield KeyChange(key, None, None, secret=True)
        else:
            yield KeyChange(key, before, after)


def _dying(number: int) -> str:
    return "1 waiting delivery dies" if number == 1 else f"{number} waiting deliveries die"


def _shown(text: str | None) -> str:
    if text is None:
        return NOTHING
    text = text or '""'
    return text if len(text) <= VALUE_CHARACTERS else f"{text[: VALUE_CHARACTERS - 1]}…"
