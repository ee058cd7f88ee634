"""One trouble, one message: what belongs to a mismatch travels in its message, or waits for it."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest

from tests.core.playbook import World, chat, hook, plan, rule, run
from watcher.core.event import Event
from watcher.core.riding import MOST_BYTES, excerpt_of
from watcher.core.rule import Rule, Severity
from watcher.core.run_summary import RunSummary
from watcher.core.trace import deepest_cause
from watcher.core.why import Why

UP, PAUSED, FAILED = run("a"), run("a", "PAUSED"), run("a", "FAILED")
ERRORS = rule("errors", "new-error", "error", notify=["ops", "audit"])
CHANGED = rule("changed", "state-change", "info", notify=["ops", "audit"])
AGAIN = rule("again", "restart", "warning", notify=["ops", "audit"])
DOWN = rule("down", "state-mismatch", stopped="60s", keep="30s", notify=["ops", "audit"])
TIMES = count(1_795_000_000_000, 1000)


def broken(state: str = "PAUSED", text: str = "java.io.IOException: disk") -> RunSummary:
    return run("a", state, error=text, error_at=next(TIMES))


def world(*more: Rule, down: Rule = DOWN) -> World:
    found = World(down, *(more or (ERRORS, CHANGED, AGAIN)))
    found.reads(UP)
    return found


def on_ops(told: list[str]) -> list[str]:
    return [line for line in told if line.endswith("@ops")]


def riders(found: World) -> list[str]:
    """The kinds that the last Step's messages on `ops` carry."""
    return [event.kind.value for n in found.last if n.channel == "ops" for event in n.riders]


def merged(found: World) -> list[str | None]:
    return [d.notification for d in found.store.decisions if d.why is Why.MERGED]


def test_a_failure_and_its_error_are_one_message() -> None:
    """Where the mismatch fires at the very reading that shows the error, one message tells both."""
    found = world()
    assert ["began down @ops"] == on_ops(found.reads(broken("FAILED")))
    assert ["state-change", "new-error"] == riders(found)
    (note,) = (note for note in found.last if note.channel == "ops")
    assert [note.id] * 2 == merged(found)
    assert {} == found.store.riders


def test_a_webhook_gets_each() -> None:
    """Programs get every event by itself, as it happens."""
    found = world()
    told = found.reads(broken())
    assert ["began changed @audit", "began errors @audit"] == told
    assert "began down @audit" in found.reads_for("60s", PAUSED)
    assert [] == [n for n in found.store.notifications if n.channel == "audit" and n.riders]


def test_what_comes_while_it_is_pending_travels_with_it() -> None:
    """Two riders of one job wait, and both are told in the mismatch's beginning."""
    found = world()
    found.reads(broken())
    assert 2 == len(found.store.riders)
    assert [] == on_ops(found.reads_for("30s", PAUSED))
    assert [] == on_ops(found.reads_for("10s", broken(text="java.net.SocketException: reset")))
    assert ["began down @ops"] == on_ops(found.reads_for("20s", PAUSED))
    assert ["state-change", "new-error", "new-error"] == riders(found)
    assert {} == found.store.riders


def test_what_waits_is_told_alone_if_the_mismatch_does_not_last() -> None:
    """A job that is back in time had its error all the same."""
    found = world()
    found.reads(broken())
    told = found.reads_for("10s", UP)
    assert [
        "began changed @ops",
        "began errors @ops",
        "began changed @ops",
        "began again @ops",
    ] == (on_ops(told))
    assert {} == found.store.riders


def test_nothing_waits_for_more_than_a_minute() -> None:
    """A job that is stuck for ten minutes does not keep its error for itself."""
    found = world(ERRORS, down=rule("down", "state-mismatch", stopped="10m"))
    found.reads(broken())
    assert [] == on_ops(found.reads_for("50s", PAUSED))
    assert ["began errors @ops"] == on_ops(found.reads_for("10s", PAUSED))


def test_a_tick_tells_what_no_reading_decides() -> None:
    """During an outage the error is told after a minute, with a little patience for a reading."""
    found = world(ERRORS)
    found.reads(broken())
    found.waits("30s")
    found.fails("a")
    assert [] == found.passes("34s")
    assert ["began errors @ops"] == found.passes("1s")
    assert [] == found.passes("60s")


