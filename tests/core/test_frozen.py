"""The alerts of `frozen`: answers in which nothing changes, told only on strong evidence."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.core.playbook import NOON, World, rule, run
from watcher.core.run_summary import RunSummary
from watcher.core.why import Why

COLD = rule("cold", "frozen", "warning")
BEGAN = ["began cold @ops"]
ENDED = ["recovered cold @ops"]


def moved(number: int, *names: str) -> list[RunSummary]:
    """Answers about running jobs, each with its own delay, which grows with the number."""
    return [run(name, delay=1000 * n + number) for n, name in enumerate(names or ("a", "b"), 1)]


def lively(names: tuple[str, ...] = ("a", "b")) -> World:
    """A source whose jobs' delays have just moved."""
    world = World(COLD, jobs=list(names))
    for number in range(3):
        world.waits("10s")
        assert [] == world.reads(*moved(number, *names))
    return world


def test_it_is_told_once_nothing_has_changed_for_long() -> None:
    """After ten minutes of the same answers, counted from the first of them; then never again."""
    world = lively()
    same = moved(3)
    assert [] == world.reads_for("10m", *same)
    assert BEGAN == world.reads_for("20s", *same)
    assert [] == world.reads_for("2h", *same)


def test_it_says_since_when_and_how_many_answers() -> None:
    """The first of the same answers is its beginning."""
    world = lively()
    same = moved(3)
    told: list[str] = []
    while not told:
        world.waits("10s")
        told = world.reads(*same)
    (one,) = world.last
    assert (2, 60) == (one.event.facts.total, one.event.facts.answers)
    # The fourth reading moved; the fifth was the first of which it is known in whole.
    assert NOON + timedelta(seconds=50) == one.began_at
    assert not one.mention


def test_it_ends_with_the_first_change() -> None:
    """One job's delay is enough, and is no evidence for another alert."""
    world = lively()
    assert BEGAN == world.reads_for("12m", *moved(3))
    assert ENDED == world.reads(run("a", delay=1003), run("b", delay=5))
    assert [] == world.reads_for("1h", run("a", delay=1003), run("b", delay=5))


def test_a_state_that_changes_ends_it_too() -> None:
    """Whatever changes, the answers are new ones."""
    world = lively()
    assert BEGAN == world.reads_for("12m", *moved(3))
    assert ENDED == world.reads(run("a", "PAUSED", delay=1003), run("b", delay=2003))


def test_an_open_clock_is_no_change() -> None:
    """A job that is looked at again and again because it is down stands as still as the others."""
    down = rule("down", "state-mismatch", stopped="1h")
    world = World(COLD, down, jobs=["a", "b", "c"])
    paused = run("c", "PAUSED")
    for number in range(3):
        world.waits("10s")
        assert [] == world.reads(*moved(number), paused)
    assert BEGAN == world.reads_for("12m", *moved(3), paused)


QUIET = {
    "all stopped": [run("a", "PAUSED", "PAUSED", delay=5), run("b", "PAUSED", "PAUSED", delay=5)],
    "no delay": [run("a"), run("b")],
    "idle": [run("a", delay=0), run("b", delay=0)],
    "sentinel": [run("a", delay=-99999999), run("b", delay=-99999999)],
    "always the same": [run("a", delay=7), run("b", delay=7)],
}


@pytest.mark.parametrize("runs", QUIET.values(), ids=QUIET.keys())
def test_a_quiet_project_is_not_frozen(runs: list[RunSummary]) -> None:
    """Where nothing moved before, that nothing moves proves nothing."""
    world = World(COLD, jobs=["a", "b"])
    assert [] == world.reads_for("3h", *runs)


@pytest.mark.parametrize("runs", QUIET.values(), ids=QUIET.keys())
def test_jobs_that_come_to_rest_are_not_frozen(runs: list[RunSummary]) -> None:
    """Stopped for the night, drained or without a delay any more: what moved before is over."""
    if runs[0].input_delay_ms == 7:
        runs = [run("a", delay=7), run("b", delay=0)]
    assert [] == lively().reads_for("3h", *runs)


def test_one_job_is_not_enough() -> None:
    """A single job whose input pauses is no reason to doubt the API."""
    world = lively(names=("a",))
    assert [] == world.reads_for("3h", *moved(3, "a"))


