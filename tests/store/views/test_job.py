"""One job: its errors, its story, and who is near where it is not known."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from tests.core.playbook import World, plan, rule, run
from tests.store.samples import T0
from tests.store.views.test_jobs import job
from watcher.core.run_summary import STREAM
from watcher.core.step import Step
from watcher.core.subject import job_subject
from watcher.store.open import open_store
from watcher.store.store import SqlStore
from watcher.store.views.job import JobView, near_names, read_job

ERROR = "java.net.ConnectException: refused by 10.0.0.1"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    store = await open_store(tmp_path / "watcher.db", T0)
    yield store
    await store.close()


async def look_at(store: SqlStore, name: str) -> JobView | None:
    subject = job_subject("prod", STREAM, name)
    return await store.access.transact(partial(read_job, subject=subject))


async def played(store: SqlStore) -> World:
    """Two jobs that have the same error, one of them twice; one of them goes down."""
    rules = (rule("down", "state-mismatch"), rule("errors", "new-error"))
    world = World(file=plan(*rules, jobs=("a", "b", "c")))
    world.reads(run("a"), run("b"), run("c"))
    for at, actual in ((1_000, "RUNNING"), (2_000, "FAILED")):
        world.waits("10s")
        broken = run("a", actual, error=ERROR, error_at=at)
        world.reads(broken, run("b", error=ERROR, error_at=1_500), run("c"))
    for step in world.steps:
        await store.commit(step)
    return world


async def test_errors_are_counted_here_and_everywhere(store: SqlStore) -> None:
    """How often this job had it, how often all had it, and which other jobs."""
    await played(store)
    view = await look_at(store, "a")
    assert view is not None
    (error,) = view.errors
    assert (2, 3, 2) == (error.times, error.times_everywhere, error.jobs)
    assert ["b"] == [other.job for other in error.others]
    assert ERROR == error.line


async def test_alerts_events_and_messages_come_with_it(store: SqlStore) -> None:
    """What is open, and each event with what was decided and told."""
    await played(store)
    view = await look_at(store, "a")
    assert view is not None
    assert ["down"] == [alert.rule for alert in view.trace.alerts if alert.fires]
    told = [sent.shipment.rule for one in view.trace.events for sent in one.messages]
    assert "down" in told


async def test_a_job_that_is_not_known_is_none(store: SqlStore) -> None:
    """Neither is one of that name in another source."""
    await store.commit(Step(at=T0, jobs=(job("a", source="test"),)))
    assert await look_at(store, "a") is None


@pytest.mark.parametrize(
    "asked, first",
    [("orders_12", "orders_1"), ("payment", "payments"), ("%", None), ("", None), ("zzz", None)],
)
async def test_near_names_are_like_the_one_asked_for(
    store: SqlStore, asked: str, first: str | None
) -> None:
    """The longest beginning that any job's name holds decides; nothing where none does."""
    await store.commit(Step(at=T0, jobs=tuple(map(job, ("orders_1", "my_orders", "payments")))))
    subject = job_subject("prod", STREAM, asked)
    found = await store.access.transact(partial(near_names, subject=subject))
    assert first == (found[0].job if found else None)
