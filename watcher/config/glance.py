"""What a command that only looks at the store needs of the file: no secret, no rule, no channel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta, tzinfo
from pathlib import Path
from typing import Final

import msgspec
from pydantic import ValidationError

from watcher.config.complaints import Written, complaints
from watcher.config.document import Document, read_document
from watcher.config.faults import ConfigError
from watcher.config.file_table import (
    DEFAULT_HISTORY,
    FileTable,
    default_store,
    parse_store,
    parse_timezone,
)
from watcher.config.load import read_text
from watcher.config.secrets import expand
from watcher.config.window_table import WindowTable, resolve_window
from watcher.core.window import Window

KEYS: Final[tuple[str, ...]] = ("store", "timezone", "history")


class Glance(msgspec.Struct, frozen=True):
    """Where the store is, how long its history, in which zone times are shown; names of things.

    It needs no secret to be at hand and no rule to be right, so that one can look while a service
    runs on, whatever has become of its file.
    """

    file: str
    store: Path
    timezone: tzinfo
    channels: tuple[str, ...]
    history: timedelta = DEFAULT_HISTORY
    sources: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    windows: tuple[Window, ...] = ()


def glance(path: Path, env: Mapping[str, str]) -> Glance:
    """Read the file at `path` for what looking needs; `ConfigError` where just that is faulty."""
    text, _ = read_text(path)
    return glance_at_text(text, env, str(path))


def glance_at_text(text: str, env: Mapping[str, str], file: str) -> Glance:
    """As `glance`, of a text that is called `file` in faults."""
    document = read_document(text)
    if document.values is None:
        raise ConfigError(file, document.faults)
    top = _top(document, env, file)
    return Glance(
        file=file,
        store=default_store(env) if top.store is None else parse_store(top.store),
        timezone=parse_timezone(top.timezone),
        channels=_names(document.values.get("channels")),
        history=top.history,
        sources=_names(document.values.get("sources")),
        rules=tuple(_names_in(document.values.get("rules"))),
        windows=tuple(_windows(document, env, top.timezone)),
    )


def _names(tables: object) -> tuple[str, ...]:
    return tuple(tables) if isinstance(tables, dict) else ()


def _names_in(tables: object) -> Iterator[str]:
    for table in tables if isinstance(tables, list) else ():
        if isinstance(table, dict) and isinstance(name := table.get("name"), str):
            yield name


def _windows(document: Document, env: Mapping[str, str], timezone: str) -> Iterator[Window]:
    """The windows that are sound; a faulty one is told when the file is put into force."""
    values = {"windows": (document.values or {}).get("windows")}
    listed = expand(values, env, document.positions).document["windows"]
    for table in listed if isinstance(listed, list) else ():
        with suppress(ValidationError):
            window = WindowTable.model_validate(table)
            if window.opens:
                yield resolve_window(window, timezone)


def _top(document: Document, env: Mapping[str, str], file: str) -> FileTable:
    values = document.values or {}
    wanted = {key: values[key] for key in KEYS if key in values}
    expansion = expand(wanted, env, document.positions)
    if expansion.faults:
        raise ConfigError(file, tuple(expansion.faults.values()))
    try:
        return FileTable.model_validate(expansion.document)
    except ValidationError as error:
        written = Written(wanted, document.positions)
        found = complaints(error, FileTable, (), written)
        raise ConfigError(file, [fault for _, fault in found]) from None