def test_what_moved_long_ago_is_no_evidence() -> None:
    """One of two jobs rests for minutes before the other one does."""
    world = lively()
    for number in range(30):
        world.waits("10s")
        world.reads(run("a", delay=number), run("b", delay=2003))
    assert [] == world.reads_for("3h", run("a", delay=30), run("b", delay=2003))


def test_a_pause_in_the_movement_is_not_told() -> None:
    """A metric that is renewed every five minutes is not frozen; the ledger knows of the pauses."""
    world = lively()
    for number in range(3, 20):
        assert [] == world.reads_for("5m", *moved(number))
    assert Why.DID_NOT_LAST not in world.whys()
    world.reads(*moved(21))
    assert [Why.DID_NOT_LAST] == world.whys()


def test_few_answers_are_not_enough() -> None:
    """Where the interval is long, ten minutes are two answers: it takes ten."""
    world = lively()
    assert [] == world.reads_for("50m", *moved(3), every="5m")
    assert BEGAN == world.reads_for("15m", *moved(3), every="5m")


def test_all_requests_must_stand_still() -> None:
    """While one of two requests still moves, the source is not frozen."""
    world = World(COLD, jobs=["a", "b", "c", "d"])
    for number in range(3):
        world.waits("10s")
        world.reads(*moved(number, "a", "b"))
        world.reads(*moved(number, "c", "d"))
    for number in range(3, 100):
        world.waits("10s")
        assert [] == world.reads(*moved(3, "a", "b"))
        assert [] == world.reads(*moved(number, "c", "d"))
    told = []
    for _ in range(80):
        world.waits("10s")
        told += world.reads(*moved(3, "a", "b"))
        told += world.reads(*moved(99, "c", "d"))
    assert BEGAN == told
    assert ENDED == world.reads(*moved(5, "a", "b"))


def test_while_a_part_is_dark_nothing_is_said() -> None:
    """What is not seen may move; `blind` says that."""
    world = World(COLD, jobs=["a", "b", "c"])
    for number in range(3):
        world.waits("10s")
        world.reads(*moved(number))
    world.fails("c")
    assert [] == world.reads_for("1h", *moved(3))
    world.reads(run("c"))
    assert [] == world.reads_for("100s", *moved(3))


def test_time_without_the_watcher_does_not_count() -> None:
    """A pending one counts anew after a restart, and ends unheard if it has moved."""
    world = lively()
    same = moved(3)
    assert [] == world.reads_for("5m", *same)
    world.restarts(after="1h")
    assert [] == world.reads_for("10m", *same)
    assert BEGAN == world.reads_for("30s", *same)


def test_one_that_fired_goes_on_over_a_restart() -> None:
    """It is not told again, a first answer after the start ends nothing, a change does."""
    world = lively()
    same = moved(3)
    assert BEGAN == world.reads_for("11m", *same)
    world.restarts(after="1m")
    assert [] == world.reads_for("1h", *same)
    assert ENDED == world.reads(*moved(4))


def test_a_new_job_is_no_change_of_the_answers() -> None:
    """Other names are asked for after a reload; the jobs that were there still stand still."""
    world = lively()
    assert BEGAN == world.reads_for("11m", *moved(3))
    world.reloads(COLD, jobs=["a", "b", "c"])
    assert [] == world.reads_for("10m", *moved(3), run("c", delay=9))
    assert ENDED == world.reads(*moved(3), run("c", delay=10))


def test_it_reminds_like_every_alert() -> None:
    """`remind_every` holds for it as for the others."""
    world = lively()
    again = rule("cold", "frozen", "warning", remind="1h")
    world.reloads(again, jobs=["a", "b"])
    assert BEGAN == world.reads_for("11m", *moved(3))
    assert ["reminder cold @ops"] == world.reads_for("1h", *moved(3))


def test_without_a_rule_it_is_only_an_event() -> None:
    """Nobody is told, and it is written down once."""
    world = World(rule("dark", "blind"), jobs=["a", "b"])
    for number in range(3):
        world.waits("10s")
        world.reads(*moved(number))
    kinds = []
    for _ in range(200):
        world.waits("10s")
        assert [] == world.reads(*moved(3))
        kinds += world.kinds()
    assert ["frozen"] == kinds
