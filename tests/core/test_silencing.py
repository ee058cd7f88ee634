"""What silences and windows hide, and what is told when they are over."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest

from tests.core.playbook import NOON, World, plan, rule, run
from watcher.core.event import Kind
from watcher.core.job import ALWAYS, NEVER
from watcher.core.notification import Quiet
from watcher.core.reading import Cause
from watcher.core.rule import Match, Rule
from watcher.core.run_summary import RunSummary
from watcher.core.speechless import ChannelHealth
from watcher.core.why import Why
from watcher.core.window import Cron, Window

UP, FAILED = run("a"), run("a", "FAILED")
ERROR_AT = 1_700_000_000_000
BEGAN = ["began down @ops", "began down @audit"]
OVER = ["silence-ended down @ops", "silence-ended down @audit"]
ENDED = ["recovered down @audit", "recovered down @ops"]
DOWN = rule("down", "state-mismatch", notify=("ops", "audit"), keep="0s")
ERRORS = rule("errors", "new-error", "error")
UPGRADE = Window("upgrade", Cron("10 12 * * *", timedelta(minutes=10), UTC), Match(job=("a*",)))


def world(*rules: Rule, jobs: tuple[str, ...] = ("a",), windows: tuple[Window, ...] = ()) -> World:
    found = World(file=plan(*(rules or (DOWN, ERRORS)), jobs=jobs, windows=windows))
    found.reads(*map(run, jobs))
    return found


def failing(text: str, second: int = 0) -> RunSummary:
    return run("a", "FAILED", error=text, error_at=ERROR_AT + 1000 * second)


def silenced_by(found: World) -> list[str | None]:
    """By what everything so far was hidden."""
    return [d.by for d in found.store.decisions if d.why in (Why.SILENCED, Why.WINDOW)]


def test_a_silence_hides_on_every_channel_and_says_by_what() -> None:
    """A beginning, its error and its reminders: each is a decision that names the silence."""
    found = world(rule("down", "state-mismatch", notify=("ops", "audit"), remind="30s"), ERRORS)
    found.silences(until="1h", jobs="a")
    assert [] == found.reads(failing("java.io.IOException: x"))
    assert [] == found.reads_for("30s", failing("java.io.IOException: x"))
    assert ["s1"] * 5 == silenced_by(found)


def test_others_are_told_as_ever() -> None:
    """Another job, another source's blindness: nobody silenced those."""
    found = world(DOWN, rule("dark", "blind"), jobs=("a", "b"))
    found.silences(until="1h", jobs="a")
    assert BEGAN == found.reads(FAILED, run("b", "FAILED"))
    assert ["began dark @ops"] == found.fails("a", "b", cause=Cause.CREDENTIALS)


@pytest.mark.parametrize("word, text", [("rules", "down"), ("kinds", "state-mismatch")])
def test_a_silence_of_a_rule_or_kind(word: str, text: str) -> None:
    """The error of the same job is told; that it is down is not."""
    found = world()
    found.silences(until="1h", recovered=False, **{word: text})
    assert ["began errors @ops"] == found.reads(failing("java.io.IOException: x"))


@pytest.mark.parametrize("ends", ["at its time", "by hand"])
def test_what_still_lasts_is_told_when_it_ends(ends: str) -> None:
    """At the next good reading, with its true beginning and what else was hidden."""
    found = world()
    found.silences(until="10m", jobs="a")
    found.waits("10s")
    found.reads(failing("java.io.IOException: x"))
    began = found.now
    found.waits("10m")
    assert [] == (found.expires("s1") if ends == "by hand" else found.ticks())
    assert OVER == found.reads(failing("java.io.IOException: x"))
    assert {(began, began)} == {(n.began_at, n.event.occurred_at) for n in found.last}
    quiet = {note.channel: note.quiet for note in found.last}
    # To `ops` the error was hidden too; `audit` does not hear of errors.
    expected = {"ops": Quiet(Why.SILENCED, "s1", 2), "audit": Quiet(Why.SILENCED, "s1", 1)}
    assert expected == quiet
    assert ENDED == found.reads(UP)


def test_not_before_a_good_reading_has_shown_it() -> None:
    """Nobody knows whether it still lasts while the source cannot be seen."""
    found = world()
    found.silences(until="1m", jobs="a")
    found.reads(FAILED)
    found.waits("2m")
    assert [] == found.ticks()
    assert [] == found.fails("a")
    assert [] == found.reads(UP)


def test_what_begins_and_ends_inside_is_only_counted() -> None:
    """No beginning was told, so no end is."""
    found = world()
    found.silences(until="1h", jobs="a")
    found.reads(FAILED)
    assert [] == found.reads(UP)
    found.waits("2h")
    assert [] == found.ticks()
    assert [] == found.reads(UP)
    assert ["s1", "s1"] == silenced_by(found)


