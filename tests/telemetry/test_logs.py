"""The log: one line an event, for people on a terminal and for programs elsewhere, no secret."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import SecretStr

from watcher.telemetry.logs import LEVELS, make_logger, use_for_libraries
from watcher.telemetry.redaction import MASK, Redactor

PLANTED = "s3cr3t-planted"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    """The standard library's root logger, put back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)


def logged(**told: object) -> dict[str, Any]:
    """One event as a program reads it, from a log that knows the planted secret."""
    stream = io.StringIO()
    make_logger(stream, Redactor([PLANTED]), environ={}).info("poll_done", **told)
    line: dict[str, Any] = json.loads(stream.getvalue())
    return line


def test_json_where_no_terminal_is() -> None:
    """Elsewhere than on a terminal each event is one line of JSON, time, level and name first."""
    stream = io.StringIO()
    logger = make_logger(stream, Redactor(), environ={})
    logger.info("poll_done", source="prod", jobs=3)
    logger.warning("poll_failed", job="中文\nsecond line")
    first, second = stream.getvalue().splitlines()
    assert ["timestamp", "level", "event", "source", "jobs"] == list(json.loads(first))
    assert "中文" in second
    assert "中文\nsecond line" == json.loads(second)["job"]


def test_time_is_iso_utc() -> None:
    """The time of an event is ISO 8601 in UTC."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", logged()["timestamp"])


def test_readable_on_a_terminal() -> None:
    """On a terminal a person reads the event and its keys, in colours."""
    stream = Terminal()
    make_logger(stream, Redactor(), environ={}).info("poll_done", source="prod")
    assert "\x1b[" in stream.getvalue()
    plain = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())
    assert re.search(r"\[info +\] poll_done +source=prod\n", plain)


def test_no_color_is_obeyed() -> None:
    """NO_COLOR in the environment leaves colours out."""
    stream = Terminal()
    make_logger(stream, Redactor(), environ={"NO_COLOR": "1"}).info("poll_done", source="prod")
    assert "\x1b" not in stream.getvalue()


def test_no_text_steers_the_terminal() -> None:
    """An escape sequence in a job's error is shown, not obeyed."""
    stream = Terminal()
    logger = make_logger(stream, Redactor(), environ={"NO_COLOR": "1"})
    logger.info("new_error", message="\x1b[2Jgone\x07")
    assert "\\x1b[2Jgone\\x07" in stream.getvalue()


@pytest.mark.parametrize("level", LEVELS)
def test_level_bounds_what_is_written(level: str) -> None:
    """An event below the level is not written, one at it is."""
    stream = io.StringIO()
    logger = make_logger(stream, Redactor(), level=level, environ={})
    for said in LEVELS:
        getattr(logger, said)("something")
    told = [json.loads(line)["level"] for line in stream.getvalue().splitlines()]
    assert list(LEVELS[LEVELS.index(level) :]) == told


def test_an_unknown_level_is_refused() -> None:
    """A misspelt level is an error, not silence."""
    with pytest.raises(KeyError):
        make_logger(io.StringIO(), Redactor(), level="loud", environ={})


@pytest.mark.parametrize(
    "value",
    [
        PLANTED,
        SecretStr(PLANTED),
        f"https://oapi.dingtalk.com/robot/send?access_token={PLANTED}",
        [PLANTED, (PLANTED, {PLANTED})],
        {"deep": {"deeper": [SecretStr(PLANTED)]}, PLANTED: 1},
        {"Authorization": "Bearer x", "url": PLANTED},
        ValueError(f"bad key {PLANTED}"),
        PLANTED.encode(),
        SecretStr,
    ],
)
@pytest.mark.parametrize("stream_type", [io.StringIO, Terminal])
def test_no_secret_in_any_value(value: object, stream_type: type[io.StringIO]) -> None:
    """A secret is masked in every kind of value, at every depth, in both forms."""
    stream = stream_type()
    make_logger(stream, Redactor([PLANTED]), environ={}).info("tried", value=value, more=[value])
    assert "tried" in stream.getvalue()
    assert PLANTED not in stream.getvalue()


@pytest.mark.parametrize("key", ["secret", "access_key_secret", "authorization", "token"])
def test_secret_keys_are_masked(key: str) -> None:
    """A value under a key that names a secret is masked though nobody knows it."""
    assert MASK == logged(**{key: "unknown"})[key]
    assert {key: MASK} == logged(nested={key: "unknown"})["nested"]


@pytest.mark.parametrize("stream_type", [io.StringIO, Terminal])
def test_no_secret_in_a_traceback(stream_type: type[io.StringIO]) -> None:
    """An exception is logged with its traceback, its secrets masked."""
    stream = stream_type()
    logger = make_logger(stream, Redactor([PLANTED]), environ={})
    try:
        int(PLANTED)
    except ValueError:
        logger.exception("attempt_failed")
    assert "ValueError: invalid literal" in stream.getvalue()
    assert PLANTED not in stream.getvalue()


@pytest.mark.parametrize("stream_type", [io.StringIO, Terminal])
def test_no_secret_in_what_led_to_an_error(stream_type: type[io.StringIO]) -> None:
    """Causes, contexts, notes and the members of a group are masked like the error itself."""
    stream = stream_type()
    logger = make_logger(stream, Redactor([PLANTED]), environ={})
    group = ExceptionGroup(f"of {PLANTED}", [KeyError(PLANTED), OSError(f"no {PLANTED}")])
    group.add_note(f"while {PLANTED} was sent")
    try:
        try:
            int(PLANTED)
        except ValueError:
            raise LookupError(PLANTED) from group
    except LookupError:
        logger.exception("attempt_failed")
    assert all(kind in stream.getvalue() for kind in ("LookupError", "KeyError", "OSError"))
    assert PLANTED not in stream.getvalue()


def test_bound_values_are_in_each_line() -> None:
    """What is bound once is told with every event after it."""
    stream = io.StringIO()
    logger = make_logger(stream, Redactor(), environ={}).bind(source="prod")
    logger.info("poll_done")
    assert "prod" == json.loads(stream.getvalue())["source"]


def test_times_and_spans_are_plain() -> None:
    """Times are told in UTC and spans in seconds."""
    at = datetime(2026, 11, 22, 16, 0, tzinfo=timezone(timedelta(hours=8)))
    line = logged(at=at, took=timedelta(milliseconds=1500), none=None, yes=True, zone=UTC)
    assert "2026-11-22T08:00:00Z" == line["at"]
    assert 1.5 == line["took"]
    assert line["none"] is None
    assert line["yes"] is True
    assert "UTC" == line["zone"]


def test_libraries_log_through_it(root_logger: logging.Logger) -> None:
    """A library's warning becomes an event of this log, masked like all others."""
    stream = io.StringIO()
    use_for_libraries(make_logger(stream, Redactor([PLANTED]), environ={}))
    library = logging.getLogger("some.library")
    library.info("chatter")
    library.log(35, "cannot use %s", PLANTED)
    (line,) = map(json.loads, stream.getvalue().splitlines())
    assert ("library_message", "some.library", "warning", f"cannot use {MASK}") == (
        line["event"],
        line["library"],
        line["level"],
        line["message"],
    )


def test_a_librarys_traceback_is_kept(root_logger: logging.Logger) -> None:
    """The traceback of a library's error is in the event."""
    stream = io.StringIO()
    use_for_libraries(make_logger(stream, Redactor(), environ={}))
    try:
        int("many")
    except ValueError:
        logging.getLogger("some.library").exception("could not count")
    assert "invalid literal" in json.loads(stream.getvalue())["exception"]
