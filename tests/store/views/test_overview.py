"""How everything stands: counted in the store, the gravest first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from tests.store.samples import T0, notice, step_of
from tests.store.views.test_jobs import alert, job
from watcher.core.alert import Phase
from watcher.core.job import SourceRecord
from watcher.core.step import Step
from watcher.store.open import open_store
from watcher.store.store import SqlStore
from watcher.store.views.overview import SHOWN, Overview, read_overview


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    store = await open_store(tmp_path / "watcher.db", T0)
    yield store
    await store.close()


async def look_at(store: SqlStore, ranks: dict[str, int] | None = None) -> Overview:
    return await store.access.transact(partial(read_overview, now=T0, ranks=ranks or {}))


async def test_the_gravest_alerts_come_first(store: SqlStore) -> None:
    """By the severity of their rules; a rule that left the file comes last."""
    jobs = [job(name, "FAILED") for name in ("a", "b", "c")]
    rules = ("left", "mild", "grave")
    alerts = [alert(one, Phase.FIRING, name) for one, name in zip(jobs, rules, strict=True)]
    await store.commit(Step(at=T0, jobs=tuple(jobs), alerts=tuple(alerts)))
    found = await look_at(store, {"mild": 1, "grave": 3})
    assert ["grave", "mild", "left"] == [one.rule for one in found.gravest]
    assert (3, 0, 3) == (found.firing, found.pending, found.troubled)


async def test_many_alerts_are_counted_and_some_are_shown(store: SqlStore) -> None:
    """The page stays small when everything is down."""
    jobs = tuple(job(f"j{number}", "FAILED") for number in range(SHOWN + 5))
    alerts = tuple(alert(one, Phase.FIRING) for one in jobs)
    await store.commit(Step(at=T0, jobs=jobs, alerts=alerts))
    found = await look_at(store)
    assert (SHOWN, SHOWN + 5) == (len(found.gravest), found.firing)


async def test_sources_jobs_and_channels_are_counted(store: SqlStore) -> None:
    """Jobs by their states, messages by their channel."""
    jobs = (job("a"), job("b"), job("c", "FAILED"))
    await store.commit(Step(at=T0, jobs=jobs, sources=(SourceRecord("prod", T0),)))
    await store.commit(step_of(notice("a")))
    found = await look_at(store)
    assert ["prod"] == [source.name for source in found.sources]
    assert [("FAILED", 1), ("RUNNING", 2)] == [(one.actual_state, one.jobs) for one in found.jobs]
    assert [("oncall", 1, 0)] == [(b.channel, b.waiting, b.dead) for b in found.mailboxes]
    assert (3, 1, 0) == (found.total, found.waiting, found.dead)


async def test_a_store_in_which_nothing_is_yet_is_read_all_the_same(store: SqlStore) -> None:
    """At the first start there is nothing to show."""
    found = await look_at(store)
    assert (0, 0, ()) == (found.total, found.firing, found.sources)
