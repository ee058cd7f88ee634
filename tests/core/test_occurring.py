"""Events that do not end: repeats of an error, and rules that count."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from itertools import count

import msgspec
import pytest

from tests.core.playbook import World, rule, run
from watcher.core.fingerprint import fingerprint
from watcher.core.notification import Reason, Status
from watcher.core.run_summary import RunSummary
from watcher.core.why import Why

TOLD = ["began errors @ops"]


class Errors(World):
    """A job that gives one error after the other, each with a later time."""

    def __init__(self, **more: object) -> None:
        super().__init__(rule("errors", "new-error", "error", **more))  # type: ignore[arg-type]
        self.times = count(1_795_000_000_000, 1000)
        self.reads(run("a"))

    def breaks(self, text: str = "x") -> list[str]:
        return self.reads(run("a", error=text, error_at=next(self.times)))


def test_each_event_told_is_an_alert_of_its_own() -> None:
    """It is `occurred`, number 1, another alert each time, with mention for an error."""
    world = Errors(repeat_after="0s")
    assert TOLD == world.breaks()
    first = world.last[0]
    assert TOLD == world.breaks()
    second = world.last[0]
    assert first.alert != second.alert
    assert first.id != second.id
    for notification, sequence in ((first, 1), (second, 2)):
        expected = (Status.OCCURRED, Reason.BEGAN, 1, sequence, True)
        assert expected == (
            notification.status,
            notification.reason,
            notification.number,
            notification.sequence,
            notification.mention,
        )


def test_an_equal_error_is_counted_for_an_hour() -> None:
    """Within `repeat_after` it is only counted; the first one after that says how many."""
    world = Errors()
    assert TOLD == world.breaks("lost 1 row")
    for number in range(2, 5):
        world.waits("19m")
        assert [] == world.breaks(f"lost {number} row")
        assert [Why.TOLD_BEFORE] == world.whys()
    world.waits("3m")
    assert TOLD == world.breaks("lost 5 row")
    assert 3 == world.last[0].held
    assert [] == world.breaks("lost 6 row")


def test_another_error_is_told_within_the_hour() -> None:
    """Each fingerprint has its own hour."""
    world = Errors()
    assert TOLD == world.breaks("disk")
    assert TOLD == world.breaks("network")
    assert [] == world.breaks("disk")
    assert 0 == world.store.notifications[-1].held


@pytest.mark.parametrize("repeat_after, told", [("0s", TOLD), ("10m", TOLD), ("11m", [])])
def test_repeat_after_is_the_rules_own(repeat_after: str, told: list[str]) -> None:
    """`repeat_after` may be longer or shorter; `"0s"` tells each."""
    world = Errors(repeat_after=repeat_after)
    world.breaks()
    world.waits("10m")
    assert told == world.breaks()


def test_what_was_told_is_remembered_over_a_restart() -> None:
    """The hour and the count are saved."""
    world = Errors()
    world.breaks()
    world.breaks()
    world.restarts(after="1m")
    assert [] == world.breaks()
    world.waits("1h")
    assert TOLD == world.breaks()
    assert 2 == world.last[0].held


def test_what_was_told_under_its_old_name_is_remembered() -> None:
    """The hour of an error that the version before told goes on after an upgrade, and ends."""
    world = Errors()
    world.breaks("lost 1 row")
    old = sha256(b"lost row").hexdigest()[:16]
    (key, repeat), *_ = world.store.repeats.items()
    del world.store.repeats[key]
    world.store.repeats[(*key[:-1], old)] = msgspec.structs.replace(repeat, fingerprint=old)
    world.restarts(after="1m")
    assert [] == world.breaks("lost 2 row")
    world.waits("1h")
    assert TOLD == world.breaks("lost 3 row")
    assert 1 == world.last[0].held
    assert [fingerprint("lost 4 row")] == [one.fingerprint for one in world.store.repeats.values()]


def test_eight_errors_are_remembered() -> None:
    """The ninth fingerprint takes the place of the oldest."""
    world = Errors()
    for word in "abcdefghi":
        assert TOLD == world.breaks(f"{word} broke")
        world.waits("1s")
    assert 8 == len(world.store.repeats)
    assert [] == world.breaks("b broke")
    assert TOLD == world.breaks("a broke")


def test_each_rule_has_its_own_memory() -> None:
    """Rules with different patience about one job do not disturb each other."""
    world = World(
        rule("errors", "new-error", repeat_after="0s", notify=["ops"]),
        rule("audit", "new-error", notify=["audit"]),
    )
    world.reads(run("a"))
    assert ["began errors @ops", "began audit @audit"] == world.reads(
        run("a", error="x", error_at=1)
    )
    assert TOLD == world.reads(run("a", error="x", error_at=2))


# Counting.


def loop(**more: object) -> World:
    world = World(
        rule("loop", "restart", count=3, within="10m", **more),  # type: ignore[arg-type]
    )
    world.reads(bounce(0))
    return world


def bounce(number: int) -> RunSummary:
    return run("a", handler=f"app_1|flink_{number}")


def restarts(world: World, number: int) -> list[str]:
    return world.reads(bounce(number))


def test_it_fires_at_the_third_within_ten_minutes() -> None:
    """A counting rule says nothing of two restarts, and one thing of the third."""
    world = loop()
    for number in (1, 2):
        world.waits("4m")
        assert [] == restarts(world, number)
        assert [Why.COUNTED] == world.whys()[-1:]
    world.waits("1m")
    assert ["began loop @ops"] == restarts(world, 3)
    first = world.last[0]
    assert (Status.FIRING, 3, True) == (first.status, first.count, first.mention)
    assert (world.now, world.now - timedelta(minutes=5)) == (
        first.event.detected_at,
        first.began_at,
    )


def test_what_is_older_than_the_window_does_not_count() -> None:
    """Three restarts in more than ten minutes do not fire."""
    world = loop()
    for number in range(1, 8):
        world.waits("6m")
        assert [] == restarts(world, number)


def test_more_of_the_same_is_not_told_again() -> None:
    """While it fires, further restarts are accounted for and not told."""
    world = loop()
    for number in (1, 2, 3):
        restarts(world, number)
    for number in range(4, 20):
        world.waits("1m")
        assert [] == restarts(world, number)
        assert Why.ALREADY_FIRING in world.whys()


def test_it_ends_at_the_first_good_reading_after_the_window() -> None:
    """It ends once `within` has passed without a restart, and only by a good reading."""
    world = loop()
    for number in (1, 2, 3):
        restarts(world, number)
    assert [] == world.reads_for("590s", run("a", handler="app_1|flink_3"))
    world.fails("a")
    world.waits("5m")
    assert [] == world.fails("a")
    assert [] == world.ticks()
    assert ["recovered loop @ops"] == restarts(world, 3)
    assert [] == restarts(world, 4)


def test_counts_survive_a_restart() -> None:
    """The times of the events are saved."""
    world = loop()
    restarts(world, 1)
    restarts(world, 2)
    world.restarts(after="1m")
    assert ["began loop @ops"] == restarts(world, 3)


def test_a_loop_is_told_in_place_of_its_restarts() -> None:
    """On one channel the graver counting rule speaks, and the single restarts are merged."""
    world = World(rule("loop", "restart", count=2, within="10m"), rule("one", "restart", "warning"))
    restarts(world, 0)
    assert ["began one @ops"] == restarts(world, 1)
    assert ["began loop @ops"] == restarts(world, 2)
    assert [] == restarts(world, 3)
    assert Why.OTHER_RULE_SPEAKS in world.whys()


@pytest.mark.parametrize("kind", ["state-mismatch", "missing", "blind", "input-delay"])
def test_a_rule_may_count_what_lasts(kind: str) -> None:
    """Of what begins and ends, a counting rule counts the beginnings."""
    world = World(rule("often", kind, count=2, within="1h", threshold=100))
    told: list[str] = []
    for _ in range(3):
        told += world.reads_for("2m", run("a", delay=10))
        told += _trouble(world, kind)
    told += world.reads_for("59m", run("a", delay=10))
    assert ["began often @ops"] == told
    assert ["recovered often @ops"] == world.reads_for("10m", run("a", delay=10))


def _trouble(world: World, kind: str) -> list[str]:
    world.waits("1m")
    match kind:
        case "missing":
            return world.reads(asked=["a"])
        case "blind":
            return world.fails("a")
        case "state-mismatch":
            return world.reads(run("a", "FAILED"))
        case _:
            return world.reads(run("a", delay=200))
