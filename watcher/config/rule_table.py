"""A `[[rules]]` table of the file: what the operator wants to hear of, and how."""

from __future__ import annotations

import re
import warnings
from datetime import time, timedelta
from typing import Annotated, Final, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    Tag,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticKnownError

from watcher.config.file_table import parse_timezone
from watcher.core.event import NAMEABLE, Kind
from watcher.core.rule import DEFAULT_REPEAT_AFTER
from watcher.core.verdict import VERDICT_WORDS, Verdict
from watcher.tables import Many, PositiveSpan, Span, StrictTable

T = TypeVar("T")

_CLOCK: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})", re.ASCII)

SeverityWord = Literal["critical", "error", "warning", "info"]


def _one_as_list(written: object) -> object:
    return written if isinstance(written, list | tuple) else (written,)


class _AlsoAlone:
    """Says in a schema what the validator before says in code: one value needs no list."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        made = handler(core)
        items = made.get("items", {})
        return {"anyOf": [items, {"type": "array", "items": items, "minItems": 1}]}


OneOrMany = Annotated[Many[T], BeforeValidator(_one_as_list), Field(min_length=1), _AlsoAlone]
"""One value or a list of them in the file, a tuple in code."""

Glob = Annotated[str, Field(min_length=1)]
Word = Annotated[str, Field(min_length=1)]


def _kind(written: object) -> object:
    if isinstance(written, str) and written in NAMEABLE:
        return Kind(written)
    raise PydanticKnownError("enum", {"expected": ", ".join(f"'{kind}'" for kind in NAMEABLE)})


NameableKind = Annotated[
    Kind,
    BeforeValidator(_kind),
    WithJsonSchema({"type": "string", "enum": [kind.value for kind in NAMEABLE]}),
]
"""A kind that a rule may hear of."""


def _compile(written: object) -> object:
    if not isinstance(written, str):
        return written
    with warnings.catch_warnings():
        # What a later Python may read otherwise is no matter for the log of this one.
        warnings.simplefilter("ignore")
        try:
            return re.compile(written)
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"this is no regular expression: {error}") from None


def _verdict(written: object) -> object:
    if isinstance(written, str) and written in VERDICT_WORDS:
        return str(written)
    raise PydanticKnownError("enum", {"expected": ", ".join(f"'{w}'" for w in VERDICT_WORDS)})


VerdictWord = Annotated[
    str,
    BeforeValidator(_verdict),
    WithJsonSchema({"type": "string", "enum": list(VERDICT_WORDS)}),
]


def _deadline(written: object) -> object:
    clock = _CLOCK.fullmatch(written) if isinstance(written, str) else None
    if clock is None or int(clock[1]) > 23 or int(clock[2]) > 59:  # noqa: PLR2004 - as clocks have it
        raise ValueError('write a time of day in quotes, from "00:00" to "23:59"')
    return time(int(clock[1]), int(clock[2]))


TimeOfDay = Annotated[
    time,
    BeforeValidator(_deadline),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,2}:[0-9]{2}$", "examples": ["06:30"]}),
]
"""A time of day as people write it."""


def _checked_zone(written: str) -> str:
    parse_timezone(written)
    return written


Regex = Annotated[re.Pattern[str], BeforeValidator(_compile)]


class MatchTable(StrictTable):
    """Which events a rule is for; what is not given admits everything."""

    source: OneOrMany[Glob] = ()
    """Globs of sources' names."""
    project: OneOrMany[Glob] = ()
    """Globs of projects."""
    job: OneOrMany[Glob] = ()
    """Globs of jobs' names."""
    job_type: OneOrMany[Glob] = ()
    """Globs of job types."""
    labels: dict[str, OneOrMany[Glob]] = Field(default_factory=dict)
    """Globs of labels' values; every label named must be there and fit."""
    verdict: OneOrMany[VerdictWord] = ()
    """Verdicts of `state-mismatch`, `input-delay` and `batch-late`."""
    came_from: OneOrMany[Word] = Field(default=(), alias="from")
    """ActualState before."""
    went_to: OneOrMany[Word] = Field(default=(), alias="to")
    """ActualState now."""
    error: Regex | None = None
    """A regular expression that is searched for in LastErrorMessage."""


class LastsTable(StrictTable):
    """A span for each verdict that it names."""

    failed: Span | None = None
    """How long it has failed."""
    stopped: Span | None = None
    """How long it has stopped though nobody asked it to."""
    unknown: Span | None = None
    """How long its state is none that is known."""
    stuck: Span | None = None
    """How long it does not begin to run."""
    zombie: Span | None = None
    """How long it runs though it should not."""

    def by_verdict(self) -> dict[str, timedelta]:
        """The spans that were given."""
        return {
            verdict.value: span
            for verdict in Verdict
            if (span := getattr(self, verdict.value)) is not None
        }


def _shape_of_lasts(written: object) -> str:
    return "<table>" if isinstance(written, dict | LastsTable) else "<span>"


Lasts = Annotated[
    Annotated[Span, Tag("<span>")] | Annotated[LastsTable, Tag("<table>")],
    Discriminator(_shape_of_lasts),
]


class RuleTable(StrictTable):
    """One rule of the file."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    """What it is known by, also over restarts and reloads."""
    on: OneOrMany[NameableKind]
    """The kinds of events that it hears of: one or a list."""
    severity: SeverityWord = "info"
    """How serious it is; may be left out only where `notify` is empty."""
    notify: Many[Word]
    """The channels that it tells; empty turns a built-in rule off."""
    match: MatchTable = MatchTable()
    """Which of those events."""
    lasts: Lasts | None = Field(default=None, alias="for")
    """How long the trouble must last first: a span, or one for each verdict."""
    keep_firing_for: Span | None = None
    """How long good readings must show it right before it ends."""
    count: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """How many events within `within` make one alert."""
    within: PositiveSpan | None = None
    """The window of `count`."""
    threshold: PositiveSpan | None = None
    """The InputDelay above which `input-delay` is."""
    recover_below: Span | None = None
    """The InputDelay below which it ends; half of `threshold`."""
    frozen_after: Annotated[int, Field(ge=2, le=1_000_000)] | None = None
    """How many polls an InputDelay may stand still at one value; any number, where not given."""
    deadline: TimeOfDay | None = None
    """When a batch job must have succeeded since the deadline before."""
    zone: Annotated[str, AfterValidator(_checked_zone)] | None = None
    """The zone of `deadline`; the file's `timezone`."""
    days: OneOrMany[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]] = ()
    """The days of `deadline`; every one."""
    longer_than: Annotated[float, Field(gt=1, le=1000)] | None = None
    """How many times as long as usual a batch job's run may take."""
    remind_every: PositiveSpan | None = None
    """How often it is told again while it lasts; never, where not given."""
    repeat_after: Span = DEFAULT_REPEAT_AFTER
    """How long the same error of a job is only counted after it was told."""
    stop: bool = False
    """Whether the search ends here for an event that this rule fits."""
