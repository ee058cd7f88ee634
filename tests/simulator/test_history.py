"""What is recorded is true, bounded, and says when it is no longer whole."""

from __future__ import annotations

from watcher.simulator.history import Answer, History


def answer(number: int) -> Answer:
    return Answer(number, 1.0, "ListJob", "p", (), 0, 0, "ok")


def test_changes_are_numbered() -> None:
    """Each change has the next revision, and the later ones can be asked for."""
    history = History()
    for at in (1.0, 2.0, 3.0):
        history.note_change(at, "p", "j", {"actual_state": ("RUNNING", "FAILED")})
    assert history.revision == 3
    assert [3.0] == [change.at for change in history.changes(after_revision=2)]


def test_it_says_when_something_was_dropped() -> None:
    """A full history keeps the newest and no longer calls itself complete."""
    history = History(max_answers=2)
    for number in (1, 2):
        history.note_answer(answer(number))
    whole_with_two = history.complete
    history.note_answer(answer(3))
    assert (True, False) == (whole_with_two, history.complete)
    assert [2, 3] == [kept.number for kept in history.answers()]
    assert [3] == [kept.number for kept in history.answers(after_number=2)]


def test_requests_are_counted_by_outcome() -> None:
    """Counters are told by operation, then outcome."""
    history = History()
    history.count("ListJob", "ok")
    history.count("ListJob", "ok")
    history.count("ListJob", "throttle")
    assert history.counts() == {"ListJob": {"ok": 2, "throttle": 1}}