def test_what_was_told_before_is_told_again_when_it_ends() -> None:
    """Once on each channel, as the same alert; nothing while the silence lasts; then its end."""
    found = world()
    assert BEGAN == found.reads(FAILED)
    (alert,) = {note.alert for note in found.last}
    found.silences(until="10m", jobs="a")
    assert [] == found.reads_for("5m", FAILED)
    found.restarts()
    assert [] == found.ticks()
    assert [] == found.reads_for("4m", FAILED)
    assert [] == found.passes("2m")
    assert OVER == found.reads(FAILED)
    assert [(alert, 2), (alert, 2)] == [(note.alert, note.number) for note in found.last]
    assert {0} == {note.quiet.hidden for note in found.last if note.quiet}
    assert [] == found.reads_for("1m", FAILED)
    assert ENDED == found.reads(UP)


def test_the_end_of_what_was_told_is_told_inside() -> None:
    """Who heard of the beginning hears of the end, silence or not."""
    found = world()
    found.reads(FAILED)
    found.silences(until="1h", jobs="a")
    assert ENDED == found.reads(UP)


def test_worse_is_hidden_and_told_with_the_end_of_the_silence() -> None:
    """A job that was stuck and then failed is told once, as it stands."""
    found = world(rule("down", "state-mismatch", lasts="0s", notify=("ops",)))
    assert ["began down @ops"] == found.reads(run("a", "PAUSED", expect="RUNNING", id=2))
    found.silences(until="1m", jobs="a")
    assert [] == found.reads(run("a", "FAILED", id=2))
    assert [] == found.passes("2m")
    assert ["silence-ended down @ops"] == found.reads(run("a", "FAILED", id=2))


def test_a_first_message_mentions_as_a_beginning_does() -> None:
    """Whoever was never told is called; who was told before is not called again."""
    found = world(rule("down", "state-mismatch", notify=("ops",)), jobs=("a", "b"))
    found.reads(run("a", "FAILED"), run("b"))
    found.silences(until="1m", sources="prod")
    found.reads(run("a", "FAILED"), run("b", "FAILED"))
    assert [] == found.passes("2m")
    found.reads(run("a", "FAILED"), run("b", "FAILED"))
    assert {"a": False, "b": True} == {note.subject.job: note.mention for note in found.last}
    assert {"silence-ended"} == {note.group for note in found.last}


def test_an_error_is_silenced_by_its_fingerprint() -> None:
    """The error, and that the job is down while it is its latest; another error is told."""
    found = world()
    found.reads(run("a", error="java.io.IOException: x", error_at=ERROR_AT))
    (print_,) = found.store.jobs[found.step.events[0].subject].fingerprints
    found.silences(until="1h", errors=print_)
    assert [] == found.reads(failing("java.io.IOException: x", 1))
    told = found.reads(failing("java.net.ConnectException: refused", 2))
    assert sorted(OVER) == sorted(told)
    (rides,) = (note.riders for note in found.last if note.channel == "ops")
    assert [Kind.NEW_ERROR] == [event.kind for event in rides]


def test_until_recovered_ends_when_nothing_of_it_fires() -> None:
    """Saved as expired with the time of that Step; what comes later is told."""
    found = world(jobs=("a", "b"))
    found.reads(FAILED, run("b", "FAILED"))
    found.silences(recovered=True, jobs="*")
    assert ENDED == found.reads(UP, run("b", "FAILED"))
    assert None is found.store.silences["s1"].expired_at
    found.waits("10s")
    assert ENDED == found.reads(UP, run("b"))
    assert found.now == found.store.silences["s1"].expired_at
    assert BEGAN == found.reads(FAILED, run("b"))


def test_until_recovered_outlives_a_restart_and_flapping_before_it_fires_no_more() -> None:
    """An alert that is kept firing is not recovered yet."""
    found = world(rule("down", "state-mismatch", keep="1m"))
    found.reads(FAILED)
    found.silences(recovered=True, jobs="a")
    found.reads(UP)
    found.restarts()
    assert [] == found.ticks()
    assert [] == found.reads(FAILED)
    assert None is found.store.silences["s1"].expired_at
    found.reads(UP)
    assert ["recovered down @ops"] == found.reads_for("1m", UP)
    assert found.now == found.store.silences["s1"].expired_at


def test_until_recovered_with_a_time_ends_at_the_earlier() -> None:
    """Whoever also names a time is told then."""
    found = world()
    found.reads(FAILED)
    found.silences(recovered=True, until="10m", jobs="a")
    assert [] == found.passes("10m")
    assert OVER == found.reads(FAILED)


