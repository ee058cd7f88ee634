"""Scripts for the core: given these readings at these times, expect these messages.

    world = World(rule("down", "state-mismatch", stopped="60s"))
    assert [] == world.reads(run("a", "PAUSED"))
    world.waits("60s")
    assert ["began down @ops"] == world.reads(run("a", "PAUSED"))

Each Step is saved in a model store, which writes every record as JSON and reads it back as a real
one would, and only then applied.  What must hold of every Step is checked at every Step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import msgspec

from tests.core.model_store import ModelStore
from watcher.core.adoption import adopt
from watcher.core.anchor import Anchor
from watcher.core.deadline import Deadline
from watcher.core.drift import move_clocks
from watcher.core.event import Kind
from watcher.core.fallback import Stranded
from watcher.core.notification import Notification
from watcher.core.pipeline import observe, tick
from watcher.core.plan import ChannelPlan, Plan, SourcePlan, Target
from watcher.core.reading import Cause, Listing, Outage, Reading, Snapshot
from watcher.core.refused import refusal_for, refuse
from watcher.core.rule import Match, Rule, Severity
from watcher.core.run_summary import STREAM, RunSummary
from watcher.core.silence import Matchers, Silence
from watcher.core.span import parse_span
from watcher.core.speechless import ChannelHealth
from watcher.core.state import State
from watcher.core.step import Step
from watcher.core.verdict import Verdict
from watcher.core.why import Why
from watcher.core.window import Window

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SPANS = ("lasts_all", "keep_firing_for", "within", "remind_every", "repeat_after")
NO_MATCH = Match()


def run(
    name: str = "a",
    actual: str | None = "RUNNING",
    expect: str | None = "RUNNING",
    *,
    id: int | str | None = 1,  # noqa: A002 - the API's word
    handler: str | None = "app_1|flink_1",
    delay: int | None = None,
    error: str | None = None,
    error_at: int | None = None,
) -> RunSummary:
    return RunSummary(name, expect, actual, id, handler, delay, error, error_at)


def rule(
    name: str,
    on: str | Sequence[str],
    severity: str = "critical",
    *,
    notify: Sequence[str] = ("ops",),
    lasts: str | None = None,
    keep: str | None = None,
    within: str | None = None,
    remind: str | None = None,
    repeat_after: str = "1h",
    count: int | None = None,
    threshold: int | None = None,
    recover: int | None = None,
    match: Match = NO_MATCH,
    stop: bool = False,
    builtin: bool = False,
    frozen_after: int | None = None,
    deadline: Deadline | None = None,
    longer_than: float | None = None,
    **verdicts: str,
) -> Rule:
    """A rule; spans are written as in the file, `stopped="20s"` is the span of one verdict."""
    return Rule(
        name=name,
        on=tuple(map(Kind, (on,) if isinstance(on, str) else on)),
        severity=Severity[severity.upper()],
        notify=tuple(notify),
        match=match,
        lasts={Verdict(verdict): parse_span(text) for verdict, text in verdicts.items()},
        lasts_all=_span(lasts),
        keep_firing_for=_span(keep),
        count=count,
        within=_span(within),
        threshold_ms=threshold,
        recover_below_ms=recover,
        remind_every=_span(remind),
        repeat_after=parse_span(repeat_after),
        stop=stop,
        builtin=builtin,
        frozen_after=frozen_after,
        deadline=deadline,
        longer_than=longer_than,
    )


def _span(text: str | None) -> timedelta | None:
    return None if text is None else parse_span(text)


def chat(name: str, fallback: str | None = None) -> ChannelPlan:
    return ChannelPlan(name, bundles=True, fallback=fallback)


def hook(name: str, fallback: str | None = None) -> ChannelPlan:
    return ChannelPlan(name, bundles=False, fallback=fallback)


def plan(
    *rules: Rule,
    jobs: Sequence[str] = ("a",),
    job_type: str = STREAM,
    channels: Sequence[ChannelPlan] = (chat("ops"), hook("audit")),
    labels: Mapping[str, str] = MappingProxyType({}),
    sources: Sequence[str] = ("prod",),
    storm: int = 10,
    windows: Sequence[Window] = (),
) -> Plan:
    """A file in which every source watches the same jobs, by name or by pattern."""
    target = Target(job_type, tuple(jobs), labels)
    return Plan(
        rules=rules,
        channels={channel.name: channel for channel in channels},
        sources={name: SourcePlan(name, "flink", (target,)) for name in sources},
        storm=storm,
        windows=tuple(windows),
    )


class World:
    """A core with its store, its file and its virtual time."""

    def __init__(
        self, *rules: Rule, file: Plan | None = None, job_type: str = STREAM, **more: object
    ) -> None:
        self.plan = file or plan(*rules, job_type=job_type, **more)  # type: ignore[arg-type]
        self.job_type = job_type
        self.now = NOON
        self.store = ModelStore()
        self.state = State(self.store.load(), self.plan)
        self.step = Step(at=self.now)
        self.steps: list[Step] = []
        self._take(adopt(self.state, self.now, starting=True))

    @property
    def last(self) -> tuple[Notification, ...]:
        """The notifications of the last Step."""
        return self.step.notifications

    def waits(self, span: str) -> None:
        """Time passes and nothing is asked."""
        self.now += parse_span(span)

    def passes(self, span: str) -> list[str]:
        """Time passes, and then a tick comes."""
        self.waits(span)
        return self.ticks()

    def ticks(self, *health: ChannelHealth, stranded: Sequence[Stranded] = ()) -> list[str]:
        return self._take(tick(self.state, health, self.now, stranded, self.store.unexpired()))

    def silences(self, *, until: str | None = None, recovered: bool = False, **about: str) -> str:
        """Somebody adds a silence, and the service sees it with its next tick; returns its id."""
        number = len(self.store.silences) + 1
        silence = Silence(
            id=f"s{number}",
            matchers=Matchers(**{word: (text,) for word, text in about.items()}),  # type: ignore[arg-type]
            created_by="anna",
            created_at=self.now,
            until=self.now + parse_span(until) if until else None,
            until_recovered=recovered,
        )
        self.store.silences[silence.id] = silence
        assert [] == self.ticks()
        return silence.id

    def expires(self, silence: str) -> list[str]:
        """Somebody ends a silence before its time."""
        known = self.store.silences[silence]
        self.store.silences[silence] = msgspec.structs.replace(known, expired_at=self.now)
        return self.ticks()

    def reads(
        self, *runs: RunSummary, asked: Sequence[str] | None = None, source: str = "prod"
    ) -> list[str]:
        """A whole answer; what was asked for is what it holds, where nothing else is said."""
        names = asked if asked is not None else [run.job_name for run in runs]
        return self.observes(Snapshot(source, self.job_type, names, runs))

    def reads_for(self, span: str, *runs: RunSummary, every: str = "10s") -> list[str]:
        """The same answer again and again, the first one after one interval."""
        told, end = [], self.now + parse_span(span)
        while self.now < end:
            self.waits(every)
            told += self.reads(*runs)
        return told

    def fails(self, *names: str, cause: Cause = Cause.TIMEOUT, source: str = "prod") -> list[str]:
        return self.observes(Outage(source, self.job_type, names, cause, "no answer"))

    def lists(self, *names: str) -> list[str]:
        return self.observes(Listing("prod", self.job_type, names))

    def cannot_list(self, cause: Cause = Cause.LISTING) -> list[str]:
        return self.observes(Outage("prod", self.job_type, (), cause, "half", listing=True))

    def observes(self, reading: Reading) -> list[str]:
        return self._take(observe(self.state, reading, self.now))

    def restarts(self, after: str = "0s") -> list[str]:
        """The process dies; another one finds what was saved."""
        self.waits(after)
        self.state = State(self.store.load(), self.plan)
        return self._take(adopt(self.state, self.now, starting=True))

    def reloads(self, *rules: Rule, file: Plan | None = None, **more: object) -> list[str]:
        new = file or plan(*rules, job_type=self.job_type, **more)  # type: ignore[arg-type]
        self.plan = new
        self.state.replan(new)
        return self._take(adopt(self.state, self.now, starting=False))

    def refuses(self, *faults: str) -> list[str]:
        """Somebody reloads a file with these faults."""
        return self._take(refuse(self.state, refusal_for(faults), self.now))

    def sets_clock(self, by: timedelta) -> None:
        """Somebody sets the wall clock while the process runs."""
        self.now += by
        anchor = Anchor(NOON).set_by(by, self.now)
        assert [] == self._take(move_clocks(self.state, by, anchor, self.now))

    def kinds(self) -> list[str]:
        """The kinds of the last Step's events."""
        return [event.kind.value for event in self.step.events]

    def whys(self) -> list[Why]:
        """Why what was decided in the last Step."""
        return [decision.why for decision in self.step.decisions]

    def _take(self, step: Step) -> list[str]:
        self.store.commit(step)
        self.state.apply(step)
        self.step = step
        self.steps.append(step)
        return [line(notification) for notification in step.notifications]


def line(notification: Notification) -> str:
    return f"{notification.reason} {notification.rule} @{notification.channel}"
