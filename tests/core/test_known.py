"""Which errors a Step saw and tells, and what is known of them."""

from __future__ import annotations

from tests.core.playbook import NOON, World, rule, run
from watcher.core.fingerprint import fingerprint
from watcher.core.known import error_of, fill_known, sightings, told_errors
from watcher.core.notification import Known, Status

AT = 1_795_000_000_000
TEXT = "a.B: lost 17 rows"


def test_a_new_error_is_a_sighting_whether_told_or_not() -> None:
    """Counted is what happened, not what was said."""
    world = World(rule("errors", "new-error"))
    world.reads(run("a"))
    for times in range(1, 4):
        world.reads(run("a", error=TEXT, error_at=AT + times))
        seen = list(sightings(world.step))
        assert [fingerprint(TEXT)] == [one.fingerprint for one in seen]
        assert [world.now] == [one.at for one in seen]
    assert [] == list(world.step.notifications)


def test_a_mismatch_is_told_with_its_jobs_error() -> None:
    """A job that fails has its error beside it; its end has none."""
    world = World(rule("down", "state-mismatch"))
    world.reads(run("a"))
    world.reads(run("a", "FAILED", error=TEXT, error_at=AT))
    (told,) = world.step.notifications
    assert {told.id: fingerprint(TEXT)} == dict(told_errors(world.step))
    known = Known(fingerprint(TEXT), NOON, 41, 6)
    filled = fill_known(world.step, told_errors(world.step), {fingerprint(TEXT): known})
    assert [known] == [one.known for one in filled.notifications]
    assert [None] == [one.known for one in world.step.notifications]
    world.reads(run("a"))
    world.waits("2m")
    world.reads(run("a"))
    assert [Status.RESOLVED] == [one.status for one in world.step.notifications]
    assert {} == dict(told_errors(world.step))


def test_a_kept_name_is_taken_unless_a_version_before_made_it() -> None:
    """A name is made once for each error; an old one is none that is counted by."""
    world = World(rule("down", "state-mismatch"))
    world.reads(run("a"))
    world.reads(run("a", "FAILED", error=TEXT, error_at=AT))
    (told,) = world.step.notifications
    (record,) = world.step.jobs
    kept = type(record)(record.subject, error_at=AT, fingerprints=("B-0000000000000000",))
    old = type(record)(record.subject, error_at=AT, fingerprints=("0" * 16,))
    later = type(record)(record.subject, error_at=AT + 1, fingerprints=("B-0000000000000000",))
    assert "B-0000000000000000" == error_of(told.event, kept)
    for other in (old, later, None):
        assert fingerprint(TEXT) == error_of(told.event, other)
