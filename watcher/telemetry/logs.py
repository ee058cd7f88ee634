"""Makes the log: readable lines on a terminal, JSON lines otherwise, and no secret in either."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, MutableMapping
from datetime import UTC, datetime, timedelta
from typing import TextIO

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from watcher.telemetry.redaction import MASK, Redactor
from watcher.terminal import printable, printable_json

LEVELS = ("debug", "info", "warning", "error", "critical")

SECRET_KEYS = frozenset(
    {
        "access_key_id",
        "access_key_secret",
        "access_token",
        "authorization",
        "password",
        "secret",
        "security_token",
        "signature",
        "token",
    }
)
"""Keys whose value is masked whatever it is."""


def make_logger(
    stream: TextIO,
    redactor: Redactor,
    *,
    level: str = "info",
    environ: Mapping[str, str],
) -> FilteringBoundLogger:
    """A logger that writes one line an event to `stream`, in colours if that is a terminal.

    Event names are snake_case; what belongs to the event goes in as keys.  Times are ISO 8601 UTC.
    `environ` is asked for NO_COLOR.  Raises KeyError for a level that is not in LEVELS.
    """
    on_terminal = stream.isatty()
    logger: FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(stream),
        wrapper_class=structlog.make_filtering_bound_logger(_number_of(level)),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            _redaction(redactor),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *(_for_people(environ) if on_terminal else _for_programs()),
        ],
    )
    return logger


def use_for_libraries(logger: FilteringBoundLogger) -> None:
    """Send what libraries log at warning or above through `logger`; the process's edge calls it.

    It replaces the handlers of the standard library's root logger.
    """
    logging.basicConfig(handlers=[_ToLogger(logger)], level=logging.WARNING, force=True)


class _ToLogger(logging.Handler):
    """Hands a standard record on as the event `library_message`."""

    def __init__(self, logger: FilteringBoundLogger) -> None:
        super().__init__()
        self._logger = logger

    def emit(self, record: logging.LogRecord) -> None:
        told: dict[str, object] = {"library": record.name, "message": record.getMessage()}
        if record.exc_info is not None:
            told["exc_info"] = record.exc_info
        self._logger.log(_known_level(record.levelno), "library_message", **told)


def _known_level(number: int) -> int:
    """Libraries may use levels in between; the next lower one is said."""
    return min(max(number // 10 * 10, logging.DEBUG), logging.CRITICAL)


def _number_of(level: str) -> int:
    return {name: 10 * number for number, name in enumerate(LEVELS, start=1)}[level.lower()]


def _for_programs() -> tuple[Processor, ...]:
    first = ["timestamp", "level", "event"]
    return (
        _in_order(first),
        structlog.processors.JSONRenderer(serializer=_json),
    )


def _for_people(environ: Mapping[str, str]) -> tuple[Processor, ...]:
    return (
        _printable,
        structlog.dev.ConsoleRenderer(colors="NO_COLOR" not in environ, sort_keys=False),
    )


def _in_order(first: list[str]) -> Processor:
    def reorder(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        front = {key: event[key] for key in first if key in event}
        return front | {key: value for key, value in event.items() if key not in front}

    return reorder


def _printable(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Job names and error texts come from elsewhere: they shall not steer the terminal."""
    return {
        key: printable(value) if isinstance(value, str) else value for key, value in event.items()
    }


def _json(event: object, *, default: Callable[[object], object]) -> str:
    return printable_json(json.dumps(event, ensure_ascii=False, default=default))


def _redaction(redactor: Redactor) -> Processor:
    """A processor that masks secrets in all values, at any depth, and leaves plain values only."""

    def redact(_: WrappedLogger, __: str, event: MutableMapping[str, object]) -> EventDict:
        return {
            key: MASK if key in SECRET_KEYS else _plain(value, redactor.redact)
            for key, value in event.items()
        }

    return redact


def _plain(value: object, redact: Callable[[str], str]) -> object:
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return redact(value)
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case timedelta():
            return value.total_seconds()
        case Mapping():
            return _plain_mapping(value, redact)
        case list() | tuple() | set() | frozenset():
            return [_plain(item, redact) for item in value]
        case BaseException():
            return redact(f"{type(value).__name__}: {value}")
    return redact(str(value))


def _plain_mapping(
    value: Mapping[object, object], redact: Callable[[str], str]
) -> dict[str, object]:
    return {
        redact(str(key)): MASK if str(key).lower() in SECRET_KEYS else _plain(item, redact)
        for key, item in value.items()
    }
