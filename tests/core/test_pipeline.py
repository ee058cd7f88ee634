"""Time and evidence: what fires and ends, at which reading, through gaps and restarts."""

from __future__ import annotations

import pytest

from tests.core.playbook import World, rule, run
from watcher.core.reading import Cause
from watcher.core.rule import Rule
from watcher.core.run_summary import RunSummary

UP = run("a")
PAUSED = run("a", "PAUSED")
FAILED = run("a", "FAILED")
BEGAN = ["began down @ops"]
ENDED = ["recovered down @ops"]


def world(**more: object) -> World:
    found = World(rule("down", "state-mismatch", **more))  # type: ignore[arg-type]
    assert [] == found.reads(UP)
    found.waits("10s")
    return found


def test_nothing_about_a_job_comes_of_the_clock_alone() -> None:
    """However long it lasts, a mismatch fires and ends only by a good reading."""
    found = world()
    found.reads(PAUSED)
    assert [] == found.passes("1h")
    assert [] == found.fails("a")
    assert [] == found.passes("1h")
    assert BEGAN == found.reads(PAUSED)
    found.waits("10s")
    found.reads(UP)
    assert [] == found.passes("1h")
    assert [] == found.fails("a")
    assert ENDED == found.reads(UP)


def test_an_interval_longer_than_for_fires_at_the_first_reading_that_still_shows_it() -> None:
    """Where `interval` exceeds `for`, the second reading tells."""
    found = world()
    assert [] == found.reads(PAUSED)
    found.waits("5m")
    assert BEGAN == found.reads(PAUSED)


@pytest.mark.parametrize("gap", ["outage", "restart", "both", "missing"])
def test_a_clock_counts_through_a_gap(gap: str) -> None:
    """If the first reading after it shows a mismatch of the same run and order, it counts on."""
    found = world()
    found.reads(PAUSED)
    found.waits("10s")
    _gap(found, gap)
    found.waits("50s")
    assert BEGAN == found.reads(PAUSED)


@pytest.mark.parametrize("gap", ["outage", "restart", "both", "missing"])
@pytest.mark.parametrize(
    "anew", [run("a", "PAUSED", id=2), run("a", "PAUSED", "SUCCESS")], ids=["id", "expect"]
)
def test_a_clock_starts_anew_after_a_gap_with_another_run(gap: str, anew: RunSummary) -> None:
    """Under another Id or ExpectState the first reading after the gap begins the clock."""
    found = world()
    found.reads(PAUSED)
    found.waits("10s")
    _gap(found, gap)
    found.waits("50s")
    assert [] == found.reads(anew)
    assert [] == found.reads_for("50s", anew)
    assert BEGAN == found.reads_for("10s", anew)


def _gap(world: World, gap: str) -> None:
    if gap in ("outage", "both"):
        assert [] == world.fails("a")
    if gap in ("restart", "both"):
        assert [] == world.restarts()
    if gap == "missing":
        assert [] == world.reads(asked=["a"])


@pytest.mark.parametrize("gap", ["outage", "restart", "missing"])
def test_a_firing_alert_stays_through_a_gap(gap: str) -> None:
    """Nothing ends or reminds in a gap; the alert goes on after it."""
    found = world(remind="1m")
    found.reads(FAILED)
    alert = found.last[0].alert
    found.waits("10s")
    _gap(found, gap)
    assert [] == found.passes("1h")
    assert [] == found.reads(UP)
    assert ENDED == found.reads_for("60s", UP)
    assert alert == found.last[0].alert


