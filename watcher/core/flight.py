"""What the flight recorder keeps, as values: entries, the frames they travel in, and eras.

An era begins with everything that is known (layer `whole`); after it come only differences: what
changed (`change`), and that and when it was looked at, with the minutes' input delays (`look`).
An entry of a kind that a reader does not know is passed over, so that later ones can be added.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import Final, TypeAlias

import msgspec

from watcher.core.job import JobRecord
from watcher.core.run_summary import RunSummary

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
TEXT_KEPT: Final = 8192
"""So many characters of an error's text are kept."""

Fields: TypeAlias = Mapping[str, str | int | None]
"""Some of a run summary's fields by name, and: `absent` is since when (µs) the job is missing,
`error` the number of an error's text where that has no time to know it by."""


class Layer(StrEnum):
    """What a frame is for; who looks for changes need not read the others."""

    WHOLE = "whole"
    CHANGE = "change"
    LOOK = "look"


class Reason(StrEnum):
    """Why an era began."""

    START = "start"
    TURN = "turn"
    CLOCK = "clock"
    LOSS = "loss"


class Standing(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="j"):
    """One job as an era begins; `seen_at` is when it last changed, `None` before a first look."""

    job_type: str
    job: str
    seen_at: int | None
    fields: Fields


class Changed(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="c"):
    """The fields of a job that changed, with their new values; a job not known before is new."""

    at: int
    job_type: str
    job: str
    fields: Fields


class Gone(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="g"):
    """A job that is not watched any more."""

    at: int
    job_type: str
    job: str


class Dark(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="o"):
    """A request failed that did not before, or for another reason; `since` is the first failure.

    A `key` of "" is the discovery of a job type's names.
    """

    at: int
    job_type: str
    key: str
    since: int
    cause: str
    detail: str


class Lit(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="l"):
    """A request that had failed had a good answer."""

    at: int
    job_type: str
    key: str


class Noted(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="n"):
    """Something that is not about one job: a reload, a silence, an acknowledgement."""

    at: int
    word: str
    facts: Mapping[str, object]


class Ticked(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="t"):
    """The ticks at which time alone changed something."""

    at: int
    later: tuple[int, ...] = ()


class Names(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="a"):
    """The jobs of a request, in the order of the delays that follow."""

    at: int
    job_type: str
    key: str
    names: tuple[str, ...]


class Lags(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="d"):
    """A minute's input delays: each one's difference from the last (from 0 at first), or none."""

    at: int
    job_type: str
    key: str
    steps: tuple[int | None, ...]


class Looked(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="s"):
    """Good answers to a request: the first one's time and how long after it each later one came."""

    at: int
    job_type: str
    key: str
    later: tuple[int, ...] = ()


class Failed(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="f"):
    """Failures of a request that go on for the reason that is known."""

    at: int
    job_type: str
    key: str
    later: tuple[int, ...] = ()


Entry: TypeAlias = (
    Standing | Changed | Gone | Dark | Lit | Noted | Ticked | Names | Lags | Looked | Failed
)


class Frame(msgspec.Struct, frozen=True):
    """Entries of one layer and source ("" for the watcher itself), kept together."""

    source: str
    layer: Layer
    at: int
    until: int
    entries: tuple[Entry, ...]


class Era(msgspec.Struct, frozen=True):
    """A new beginning; `lost_from` is since when nothing could be kept before it."""

    at: int
    reason: Reason
    lost_from: int | None = None


class ErrorText(msgspec.Struct, frozen=True, gc=False):
    """What a job's error said; `error_at` is its LastErrorTime (ms), 0 where it has none."""

    source: str
    job_type: str
    job: str
    error_at: int
    text: str


class Whole(msgspec.Struct, frozen=True):
    """Every job of a source as an era begins: `tape.frames_of` makes frames of it."""

    source: str
    at: int
    records: tuple[JobRecord, ...]


class Reel(msgspec.Struct, frozen=True):
    """What is to be kept, in order, and the error texts that come with it."""

    parts: tuple[Era | Frame | Whole, ...]
    texts: tuple[ErrorText, ...]


def stamp(at: datetime) -> int:
    """A time as microseconds since the epoch."""
    return (at - EPOCH) // MICROSECOND


def moment(at: int) -> datetime:
    """The time of a stamp."""
    return EPOCH + at * MICROSECOND


def fields_of(run: RunSummary | None) -> dict[str, str | int | None]:
    """A run summary's fields without its name and its error's text; none before a first look."""
    if run is None:
        return {}
    return {
        "expect_state": run.expect_state,
        "actual_state": run.actual_state,
        "instance_id": run.instance_id,
        "engine_job_handler": run.engine_job_handler,
        "input_delay_ms": run.input_delay_ms,
        "last_error_at": run.last_error_at,
    }


def number_of(text: str) -> int:
    """The number that a text is kept under."""
    kept = text[:TEXT_KEPT].encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(kept, digest_size=7).digest())