def test_the_reading_at_the_minute_comes_before_the_tick() -> None:
    """A tick just before the reading that makes the mismatch due does not split the message."""
    found = world(ERRORS)
    found.reads(broken())
    found.reads_for("50s", PAUSED)
    assert [] == found.passes("12s")
    assert ["began down @ops"] == on_ops(found.reads(PAUSED))
    assert ["new-error"] == riders(found)


def test_an_error_while_it_is_down_is_a_follow_up() -> None:
    """A new fingerprint is its own message without mention; the same one is not told again."""
    found = world(ERRORS)
    found.reads(broken("FAILED"))
    assert ["began errors @ops"] == on_ops(found.reads(broken("FAILED", "x.Other: heap")))
    (note,) = (note for note in found.last if note.channel == "ops")
    assert not note.mention
    assert [] == on_ops(found.reads(broken("FAILED", "x.Other: heap")))


def test_moves_while_it_is_down_belong_to_it() -> None:
    """Changes of state and restarts are merged into the alert, up to its recovery."""
    found = world(CHANGED, AGAIN)
    found.reads(FAILED)
    (alert,) = {note.alert for note in found.last if note.channel == "ops" and note.riders}
    assert [] == on_ops(found.reads_for("20s", PAUSED))
    back = run("a", handler="app_1|flink_2")
    assert ["recovered down @ops"] == on_ops(found.reads_for("40s", back))
    by = [d.by for d in found.store.decisions if d.why is Why.MERGED and d.notification is None]
    assert [alert] * 3 == by


def test_the_reading_that_ends_it_is_part_of_it() -> None:
    """With `keep_firing_for = "0s"` the way up is merged into the end."""
    found = world(CHANGED, AGAIN, down=rule("down", "state-mismatch", keep="0s"))
    found.reads(FAILED)
    assert ["recovered down @ops"] == on_ops(found.reads(UP))


def test_what_is_graver_than_the_alert_is_told() -> None:
    """A restart that calls people is not lost in a warning, nor does an error lose its mention."""
    found = world(
        rule("errors", "new-error", "critical"),
        rule("again", "restart", "critical"),
        down=rule("down", "state-mismatch", "warning"),
    )
    found.reads(FAILED)
    assert ["began errors @ops"] == found.reads(broken("FAILED"))
    assert found.last[0].mention
    assert ["began again @ops"] == found.reads(run("a", "FAILED", id=2))


def test_a_grave_rider_makes_the_message_as_loud() -> None:
    """A critical error that travels in a warning still calls people."""
    errors = rule("errors", "new-error", "critical")
    found = world(errors, down=rule("down", "state-mismatch", "warning"))
    assert ["began down @ops"] == found.reads(broken("FAILED"))
    assert (Severity.CRITICAL, True) == (found.last[0].severity, found.last[0].mention)


def test_counting_goes_on_as_before() -> None:
    """A rule that counts restarts counts those that are merged, too."""
    loop = rule("loop", "restart", count=2, within="10m")
    found = world(AGAIN, loop)
    found.reads(FAILED)
    found.reads(UP)
    assert ["began loop @ops"] == on_ops(found.reads(run("a", id=2)))


def test_an_alert_that_counts_takes_nothing_in() -> None:
    """That a job went down often says nothing of its next change."""
    often = rule("often", "state-mismatch", count=1, within="10m")
    found = world(rule("changed", "state-change", "info"), down=often)
    assert ["began often @ops", "began changed @ops"] == found.reads(FAILED)
    assert ["began changed @ops"] == found.reads(UP)


@pytest.mark.parametrize("after", ["0s", "10s"])
def test_a_kill_loses_no_rider(after: str) -> None:
    """What waits is saved, and travels in the message of the next process."""
    found = world(ERRORS)
    found.reads(broken(text="java.io.IOException: disk"))
    assert [] == found.restarts(after)
    assert ["began down @ops"] == on_ops(found.reads_for("60s", PAUSED))
    (rider,) = (rider for note in found.store.notifications for rider in note.riders)
    assert rider.run is not None
    assert "java.io.IOException: disk" == rider.run.last_error_message