@pytest.mark.parametrize(
    "first_wait, last_wait, told",
    [
        ("51s", "8500ms", []),  # lacks 0.5 s of 60 s, a tenth of 8.5 s: due
        ("50s", "8s", []),  # lacks 2 s, and a tenth of 8 s is less
        ("10s", "45500ms", []),  # lacks 4.5 s, a tenth of 45.5 s: 4.55 s
        ("0s", "54s", []),  # lacks 6 s, at most 5 s are forgiven
        ("49s", "10s", []),  # lacks 1 s, and a tenth of 10 s is not more
    ],
)
def test_a_clock_that_lacks_little_is_due(first_wait: str, last_wait: str, told: list[str]) -> None:
    """Less than a tenth of the time since the last reading, at most 5 s, is forgiven."""
    found = world()
    assert told == found.reads(PAUSED)
    found.waits(first_wait)
    found.reads(PAUSED)
    found.waits(last_wait)
    due = last_wait in ("8500ms", "45500ms")
    assert (BEGAN if due else []) == found.reads(PAUSED)


def test_the_time_since_the_last_reading_is_that_of_any_reading() -> None:
    """A job about which nothing was open was read all the same; a stale time forgives nothing."""
    found = world(lasts="4s")
    found.reads_for("10m", UP)
    found.waits("10s")
    assert [] == found.reads(PAUSED)
    found.waits("10s")
    assert BEGAN == found.reads(PAUSED)


def test_an_outage_is_a_reading_too() -> None:
    """What is forgiven is a tenth of the time between two requests, answered or not."""
    found = world()
    found.reads(PAUSED)
    found.waits("48s")
    assert [] == found.fails("a")
    found.waits("8s")
    assert [] == found.reads(PAUSED)


def test_an_end_that_lacks_little_is_due_too() -> None:
    """`keep_firing_for` is a clock like the others."""
    found = world()
    found.reads(FAILED)
    found.waits("10s")
    found.reads(UP)
    found.waits("59500ms")
    assert ENDED == found.reads(UP)


def test_after_a_start_nothing_is_forgiven() -> None:
    """The first reading after a start has no reading before it."""
    found = world()
    found.reads(PAUSED)
    found.restarts(after="59900ms")
    assert [] == found.reads(PAUSED)
    found.waits("100ms")
    assert BEGAN == found.reads(PAUSED)


def test_what_began_while_the_watcher_was_down_is_told() -> None:
    """What lasts until the next completed reading is told, also when it began unseen."""
    found = world()
    assert [] == found.restarts(after="1h")
    assert BEGAN == found.reads(FAILED)


def test_an_answer_may_repeat_a_name() -> None:
    """The last one counts, and the others say nothing."""
    changed = rule("changed", "state-change", notify=["audit"])
    found = World(rule("down", "state-mismatch"), changed)
    found.reads(UP)
    assert [] == found.reads(FAILED, UP, asked=["a"])
    assert ["began down @ops", "began changed @audit"] == found.reads(UP, FAILED, asked=["a"])
    assert [] == found.reads(UP, FAILED, asked=["a"])


def test_an_answer_for_a_source_that_left_the_file_is_nothing() -> None:
    """A reading under way while its source leaves the file changes nothing."""
    found = world()
    assert [] == found.reads(FAILED, source="gone")
    assert ((), False) == (found.step.sights, found.step.saves)
    assert [] == found.fails("a", source="gone")
    assert ((), False) == (found.step.sights, found.step.saves)


def test_names_that_nobody_asked_for_are_ignored() -> None:
    """A record of a job that is not watched says nothing."""
    found = world()
    assert [] == found.reads(UP, run("stranger", "FAILED"), asked=["a"])


def test_a_steady_poll_writes_nothing() -> None:
    """Between two minutes an answer without news needs no transaction."""
    found = world()
    found.waits("1m")
    found.reads(UP)
    found.waits("10s")
    found.reads(UP)
    assert not found.step.saves


def test_an_errors_text_is_not_written_again_and_again() -> None:
    """A job that is down with an error is looked at each time and saved when something changes."""
    found = world()
    failed = run("a", "FAILED", error="x", error_at=1000)
    found.reads(failed)
    for _ in range(3):
        found.waits("1s")
        found.reads(failed)
        assert not found.step.saves


