"""The read side: what the commands show, and a ledger that tells when something was lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.store.samples import (
    CHAT,
    SECOND,
    T0,
    TERMS,
    event_of,
    notice,
    run_of,
    settled,
    step_of,
    subject_of,
)
from watcher.core.alert import Alert, Phase
from watcher.core.breaker import Breaker
from watcher.core.delivery import Disposition
from watcher.core.event import Kind
from watcher.core.job import JobRecord, SourceRecord
from watcher.core.outcome import Fate
from watcher.core.step import Step
from watcher.ports import Backlog
from watcher.store.open import open_reader, open_store
from watcher.store.queries import JobCount, Reader
from watcher.store.store import SqlStore


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    store = await open_store(tmp_path / "watcher.db", T0)
    yield store
    await store.close()


@pytest.fixture
async def reader(store: SqlStore, tmp_path: Path) -> AsyncIterator[Reader]:
    reader = await open_reader(tmp_path / "watcher.db")
    yield reader
    await reader.close()


async def test_status_shows_how_everything_stands(store: SqlStore, reader: Reader) -> None:
    """Sources with their last reading, jobs by state, living alerts, and what waits where."""
    source = SourceRecord("prod", read_at=T0)
    alert = Alert("x1", "r", Kind.STATE_MISMATCH, subject_of("a"), 1, 1, T0, phase=Phase.FIRING)
    jobs = [JobRecord(subject_of(name), run=run_of(name)) for name in ("a", "b")]
    unseen = JobRecord(subject_of("c"))
    await store.commit(Step(at=T0, jobs=(*jobs, unseen), sources=(source,), alerts=(alert,)))
    await store.commit(step_of(notice("a")))
    status = await reader.status()
    assert (source,) == status.sources
    assert (alert,) == status.alerts
    assert (Backlog("oncall", 1, T0, Breaker()),) == status.backlogs
    assert (
        JobCount("prod", None, None, 1),
        JobCount("prod", "RUNNING", "PAUSED", 2),
    ) == status.jobs


async def test_events_are_the_latest_that_fit(store: SqlStore, reader: Reader) -> None:
    """Each condition narrows, the limit takes the latest, and they come oldest first."""
    events = tuple(
        event_of(number, job, at=T0 + number * SECOND, kind=kind)
        for number, job, kind in (
            (1, "a", Kind.STATE_MISMATCH),
            (2, "b", Kind.RESTART),
            (3, "a", Kind.RESTART),
        )
    )
    await store.commit(Step(at=T0, events=events))
    assert events == tuple(await reader.events())
    assert events[1:] == tuple(await reader.events(limit=2))
    assert events[1:] == tuple(await reader.events(since=T0 + 2 * SECOND))
    assert events[1:] == tuple(await reader.events(kind=Kind.RESTART))
    assert (events[0], events[2]) == tuple(await reader.events(job="a"))


async def test_deliveries_show_rows_with_their_last_attempt(
    store: SqlStore, reader: Reader
) -> None:
    """Of several attempts the last one is shown; an untried row has none."""
    await store.commit(step_of(notice("a"), notice("b"), notice("c", channel="audit")))
    first = (await store.turn(TERMS, [], T0)).parcels[0]
    failed = settled(first, Fate.RETRY, after=0 * SECOND, detail="HTTP 503")
    await store.turn(TERMS, [failed], T0 + SECOND)
    rows = await reader.deliveries(channel="oncall")
    assert ["leased", "waiting"] == [row.disposition for row in rows]
    last = rows[0].last
    assert last is not None
    assert (2, T0 + SECOND, None, None) == (last.number, last.begun_at, last.ended_at, last.fate)
    assert None is rows[1].last
    waiting = await reader.deliveries(disposition=Disposition.WAITING)
    assert ["oncall", "audit"] == [row.channel for row in waiting]
    assert ["audit"] == [row.channel for row in await reader.deliveries(limit=1)]


async def test_deliveries_show_a_bundle_and_its_members(store: SqlStore, reader: Reader) -> None:
    """A bundle has a row of its own, which its members name."""
    await store.commit(step_of(*(notice(job, group="g") for job in ("a", "b"))))
    await store.turn(CHAT, [], T0)
    *members, bundle = await reader.deliveries()
    assert (2, None, "leased") == (bundle.members, bundle.lane, bundle.disposition)
    assert [(bundle.id, "bundled", 0)] * 2 == [
        (m.bundle, m.disposition, m.members) for m in members
    ]