def test_a_job_that_is_gone_leaves_its_riders() -> None:
    """What waited for the mismatch of a job that is gone is told alone."""
    found = World(DOWN, ERRORS, jobs=("a*",))
    found.lists("a")
    found.reads(UP)
    found.reads(broken())
    found.waits("10s")
    found.reads(asked=["a"])
    assert ["began errors @ops"] == on_ops(found.lists())


@pytest.mark.parametrize(
    "rules, channels",
    [((DOWN,), (chat("ops"), hook("audit"))), ((DOWN, ERRORS), (hook("audit"),))],
)
def test_what_left_the_file_is_decided(
    rules: tuple[Rule, ...], channels: tuple[object, ...]
) -> None:
    """A rider whose rule or channel is gone is not told, and the decision says so."""
    found = world(ERRORS)
    found.reads(broken())
    assert [] == found.reloads(*rules, channels=channels)
    assert [Why.UNWATCHED] == [d.why for d in found.step.decisions if d.channel == "ops"]
    assert {} == found.store.riders


def test_a_mismatch_rule_that_leaves_the_file_frees_its_riders() -> None:
    """Nobody will tell of the mismatch any more, so the error is told at once."""
    found = world(ERRORS)
    found.reads(broken())
    assert ["began errors @ops"] == found.reloads(ERRORS)


def test_a_job_that_left_the_file_takes_its_riders_along() -> None:
    """Nobody wants to hear of it any more."""
    found = world(ERRORS)
    found.reads(broken())
    assert [] == found.reloads(file=plan(DOWN, ERRORS, jobs=("b",)))
    assert Why.UNWATCHED in found.whys()


def test_a_set_clock_moves_the_wait() -> None:
    """A minute stays a minute while somebody sets the wall clock."""
    found = world(ERRORS, down=rule("down", "state-mismatch", stopped="10m"))
    found.reads(broken())
    found.sets_clock(timedelta(hours=-1))
    assert [] == on_ops(found.reads_for("50s", PAUSED))
    assert ["began errors @ops"] == on_ops(found.reads_for("10s", PAUSED))


def test_a_clock_set_back_while_away_frees_what_waits() -> None:
    """A wait that began in the future ends at once."""
    found = world(ERRORS)
    found.reads(broken())
    found.now -= timedelta(hours=1)
    assert ["began errors @ops"] == found.restarts()


@pytest.mark.parametrize(
    "text, kept",
    [
        ("short", "short"),
        ("é" * 3000, "é" * 1021 + "\n…\n"),
        ("x" * 9000 + "\nCaused by: y.Root: deep\n\tat z", None),
    ],
)
def test_a_long_text_waits_as_an_excerpt(text: str, kept: str | None) -> None:
    """At most 2 KiB: the beginning, and the deepest cause."""
    event = excerpt_of(event_with(text))
    assert event.run is not None
    found = event.run.last_error_message or ""
    assert MOST_BYTES >= len(found.encode())
    assert found == kept or (kept is None and found.endswith("Caused by: y.Root: deep\n\tat z"))


def event_with(text: str) -> Event:
    found = world(ERRORS)
    found.reads(broken(text=text))
    return next(event for event in found.step.events if event.fingerprint is not None)


def test_an_excerpt_keeps_the_cause_that_an_error_is_named_by() -> None:
    """Not one that is suppressed, nor one that only points back."""
    frames = "\tat com.acme.A.b(A.java:3)\n" * 80
    root = "Caused by: java.io.IOException: disk full\n"
    after = (
        "\tSuppressed: x.Y: z\n\tCaused by: x.Closing: late\n\tCaused by: [CIRCULAR REFERENCE: x]\n"
    )
    text = f"x.Outer: a\n{frames}{root}{frames[:300]}{after}{frames}"
    kept = excerpt_of(event_with(text)).run
    assert kept is not None
    assert kept.last_error_message is not None
    assert deepest_cause(text) == deepest_cause(kept.last_error_message)
    assert root in kept.last_error_message
