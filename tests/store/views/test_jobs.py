"""Jobs as a list: what is asked for is what comes, whatever is typed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.samples import T0
from watcher.core.alert import Alert, Phase
from watcher.core.event import Kind
from watcher.core.job import JobRecord
from watcher.core.run_summary import BATCH, STREAM, RunSummary
from watcher.core.step import Step
from watcher.core.subject import job_subject
from watcher.store.open import open_store
from watcher.store.store import SqlStore
from watcher.store.views.jobs import (
    ABSENT,
    JobsPage,
    Wanted,
    pattern_of,
    read_choices,
    read_jobs,
)

HOSTILE = (
    *("100%", "a_b", "back\\slash", "<script>alert(1)</script>", "'; DROP TABLE jobs; --"),
    *("two/parts", "名前", "turn\u202eover", "x" * 1000),
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    store = await open_store(tmp_path / "watcher.db", T0)
    yield store
    await store.close()


def job(
    name: str,
    actual: str | None = "RUNNING",
    expect: str | None = "RUNNING",
    *,
    source: str = "prod",
    job_type: str = STREAM,
    run: RunSummary | None = None,
) -> JobRecord:
    seen = run or RunSummary(name, expect, actual, 7)
    return JobRecord(job_subject(source, job_type, name), seen, entered_at=T0)


def alert(record: JobRecord, phase: Phase, rule: str = "down") -> Alert:
    return Alert(
        f"{rule}-{record.subject.lane}",
        rule,
        Kind.STATE_MISMATCH,
        record.subject,
        *(1, 1, T0),
        phase=phase,
        verdict="failed",
    )


async def ask(store: SqlStore, **wanted: object) -> JobsPage:
    return await store.access.transact(partial(read_jobs, wanted=Wanted(**wanted)))  # type: ignore[arg-type]


def names(page: JobsPage) -> list[str]:
    return [row.job for row in page.rows]


async def test_those_in_trouble_come_first(store: SqlStore) -> None:
    """What fires, then what is pending, then the others by name."""
    fires, waits, fine = job("z", "FAILED"), job("y", "PAUSED"), job("a")
    alerts = (alert(fires, Phase.FIRING), alert(waits, Phase.PENDING))
    await store.commit(Step(at=T0, jobs=(fine, waits, fires), alerts=alerts))
    page = await ask(store)
    assert ["z", "y", "a"] == names(page)
    assert [("down", Phase.FIRING, "failed")] == [
        (one.rule, one.phase, one.verdict) for one in page.rows[0].alerts
    ]
    assert ["z", "y"] == names(await ask(store, in_trouble=True))


async def test_each_filter_admits_only_what_it_names(store: SqlStore) -> None:
    """Source, job type and both states, each alone and together; absent states can be asked for."""
    jobs = (
        job("a"),
        job("b", "FAILED", source="test"),
        job("c", job_type=BATCH),
        job("d", None, None),
    )
    await store.commit(Step(at=T0, jobs=jobs))
    assert ["b"] == names(await ask(store, source="test"))
    assert ["c"] == names(await ask(store, job_type=BATCH))
    assert ["b"] == names(await ask(store, actual="FAILED", expect="RUNNING"))
    assert ["d"] == names(await ask(store, actual=ABSENT))
    assert [] == names(await ask(store, source="test", job_type=BATCH))


@pytest.mark.parametrize(
    "text, found",
    [
        ("order", ["my_orders", "orders_1"]),
        ("ORDERS", ["my_orders", "orders_1"]),
        ("orders*", ["orders_1"]),
        ("*orders", ["my_orders"]),
        ("orders?1", ["orders_1"]),
        ("%", []),
        ("s_1", ["orders_1"]),
        ("prod", []),
        ("  order  ", ["my_orders", "orders_1"]),
        ("", ["my_orders", "orders_1", "payments"]),
    ],
)
async def test_a_text_is_a_part_of_the_name_or_a_glob(
    store: SqlStore, text: str, found: list[str]
) -> None:
    """Letters' case does not count; what LIKE reads as a wildcard stands for itself."""
    await store.commit(Step(at=T0, jobs=tuple(map(job, ("orders_1", "my_orders", "payments")))))
    assert found == names(await ask(store, text=text))


@pytest.mark.parametrize("name", HOSTILE)
async def test_any_name_is_found_by_itself_alone(store: SqlStore, name: str) -> None:
    """Quotes, markup, wildcards and slashes of a name are nothing but letters."""
    await store.commit(Step(at=T0, jobs=(job(name), job("other"))))
    assert [name] == names(await ask(store, text=name[:200]))


async def test_pages_hold_every_job_once(store: SqlStore) -> None:
    """However they are cut; a page beyond the last one is the last one."""
    wanted = [f"j{number:03}" for number in range(25)]
    await store.commit(Step(at=T0, jobs=tuple(map(job, wanted))))
    pages = [await ask(store, page=number, size=10) for number in (1, 2, 3)]
    assert wanted == [name for page in pages for name in names(page)]
    assert (25, 3, 3) == (pages[2].total, pages[2].page, pages[2].pages)
    assert pages[2] == await ask(store, page=10**12, size=10)
    assert pages[0] == await ask(store, page=-3, size=10)


async def test_a_row_says_what_matters_of_a_job(store: SqlStore) -> None:
    """Its delay where it is one, and the line of its error that says most."""
    trace = "java.lang.RuntimeException: outer\nCaused by: java.net.ConnectException: refused"
    run = RunSummary("a", "RUNNING", "RUNNING", 7, "h", 300, trace, 1_760_000_000_000)
    stopped = RunSummary("b", "RUNNING", "PAUSED", 7, "h", 300)
    await store.commit(Step(at=T0, jobs=(job("a", run=run), job("b", run=stopped))))
    first, second = (await ask(store)).rows
    assert "java.net.ConnectException: refused" == first.error
    assert first.error_at is not None
    assert (300, None) == (first.delay_ms, second.delay_ms)


async def test_choices_count_what_jobs_have(store: SqlStore) -> None:
    """The most frequent value first, an absent state by its own sign."""
    jobs = (job("a"), job("b"), job("c", "FAILED", source="test"), job("d", None))
    await store.commit(Step(at=T0, jobs=jobs))
    found = await store.access.transact(read_choices)
    assert [("prod", 3), ("test", 1)] == [(one.value, one.jobs) for one in found.sources]
    assert [("RUNNING", 2), (ABSENT, 1), ("FAILED", 1)] == [
        (one.value, one.jobs) for one in found.actual
    ]


@given(st.text())
def test_a_pattern_never_ends_in_an_open_escape(text: str) -> None:
    """Whatever is typed, a backslash escapes exactly one sign."""
    pattern = pattern_of(text)
    plain = pattern.replace("\\\\", "").replace("\\%", "").replace("\\_", "")
    assert "\\" not in plain
