"""Whether the answers to one request still move, and on what evidence."""

from __future__ import annotations

from datetime import timedelta

from tests.core.playbook import NOON, run
from watcher.core.job import Job, JobRecord
from watcher.core.pulse import ENOUGH, STILL_ANSWERS, Pulse, beat
from watcher.core.run_summary import RunSummary
from watcher.core.subject import job_subject


class Wrist:
    """Feels one request's pulse, an answer each ten seconds, with the minute's first as known."""

    def __init__(self, *known: RunSummary) -> None:
        self.jobs = {one.job_name: _job(one) for one in known}
        self.pulse: Pulse | None = None
        self.now = NOON

    def feels(self, *runs: RunSummary, changed: bool = False, minute: bool = False) -> Pulse:
        self.now += timedelta(seconds=10)
        self.pulse = beat(self.pulse, runs, self.jobs, self.now, changed=changed, minute=minute)
        return self.pulse


def _job(known: RunSummary) -> Job:
    subject = job_subject("prod", "FLINK_STREAM", known.job_name)
    return Job(JobRecord(subject=subject, run=known))


A, B = run("a", delay=100), run("b", delay=200)


def test_a_first_answer_says_nothing() -> None:
    """It neither moved nor stood still."""
    pulse = Wrist().feels(A, B)
    assert (False, 0) == (pulse.moved, pulse.still)


def test_moving_jobs_are_counted_up_to_what_is_enough() -> None:
    """Two running jobs whose delays left the minute's first ones are evidence of life."""
    wrist = Wrist(A, B, run("c", delay=1))
    wrist.feels(A, B, run("c", delay=1))
    pulse = wrist.feels(run("a", delay=101), run("b", delay=201), run("c", delay=2))
    assert (True, ENOUGH) == (pulse.moved, pulse.lively)


def test_what_does_not_run_or_has_no_delay_is_not_alive() -> None:
    """Stopped jobs, the sentinel and absent delays are no evidence."""
    wrist = Wrist(A, run("b", "PAUSED", delay=1), run("c", delay=-99999999), run("d"))
    wrist.feels(*(job.run for job in wrist.jobs.values() if job.run))
    pulse = wrist.feels(
        run("a", delay=101), run("b", "PAUSED", delay=2), run("c", delay=5), run("d", delay=5)
    )
    assert (True, 1) == (pulse.moved, pulse.lively)


def test_it_counts_the_same_answers() -> None:
    """From the second on that is known to be the same in all; the first only prints it."""
    wrist = Wrist(A, B)
    stills = [wrist.feels(A, B).still for _ in range(4)]
    assert [0, 0, 1, 2] == stills
    assert NOON + timedelta(seconds=20) == wrist.feels(A, B).since


def test_another_job_than_the_probe_is_seen_to_move() -> None:
    """The first record's delay stands still, another's does not."""
    wrist = Wrist(A, B)
    for _ in range(5):
        wrist.feels(A, B)
    pulse = wrist.feels(A, run("b", delay=201))
    assert (True, 0, 1) == (pulse.moved, pulse.still, pulse.probe)


def test_a_longer_or_shorter_answer_has_moved() -> None:
    """A job that comes or goes is a change, wherever it stands."""
    for other in ((A,), (A, B, run("c"))):
        wrist = Wrist(A, B)
        for _ in range(5):
            wrist.feels(A, B)
        assert wrist.feels(*other).moved
    assert Wrist().feels().still == 0


def test_another_change_takes_the_evidence_away() -> None:
    """After a state has changed, liveliness must be shown anew: jobs may have been stopped."""
    wrist = Wrist(A, B)
    wrist.feels(A, B)
    assert ENOUGH == wrist.feels(run("a", delay=1), run("b", delay=2)).lively
    pulse = wrist.feels(run("a", "PAUSED", delay=1), run("b", delay=2), changed=True)
    assert (True, 0) == (pulse.moved, pulse.lively)


def test_a_new_minute_asks_for_new_evidence() -> None:
    """Who moved an hour ago may not have moved since; only the last minute's movers count."""
    wrist = Wrist(A, B)
    wrist.feels(A, B)
    assert ENOUGH == wrist.feels(run("a", delay=1), run("b", delay=2)).lively
    assert 1 == wrist.feels(run("a", delay=3), B, minute=True).lively


def test_standing_jobs_are_counted_when_it_matters() -> None:
    """Running jobs that are behind; a delay of 0 that stands still is natural."""
    behind, idle = Wrist(A, B), Wrist(run("a", delay=0), B)
    for _ in range(STILL_ANSWERS + 1):
        behind.feels(A, B, run("c", delay=7))
        idle.feels(run("a", delay=0), B)
    pulse = behind.feels(A, B, run("c", delay=7))
    assert (STILL_ANSWERS, ENOUGH) == (pulse.still, pulse.standing)
    pulse = idle.feels(run("a", delay=0), B)
    assert (STILL_ANSWERS, 1) == (pulse.still, pulse.standing)