def test_until_recovered_ends_with_what_it_was_for_leaving_the_file() -> None:
    """A rule that is taken out ends its alerts, and so the silence of them."""
    found = world()
    found.reads(FAILED)
    found.silences(recovered=True, rules="down")
    found.reloads(ERRORS)
    assert found.now == found.store.silences["s1"].expired_at


def test_a_window_hides_while_it_is_open() -> None:
    """From its first minute to its last; what still lasts when it closes is told."""
    found = world(windows=(UPGRADE,))
    found.waits("10m")
    assert [] == found.reads(FAILED)
    assert ["upgrade", "upgrade"] == silenced_by(found)
    found.waits("9m")
    assert [] == found.reads(FAILED)
    assert [] == found.passes("1m")
    assert OVER == found.reads(FAILED)
    assert {NOON + timedelta(minutes=10)} == {note.began_at for note in found.last}
    assert {Quiet(Why.WINDOW, "upgrade", 1)} == {note.quiet for note in found.last}


def test_a_window_takes_hold_of_what_was_told_before() -> None:
    """It is told again when the window closes; each opening counts what it hides anew."""
    found = world(windows=(UPGRADE,))
    assert BEGAN == found.reads(FAILED)
    found.waits("11m")
    assert [] == found.ticks()
    assert [] == found.passes("10m")
    assert OVER == found.reads(FAILED)
    assert ENDED == found.reads(UP)
    found.waits("1430m")
    assert [] == found.reads(FAILED)
    found.restarts("1m")
    assert [] == found.ticks()
    assert [] == found.reads(UP)
    assert [] == found.reads(FAILED)
    assert [] == found.passes("10m")
    assert OVER == found.reads(FAILED)
    assert {Quiet(Why.WINDOW, "upgrade", 2)} == {note.quiet for note in found.last}


def test_a_window_is_for_whom_it_matches() -> None:
    """Other jobs are told, and so is that a source or a channel is in trouble."""
    found = world(DOWN, rule("dark", "blind"), jobs=("a", "b"), windows=(UPGRADE,))
    found.waits("10m")
    assert BEGAN == found.reads(FAILED, run("b", "FAILED"))
    assert ["began dark @ops"] == found.fails("a", "b", cause=Cause.CREDENTIALS)


def test_a_window_that_came_with_a_reload_holds_at_once() -> None:
    """Also what fires already."""
    found = world()
    found.reads(FAILED)
    found.waits("10m")
    found.reloads(file=plan(DOWN, windows=(UPGRADE,)))
    assert [] == found.ticks()
    assert [] == found.passes("10m")
    assert OVER == found.reads(FAILED)


def test_windows_stay_where_they_are_when_the_clock_is_set() -> None:
    """The wall says 12:15 now: the window is open, however long the process has run."""
    found = world(windows=(UPGRADE,))
    found.sets_clock(timedelta(minutes=15))
    assert [] == found.reads(FAILED)
    found.sets_clock(timedelta(minutes=15))
    assert OVER == found.reads(FAILED)


def test_what_is_held_is_not_looked_at_until_the_gate_opens() -> None:
    """A window over ten thousand failed jobs must not cost a look at each with every answer."""
    found = world(windows=(UPGRADE,))
    assert [] == found.passes("10m")
    found.reads(FAILED)
    (job,) = found.state.jobs_of("prod")
    assert NEVER == job.look_at
    assert [] == found.passes("10m")
    assert ALWAYS == job.look_at
    assert OVER == found.reads(FAILED)
    assert NEVER == job.look_at


def test_a_window_over_everything_is_not_over_channels() -> None:
    """That nobody can be told is no maintenance of jobs; that a source is blind may be."""
    everything = Window("all", UPGRADE.schedule)
    mute = rule("mute", "undeliverable", notify=("audit",))
    found = world(rule("dark", "blind"), mute, windows=(everything,))
    found.waits("10m")
    assert [] == found.fails("a", cause=Cause.CREDENTIALS)
    assert ["began mute @audit"] == found.ticks(ChannelHealth("ops", refused_since=found.now))


def test_what_time_alone_shows_is_told_at_the_next_tick() -> None:
    """A channel's trouble needs no reading: it is told when the silence of it is over."""
    found = world(rule("mute", "undeliverable", notify=("audit",)))
    found.silences(until="10m", kinds="undeliverable")
    refused = ChannelHealth("ops", refused_since=found.now)
    assert [] == found.ticks(refused)
    found.waits("10m")
    assert ["silence-ended mute @audit"] == found.ticks(refused)
