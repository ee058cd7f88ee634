"""What every store must do with incidents: keep them, and let one message take in many."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from tests.contracts.stores import FACTORIES, GROUP, Case
from tests.store.samples import CHAT, SECOND, T0, explained, notice
from watcher.core.alert import Alert, Phase, Told
from watcher.core.event import Kind
from watcher.core.job import JobRecord, SourceRecord
from watcher.core.notification import Notification
from watcher.core.step import Step
from watcher.core.storm import Basis, Incident
from watcher.core.subject import incident_subject, job_subject

TROUBLE = incident_subject("prod", "application:app_1")
LATER = T0 + 3 * SECOND


@pytest.fixture(params=FACTORIES, ids=lambda factory: str(factory.__name__))
async def case(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Case]:
    async with request.param(tmp_path) as made:
        yield made


def of_incident(number: int = 1, *, event: int = 50) -> Notification:
    """A message of the incident, to the same chat as those of its jobs."""
    note = notice("incident", number, event=event, group="incident")
    about = msgspec.structs.replace(note.event, kind=Kind.INCIDENT, subject=TROUBLE, run=None)
    return msgspec.structs.replace(note, event=about)


async def test_what_is_saved_of_an_incident_comes_back(case: Case) -> None:
    """The incident, its alert, what was told of it, and which job belongs to it."""
    incident = Incident(
        *("id", TROUBLE, Basis.APPLICATION, "app_1", T0, T0), size=12, down=7, back_at=LATER
    )
    alert = Alert("id", "incident", Kind.INCIDENT, TROUBLE, 1, 5, T0, phase=Phase.FIRING)
    told = Told("oncall", Kind.INCIDENT, TROUBLE, "id", 1, "incident", "incident", 3, 1, T0, "n", 5)
    other = msgspec.structs.replace(told, subject=incident_subject("prod", "error:x"), folded=True)
    source = SourceRecord(name="prod", incidents=(incident,))
    job = JobRecord(subject=job_subject("prod", "FLINK_STREAM", "a"), incident="id")
    await case.store.commit(
        Step(at=T0, jobs=(job,), sources=(source,), alerts=(alert,), told=(told, other))
    )
    saved = await (await case.restart()).load()
    assert ((job,), (source,), (alert,)) == (saved.jobs, saved.sources, saved.alerts)
    assert {told, other} == set(saved.told)


async def test_what_still_waits_is_taken_in(case: Case) -> None:
    """The jobs' own beginnings go nowhere, and the books balance."""
    singles = await case.commit_group("a", "b", "c")
    one = of_incident()
    merges = tuple((single.id, one.id) for single in singles)
    await case.store.commit(msgspec.structs.replace(explained(one), merges=merges))
    rows = [await case.row_of(single) for single in singles]
    assert [("merged", one.id)] * 3 == [(row.disposition, row.bundle) for row in rows]
    sent = (await case.store.turn(CHAT, [], LATER)).parcels
    assert [[one.id]] == [[note.id for note in parcel.notifications] for parcel in sent]
    assert (await case.ledger()).balances


async def test_what_is_on_its_way_is_not_taken_in(case: Case) -> None:
    """A bundle that was leased goes on as it stands; it may have arrived already."""
    singles = await case.commit_group("a", "b")
    await case.store.turn(CHAT, [], LATER)
    one = of_incident()
    merges = tuple((single.id, one.id) for single in singles)
    await case.store.commit(msgspec.structs.replace(explained(one, at=LATER), merges=merges))
    assert ["bundled"] * 2 == [(await case.row_of(single)).disposition for single in singles]
    assert GROUP == singles[0].group
    assert (await case.ledger()).balances


async def test_a_beginning_is_replaced_by_a_larger_one(case: Case) -> None:
    """What took in others may be taken in itself; only the last one goes."""
    singles = await case.commit_group("a")
    first, second = of_incident(), of_incident(2)
    begun = msgspec.structs.replace(explained(first), merges=((singles[0].id, first.id),))
    await case.store.commit(begun)
    await case.store.commit(Step(at=T0, notifications=(second,), merges=((first.id, second.id),)))
    sent = (await case.store.turn(CHAT, [], LATER)).parcels
    assert [second.id] == [note.id for parcel in sent for note in parcel.notifications]
    assert (await case.ledger()).balances
