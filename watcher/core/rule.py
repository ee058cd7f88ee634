"""What the operator wants to hear of, how serious it is, how long to wait, whom to tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import IntEnum
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Final

import msgspec

from watcher.core.deadline import Deadline
from watcher.core.event import Event, Kind
from watcher.core.run_summary import delay_of
from watcher.core.verdict import BatchVerdict, DelayVerdict, Verdict

ZERO: Final = timedelta(0)

DEFAULT_FOR: Final = MappingProxyType(
    {
        Verdict.FAILED: ZERO,
        Verdict.STOPPED: timedelta(seconds=60),
        Verdict.UNKNOWN: timedelta(minutes=5),
        Verdict.STUCK: timedelta(minutes=10),
        Verdict.ZOMBIE: timedelta(minutes=15),
    }
)
DEFAULT_FOR_KIND: Final = MappingProxyType(
    {
        Kind.MISSING: timedelta(minutes=5),
        Kind.BLIND: timedelta(minutes=5),
        Kind.FROZEN: timedelta(minutes=10),
        Kind.UNDELIVERABLE: timedelta(minutes=5),
    }
)
DEFAULT_REMIND: Final = MappingProxyType({Kind.FLAPPING: timedelta(minutes=30)})
"""How often it is told again where the rule does not say; other kinds are not."""

FLAPS: Final = 6
FLAPS_WITHIN: Final = timedelta(minutes=15)
"""So many changes within such a span are `flapping` where the rule does not say: three ways down
and up, or six restarts between two looks."""

DEFAULT_KEEP_FIRING_FOR: Final = timedelta(seconds=60)
DEFAULT_REPEAT_AFTER: Final = timedelta(hours=1)


class Severity(IntEnum):
    """How serious; a graver one is greater."""

    INFO = 0
    WARNING = 1
    ERROR = 2
    CRITICAL = 3

    @property
    def word(self) -> str:
        """As the configuration and the messages write it."""
        return self.name.lower()


class Match(msgspec.Struct, frozen=True):
    """Which events a rule is for; an empty field admits everything.

    `source`, `project`, `job`, `job_type` and the values of `labels` are globs, each a tuple of
    which one must fit; `verdicts`, `came_from` and `went_to` are lists; `error` is a regular
    expression searched for in the error's text.
    """

    source: tuple[str, ...] = ()
    project: tuple[str, ...] = ()
    job: tuple[str, ...] = ()
    job_type: tuple[str, ...] = ()
    labels: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    verdicts: frozenset[str] = frozenset()
    came_from: frozenset[str] = frozenset()
    went_to: frozenset[str] = frozenset()
    error: re.Pattern[str] | None = None

    def admits_place(
        self,
        source: str | None,
        project: str | None,
        job_type: str | None,
        job: str | None,
        labels: Mapping[str, str],
    ) -> bool:
        """Whether the subject itself fits, whatever happened to it."""
        return (
            _fits(self.source, source)
            and _fits(self.project, project)
            and _fits(self.job_type, job_type)
            and _fits(self.job, job)
            and all(_fits(globs, labels.get(name)) for name, globs in self.labels.items())
        )

    def admits_event(self, event: Event) -> bool:
        """Whether what happened fits, wherever it did."""
        run, previous = event.run, event.previous
        message = run.last_error_message if run else None
        return (
            (not self.verdicts or event.verdict in self.verdicts)
            and (
                not self.came_from
                or (previous is not None and previous.actual_state in self.came_from)
            )
            and (not self.went_to or (run is not None and run.actual_state in self.went_to))
            and (self.error is None or self.error.search(message or "") is not None)
        )


def _fits(globs: tuple[str, ...], value: str | None) -> bool:
    if not globs:
        return True
    return value is not None and any(fnmatchcase(value, glob) for glob in globs)


class Rule(msgspec.Struct, frozen=True):
    """One rule, resolved: what it hears of (`on`), whom it tells and how patiently.

    `lasts` gives the span for a verdict, `lasts_all` the one for every verdict and kind; where
    both are silent the defaults hold.  `threshold_ms`, `recover_below_ms` and `frozen_after` (so
    many readings) are for `input-delay`, `deadline` and `longer_than` (so many times the usual)
    for `batch-late`.  `count` and `within` make an alert of several events.  `notify` may be
    empty, which turns a built-in rule off.
    """

    name: str
    on: tuple[Kind, ...]
    severity: Severity
    notify: tuple[str, ...]
    match: Match = Match()
    lasts: Mapping[str, timedelta] = MappingProxyType({})
    lasts_all: timedelta | None = None
    keep_firing_for: timedelta | None = None
    count: int | None = None
    within: timedelta | None = None
    threshold_ms: int | None = None
    recover_below_ms: int | None = None
    remind_every: timedelta | None = None
    repeat_after: timedelta = DEFAULT_REPEAT_AFTER
    stop: bool = False
    builtin: bool = False
    frozen_after: int | None = None
    deadline: Deadline | None = None
    longer_than: float | None = None

    @property
    def counts(self) -> bool:
        """Whether it makes one alert of several events; of `flapping` that is what the kind is."""
        return self.count is not None and Kind.FLAPPING not in self.on

    @property
    def flaps(self) -> int:
        """How many changes within `flaps_within` are `flapping`."""
        return self.count or FLAPS

    @property
    def flaps_within(self) -> timedelta:
        """The window of `flaps`; without a change for so long, a job has calmed."""
        return self.within or FLAPS_WITHIN

    def remind_for(self, kind: Kind) -> timedelta | None:
        """How often it is told again while it lasts; `None`: never."""
        return self.remind_every or DEFAULT_REMIND.get(kind)

    def hears(self, event: Event) -> bool:
        """Whether what happened is for it; a delay and a batch job are judged by its own bounds."""
        if event.kind is Kind.INPUT_DELAY:
            verdict = self.delay_verdict(event)
            return verdict is not None and self.match.admits_event(
                msgspec.structs.replace(event, verdict=verdict)
            )
        if event.kind is Kind.BATCH_LATE and not self._asks_for(event.verdict):
            return False
        return self.match.admits_event(event)

    def _asks_for(self, verdict: str | None) -> bool:
        """Whether it has what a batch job is late or long against."""
        if verdict == BatchVerdict.LONG:
            return self.longer_than is not None
        return self.deadline is not None

    def delay_verdict(self, event: Event) -> DelayVerdict | None:
        """In which way an event's input delay is wrong for this rule, `None` where it is not."""
        delay = delay_of(event.run) if event.run else None
        polls = event.facts.polls
        if self.frozen_after is not None and polls is not None and polls >= self.frozen_after:
            return DelayVerdict.FROZEN
        if delay is None or self.threshold_ms is None or delay <= self.threshold_ms:
            return None
        grows = (event.facts.slope_ms or 0) > 0
        return DelayVerdict.GROWING if grows else DelayVerdict.HIGH

    @property
    def recover_ms(self) -> int:
        """The input delay below which its alert ends: half of the threshold where none is given."""
        if self.recover_below_ms is None:
            return (self.threshold_ms or 0) // 2
        return self.recover_below_ms

    def span_for(self, kind: Kind, verdict: str | None) -> timedelta:
        """How long the trouble must last before it fires."""
        if verdict is not None and verdict in self.lasts:
            return self.lasts[verdict]
        if self.lasts_all is not None:
            return self.lasts_all
        if kind is Kind.STATE_MISMATCH and verdict is not None:
            return DEFAULT_FOR.get(Verdict(verdict), ZERO)
        return DEFAULT_FOR_KIND.get(kind, ZERO)

    def keep_for(self, kind: Kind) -> timedelta:
        """How long good readings must show it right before it ends."""
        if self.keep_firing_for is not None:
            return self.keep_firing_for
        return DEFAULT_KEEP_FIRING_FOR if kind is Kind.STATE_MISMATCH else ZERO
