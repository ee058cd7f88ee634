"""What each rule made of late, and how channels and patterns stand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec
import pytest

from tests.core.playbook import plan, rule
from tests.store.samples import CHAT, T0, event_of, explained, notice, settled, subject_of
from watcher.core.alert import Alert, Phase
from watcher.core.event import Kind
from watcher.core.job import JobRecord
from watcher.core.outcome import Fate
from watcher.core.plan import Plan, SourcePlan, Target
from watcher.core.step import Decision, Step
from watcher.core.why import Why
from watcher.store.open import open_store
from watcher.store.store import SqlStore
from watcher.store.views.rules import Became, RulesView, RuleView, read_rules

HOUR = timedelta(hours=1)
DAY = 24 * HOUR
FILE = plan(rule("job-down", "state-mismatch"), rule("idle", "restart", builtin=True))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    made = await open_store(tmp_path / "watcher.db", T0)
    yield made
    await made.close()


async def seen(store: SqlStore, now: datetime = T0, file: Plan = FILE) -> RulesView:
    return await store.access.transact(partial(read_rules, plan=file, now=now))


async def decide(store: SqlStore, number: int, ago: timedelta, *decisions: Decision) -> None:
    """An event so long ago, and what was decided about it."""
    at = T0 - ago
    event = event_of(number, "a", at=at)
    made = tuple(msgspec.structs.replace(one, event=number) for one in decisions)
    await store.commit(Step(at=at, events=(event,), decisions=made))


def told(channel: str = "ops", rule_: str = "job-down", why: Why = Why.TOLD) -> Decision:
    return Decision(0, why, rule_, channel)


async def test_events_are_counted_once_a_rule(store: SqlStore) -> None:
    """An event told on two channels is one event; a day and a week are counted, no more."""
    await decide(store, 1, 8 * DAY, told())
    await decide(store, 2, 3 * DAY, told(), told("audit"))
    await decide(store, 3, 2 * HOUR, told(), told("audit", why=Why.SILENCED))
    down, idle = (await seen(store)).rules
    assert (
        Became(Why.TOLD, 1, 2, T0 - 2 * HOUR),
        Became(Why.SILENCED, 1, 1, T0 - 2 * HOUR),
    ) == down.became
    assert (1, 2, T0 - 2 * HOUR) == (down.day, down.week, down.last_at)
    assert RuleView("idle", True, True, (), 0, 0, 0, 0) == idle
    assert idle.last_at is None


async def test_events_that_no_rule_was_for(store: SqlStore) -> None:
    """They are counted by themselves, not as a rule without name."""
    await decide(store, 1, HOUR, Decision(0, Why.NO_RULE))
    view = await seen(store)
    assert Became(Why.NO_RULE, 1, 1, T0 - HOUR) == view.unheard
    assert ["job-down", "idle"] == [one.name for one in view.rules]


async def test_a_rule_that_left_the_file_is_shown_while_it_has_alerts(store: SqlStore) -> None:
    """It is marked, and stands behind those of the file."""
    firing = Alert("x", "old", Kind.RESTART, subject_of("a"), 1, 1, T0, Phase.FIRING)
    await store.commit(Step(at=T0, alerts=(firing,)))
    last = (await seen(store)).rules[-1]
    assert ("old", False, 1, 0) == (last.name, last.in_file, last.firing, last.pending)


async def test_patterns_count_the_jobs_that_they_fit(store: SqlStore) -> None:
    """A glob by itself, exact names together, each in its source and job type."""
    jobs = [JobRecord(subject_of(name)) for name in ("orders_1", "orders_2", "pay", "a/b")]
    await store.commit(Step(at=T0, jobs=tuple(jobs)))
    targets = (
        Target("FLINK_STREAM", ("orders_*", "a/b", "nowhere"), {"team": "x"}),
        Target("FLINK_BATCH", ("*",)),
    )
    source = SourcePlan("prod", "flink", targets)
    file = Plan(rules=(), channels={}, sources={"prod": source})
    view = await seen(store, file=file)
    assert [
        (("orders_*",), 1, 2, True),
        (("a/b", "nowhere"), 2, 1, False),
        (("*",), 1, 0, True),
    ] == [(one.names, one.named, one.jobs, one.is_glob) for one in view.patterns]
    assert {"team": "x"} == view.patterns[0].labels


async def test_channels_say_what_waits_died_and_went(store: SqlStore) -> None:
    """Also one that left the file and of which something is still kept."""
    await store.commit(explained(notice("a", channel="ops"), notice("b", channel="gone")))
    for fate in (Fate.DELIVERED, Fate.REJECTED):
        channel = "ops" if fate is Fate.DELIVERED else "gone"
        terms = msgspec.structs.replace(CHAT, channel=channel)
        (parcel,) = (await store.turn(terms, [], T0)).parcels
        await store.turn(terms, [settled(parcel, fate)], T0 + HOUR)
    await store.commit(explained(notice("c", channel="ops")))
    ops, audit, gone = (await seen(store)).channels
    assert (1, 0, T0 + HOUR, True) == (ops.waiting, ops.dead, ops.delivered_at, ops.in_file)
    assert (0, 0, None, True) == (audit.waiting, audit.dead, audit.delivered_at, audit.in_file)
    assert ("gone", 1, None, False) == (gone.name, gone.dead, gone.delivered_at, gone.in_file)
