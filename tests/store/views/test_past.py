"""A job's past as it was recorded: its changes, its delays, and what was not seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from tests.core.playbook import NOON, plan, run
from tests.web.house import House, house_in
from watcher.core.flight import Reason
from watcher.core.plan import Plan
from watcher.core.run_summary import STREAM
from watcher.store.flight_reader import FlightReader
from watcher.store.history import Change, Place, changes_of, outages_of
from watcher.store.views.past import JobPast, Kept, read_past

PLACE = Place("prod", STREAM, "a")
NAMES = ("a", "b", 'q"uote', "ä")


def file() -> Plan:
    return plan(jobs=NAMES)


def look(house: House, name: str = "a", since: str = "0", most: int = 10**9) -> JobPast:
    begin = NOON + timedelta(minutes=int(since))
    return read_past(house.path, Place("prod", STREAM, name), begin, house.clock(), Kept(), most)


def delays(past: JobPast) -> list[tuple[int, int | None]]:
    return [((point.at - NOON) // timedelta(minutes=1), point.delay_ms) for point in past.points]


def minute(house: House, *given: int | None, names: Sequence[str] = NAMES) -> None:
    house.reads(*(run(name, delay=delay) for name, delay in zip(names, given, strict=True)))
    house.waits("1m")


async def test_the_delays_of_a_job_are_its_own(tmp_path: Path) -> None:
    """Each minute's, put together again from differences; one without a delay is a gap."""
    async with house_in(tmp_path, file()) as house:
        for given in ((100, 1, 10, 5), (150, 2, 20, 6), (None, 3, 30, 7), (120, 4, 40, 8)):
            minute(house, *given)
        await house.keeps()
        assert [(0, 100), (1, 150), (2, None), (3, 120)] == delays(look(house))
        assert [10, 20, 30, 40] == [delay for _, delay in delays(look(house, 'q"uote'))]
        assert [5, 6, 7, 8] == [delay for _, delay in delays(look(house, "ä"))]
        assert [(2, None), (3, 120)] == delays(look(house, since="2"))


async def test_delays_go_on_over_eras_and_other_names(tmp_path: Path) -> None:
    """A new era begins anew; another order of names moves the places of all."""
    async with house_in(tmp_path, file()) as house:
        minute(house, 100, 1, 10, 5)
        house.tape.begin(house.state, house.now, Reason.TURN)
        minute(house, 130, 2, 20, 6)
        minute(house, 3, 140, names=("b", "a"))
        await house.keeps()
        assert [(0, 100), (1, 130), (2, 140)] == delays(look(house))


@pytest.mark.parametrize("read", [changes_of, None])
async def test_changes_and_outages_are_those_of_the_whole_recording(
    tmp_path: Path, read: Callable[..., object] | None
) -> None:
    """What is passed over makes no difference to what is found."""
    async with house_in(tmp_path, file()) as house:
        house.reads(*map(run, NAMES))
        house.waits("1m")
        house.fails(*NAMES)
        house.waits("1m")
        house.reads(run("a", "FAILED", error="broken", error_at=1_000), *map(run, NAMES[1:]))
        house.waits("1m")
        await house.keeps()
        found, reader = look(house), FlightReader(house.path)
        if read is not None:
            assert changes_of(reader, PLACE, NOON) == found.changes
            assert [None, "RUNNING", "FAILED"] == [_actual(one) for one in found.changes]
        else:
            assert outages_of(reader, PLACE, NOON, house.clock()) == found.outages
            assert [True] == [outage.of_job for outage in found.outages]
        reader.close()


def _actual(change: Change) -> str | None:
    return change.after.run.actual_state if change.after and change.after.run else None


async def test_what_is_too_much_is_left_out_and_said(tmp_path: Path) -> None:
    """The latest eras come first; since when the delays are whole is told."""
    async with house_in(tmp_path, file()) as house:
        for number in range(4):
            minute(house, number, 0, 0, 0)
            await house.keeps()
        turned_at = house.clock()
        house.tape.begin(house.state, house.now, Reason.TURN)
        minute(house, 50, 0, 0, 0)
        await house.keeps()
        past = look(house, most=200)
        assert [50] == [delay for _, delay in delays(past)]
        assert past.changes
        assert NOON < past.points_from <= turned_at


async def test_what_was_gone_through_is_kept_and_what_is_new_is_seen(tmp_path: Path) -> None:
    """Eras that are over are read once; the last one again after a minute."""
    kept, most = Kept(), 10**9
    async with house_in(tmp_path, file()) as house:
        minute(house, 1, 0, 0, 0)
        house.tape.begin(house.state, house.now, Reason.TURN)
        minute(house, 2, 0, 0, 0)
        await house.keeps()

        def shown(most_read: int) -> list[int | None]:
            past = read_past(house.path, PLACE, NOON, house.clock(), kept, most_read)
            return [delay for _, delay in delays(past)]

        assert [1, 2] == shown(most)
        minute(house, 3, 0, 0, 0)
        house.now -= timedelta(seconds=30)
        await house.keeps()
        assert [1, 2] == shown(0)
        house.waits("1m")
        assert [1] == shown(0)
        assert [1, 2, 3] == shown(most)


def test_only_so_much_is_kept() -> None:
    """What was not asked for longest goes first."""
    kept = Kept(most=2)
    keys = [(Path("h"), era, PLACE) for era in range(3)]
    kept.keep(keys[0], NOON, [])
    kept.keep(keys[1], NOON, [])
    assert [] == kept.find(keys[0], None)
    kept.keep(keys[2], NOON, [])
    assert [[], None, []] == [kept.find(key, None) for key in keys]


async def test_without_a_recording_there_is_nothing(tmp_path: Path) -> None:
    """Where the file says that nothing is kept, or nothing has been yet."""
    async with house_in(tmp_path, file()) as house:
        past = look(house)
        assert (None, (), (), ()) == (
            past.recorded_from,
            past.changes,
            past.points,
            past.pauses,
        )