SILENT: tuple[Rule, ...] = (
    rule("down", "state-mismatch", notify=["ops"]),
    rule("again", "restart"),
    rule("loop", "restart", count=2, within="1h"),
    rule("errors", "new-error"),
    rule("behind", "input-delay", threshold=1000),
    rule("lost", "missing"),
    rule("dark", "blind"),
    rule("after", "reconciled"),
)


def quiet(*runs: RunSummary, job_type: str = "FLINK_STREAM", every: str = "10s") -> None:
    """Under rules of every kind, a story of readings pages nobody."""
    found = World(*SILENT, job_type=job_type)
    for summary in runs:
        assert [] == found.reads(summary)
        found.waits(every)


def test_starting_pages_nobody() -> None:
    """Promise 6: a job that is started, waits for its resources and runs."""
    quiet(
        run("a", "PAUSED", "PAUSED"),
        run("a", "PAUSED"),
        run("a", "WAITING", id=2, handler=None, delay=-99_999_999),
        *[run("a", "WAITING", id=2, handler="app_9|", delay=-99_999_999)] * 20,
        *[run("a", id=2, handler="app_9|flink_9", delay=100)] * 10,
    )


def test_pausing_and_resuming_pages_nobody() -> None:
    """Promise 6: a job that is paused on purpose and resumed."""
    quiet(
        UP,
        run("a", "RUNNING", "PAUSED"),
        *[run("a", "PAUSED", "PAUSED", delay=900_000)] * 50,
        run("a", "PAUSED"),
        *[run("a", "WAITING", handler="app_2|x")] * 10,
        *[run("a", handler="app_2|y")] * 10,
    )


def test_stopping_on_purpose_pages_nobody() -> None:
    """Promise 6: a job that is terminated on purpose, however slowly it goes down."""
    quiet(
        UP,
        *[run("a", "RUNNING", "TERMINATED")] * 20,
        *[run("a", "FAILED", "TERMINATED")] * 5,
        *[run("a", "TERMINATED", "TERMINATED")] * 100,
    )


@pytest.mark.parametrize("expect", ["SUCCESS", "RUNNING"])
def test_a_finished_batch_job_pages_nobody(expect: str) -> None:
    """Promise 6: nightly runs that succeed."""
    night = [
        *[run("a", "WAITING", expect)] * 2,
        *[run("a", "RUNNING", expect)] * 5,
        *[run("a", "SUCCESS", expect)] * 50,
    ]
    other = [run("a", one.actual_state, expect, id=2, handler="app_2|x") for one in night]
    quiet(*night, *other, job_type="FLINK_BATCH")


def test_an_old_error_at_first_look_pages_nobody() -> None:
    """Promise 6: what an API still shows of last week is history."""
    quiet(*[run("a", error="x", error_at=1_700_000_000_000)] * 20)
    quiet(*[run("a", error="x")] * 20)


@pytest.mark.parametrize("cause", [Cause.TIMEOUT, Cause.THROTTLED, Cause.GARBLED, Cause.EMPTY])
def test_a_failed_reading_pages_nobody(cause: Cause) -> None:
    """Promise 6: requests that fail now and then, for less than five minutes each time."""
    found = World(*SILENT)
    for _ in range(10):
        assert [] == found.reads(UP)
        for _ in range(28):
            found.waits("10s")
            assert [] == found.fails("a", cause=cause)
        found.waits("10s")
    assert [] == found.reads(UP)


def test_an_incomplete_record_pages_nobody() -> None:
    """Promise 6: a record whose fields are absent for a moment is no event."""
    bare = run("a", None, None, id=None, handler=None)
    quiet(UP, bare, UP, bare, bare, UP)


def test_a_restart_of_the_watcher_pages_nobody() -> None:
    """Promise 6: the watcher's own restarts are nothing to tell of."""
    found = World(*SILENT)
    for _ in range(5):
        assert [] == found.reads(UP)
        assert [] == found.restarts(after="10m")
        assert [] == found.passes("10s")
