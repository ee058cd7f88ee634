"""What a file asks for as plain texts, so that two files can be compared and one be kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import time, timedelta
from hashlib import sha256
from hmac import digest
from itertools import islice
from typing import Final

from pydantic import BaseModel, SecretStr

from watcher.config.resolve import Resolved
from watcher.config.shape import key_of
from watcher.core.in_force import Keys, Sketch
from watcher.core.span import format_span
from watcher.telemetry.redaction import Redactor

MARK: Final = "secret:"
"""Begins what stands for a secret."""

SETTINGS: Final = "settings"
VALUE: Final = ""
"""The key of a setting's only value."""

_PARTS: Final = frozenset({"accounts", "sources", "channels", "rules", "windows"})
_MARK_DIGITS: Final = 16
_AT_ONCE: Final = 200
"""Names that are looked through together; no other thread runs meanwhile."""


def is_mark(text: str | None) -> bool:
    """Whether a text stands for a secret."""
    return text is not None and text.startswith(MARK)


def sketch(resolved: Resolved, salt: str) -> Sketch:
    """The sketch of a file; whoever has no secret of it cannot tell them from its marks."""
    pen = _Pen(resolved.secrets, salt)
    settings = dict(pen.keys_of(resolved.top, skip=_PARTS))
    return Sketch(
        salt,
        {
            SETTINGS: {key: {VALUE: text} for key, text in settings.items()},
            "accounts": pen.named(resolved.accounts.items()),
            "sources": pen.named(resolved.sources.items(), skip=frozenset({"jobs"})),
            "jobs": pen.jobs(resolved),
            "channels": pen.named(resolved.channels.items()),
            "rules": pen.named((rule.name, rule) for rule in resolved.rules),
            "windows": pen.named((window.name, window) for window in resolved.windows),
        },
    )


class _Pen:
    """Writes values, and a mark for each that is a secret or holds one."""

    def __init__(self, secrets: Iterable[str], salt: str) -> None:
        self._redact = Redactor(secrets).redact
        self._salt = salt.encode()

    def named(
        self, tables: Iterable[tuple[str, BaseModel]], skip: frozenset[str] = frozenset()
    ) -> dict[str, Keys]:
        skipped = skip | {"name"}
        return {self._redact(name): dict(self.keys_of(t, skipped)) for name, t in tables}

    def jobs(self, resolved: Resolved) -> dict[str, Keys]:
        """Each name or glob of each source, with the labels that it carries."""
        found: dict[str, Keys] = {}
        for source, table in resolved.sources.items():
            for jobs in table.jobs:
                labels = {f"labels.{k}": self._text(text) for k, text in jobs.labels.items()}
                for name in self._clean(f"{source}/{jobs.type}/{one}" for one in jobs.names):
                    found[name] = {**found[name], **labels} if name in found else labels
        return found

    def _clean(self, names: Iterable[str]) -> Iterator[str]:
        """Many names, redacted: one by one only where that changes anything."""
        rest = iter(names)
        while some := list(islice(rest, _AT_ONCE)):
            text = "\n".join(some)
            yield from some if self._redact(text) == text else map(self._redact, some)

    def keys_of(
        self, table: BaseModel, skip: frozenset[str] = frozenset(), before: str = ""
    ) -> Iterator[tuple[str, str]]:
        for name, field in type(table).model_fields.items():
            key = key_of(name, field)
            if key not in skip:
                yield from self._written(before + key, getattr(table, name))

    def _written(self, key: str, value: object) -> Iterator[tuple[str, str]]:
        if isinstance(value, BaseModel):
            yield from self.keys_of(value, before=f"{key}.")
        elif isinstance(value, Mapping):
            for name, inner in value.items():
                yield from self._written(f"{key}.{self._redact(str(name))}", inner)
        elif isinstance(value, SecretStr):
            yield key, self._mark(value.get_secret_value())
        elif value is not None and value != ():
            yield key, self._text(_plain(value))

    def _text(self, text: str) -> str:
        return text if self._redact(text) == text else self._mark(text)

    def _mark(self, text: str) -> str:
        return MARK + digest(self._salt, text.encode(), sha256).hex()[:_MARK_DIGITS]


def _plain(value: object) -> str:
    """A value as the file would write it, or nearly."""
    match value:
        case bool():
            return "true" if value else "false"
        case timedelta():
            return format_span(value)
        case time():
            return f"{value:%H:%M}"
        case re.Pattern():
            return str(value.pattern)
        case tuple() | list():
            return ", ".join(map(_plain, value))
        case _:
            return str(value)
