"""What `status` shows, and what its filters leave."""

from __future__ import annotations

from datetime import UTC, timedelta
from pathlib import Path

import pytest

from tests.core.playbook import NOON
from watcher.cli.status import clock_was_set, history_line, narrowed, phase_of
from watcher.config.glance import Glance
from watcher.core.alert import Alert, Phase
from watcher.core.event import Kind
from watcher.core.flight import Era, Frame, Layer, Reason, Reel, Ticked, stamp
from watcher.core.job import SourceRecord
from watcher.core.subject import job_subject
from watcher.store.flight_writer import FlightWriter
from watcher.store.queries import JobCount, Standing


def alert(
    job: str, phase: Phase = Phase.FIRING, source: str = "prod", *, right: bool = False
) -> Alert:
    return Alert(
        id=job,
        rule="down",
        kind=Kind.STATE_MISMATCH,
        subject=job_subject(source, "FLINK_STREAM", job),
        ordinal=1,
        event=1,
        since=NOON,
        phase=phase,
        fired_at=NOON if phase is Phase.FIRING else None,
        right_since=NOON if right else None,
    )


STANDING = Standing(
    sources=(SourceRecord("prod"), SourceRecord("test")),
    jobs=(JobCount("prod", "RUNNING", "FAILED", 2), JobCount("test", "RUNNING", "RUNNING", 1)),
    alerts=(alert("orders_1"), alert("orders_2", Phase.PENDING), alert("x", source="test")),
    backlogs=(),
)


@pytest.mark.parametrize(
    "source, job, phase, left, counted",
    [
        (None, None, None, ["orders_1", "orders_2", "x"], 2),
        ("prod", None, None, ["orders_1", "orders_2"], 1),
        ("*", "orders_*", "firing", ["orders_1"], 2),
        (None, None, "pending", ["orders_2"], 2),
        ("nothing", None, None, [], 0),
    ],
)
def test_filters_leave_what_fits_all_of_them(
    source: str | None, job: str | None, phase: str | None, left: list[str], counted: int
) -> None:
    """A source's alerts go with it, and a job's name narrows the alerts alone."""
    found = narrowed(STANDING, source, job, phase)
    assert left == [one.subject.job for one in found.alerts]
    assert (counted, counted) == (len(found.sources), len(found.jobs))


def test_an_alert_whose_trouble_is_over_does_not_look_like_trouble() -> None:
    """While it may still come back the alert fires, and the table says that the job is right."""
    assert "firing" == phase_of(alert("a"))
    assert "firing, right again" == phase_of(alert("a", right=True))
    assert "pending" == phase_of(alert("a", Phase.PENDING, right=True))


@pytest.mark.parametrize(
    "by, expected",
    [
        (timedelta(hours=1, milliseconds=3), "set forward by 1h;"),
        (-timedelta(days=1), "set back by 1d;"),
    ],
)
def test_a_clock_that_was_set_is_shown(by: timedelta, expected: str) -> None:
    """Which way and by how much, to the second."""
    assert expected in clock_was_set(by)


def file_in(folder: Path, history: timedelta = timedelta(days=30)) -> Glance:
    return Glance("rules.toml", folder / "watcher.db", UTC, (), history)


async def test_status_says_how_the_recorder_stands(tmp_path: Path) -> None:
    """From when until when, and that it stands still while the service runs; or that it is off."""
    file = file_in(tmp_path)
    assert "nothing has been recorded yet" in history_line(file, NOON, running=True)
    off = history_line(file_in(tmp_path, timedelta(0)), NOON, running=True)
    assert "nothing is recorded" in off
    writer, at = FlightWriter(file.store, str), stamp(NOON)
    frame = Frame("", Layer.LOOK, at, at, (Ticked(at),))
    await writer.write(Reel((Era(at, Reason.START), frame), ()), NOON)
    await writer.close()
    works = history_line(file, NOON + timedelta(seconds=90), running=True)
    late = NOON + timedelta(minutes=5)
    assert "12:00:00" in works
    assert "STANDS STILL" not in works
    assert "STANDS STILL" in history_line(file, late, running=True)
    assert "STANDS STILL" not in history_line(file, late, running=False)
