"""What a message says of the silence or window that is over."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.messages.samples import BOTH, CHINESE, ENGLISH, TOLD_AT, notify
from watcher.core.notification import Notification, Quiet, Reason
from watcher.core.subject import job_subject
from watcher.core.why import Why
from watcher.messages.bundle import render_bundle
from watcher.messages.message import Message
from watcher.messages.quiet import quiet_note
from watcher.messages.render import render
from watcher.messages.wording import Wording


def told_late(
    why: Why = Why.SILENCED, by: str = "3f9c21ab", hidden: int = 1, number: int = 1, n: int = 0
) -> Notification:
    return notify(
        reason=Reason.SILENCE_ENDED,
        quiet=Quiet(why, by, hidden),
        number=number,
        subject=job_subject("prod", "FLINK_STREAM", f"orders_{n}"),
    )


@pytest.mark.parametrize(
    "hidden, number, english, chinese",
    [
        (1, 1, "silence 3f9c21ab kept this quiet", "此前被静默 3f9c21ab 屏蔽"),
        (
            2,
            1,
            "silence 3f9c21ab kept this quiet; 1 more was hidden meanwhile",
            "此前被静默 3f9c21ab 屏蔽；期间另有 1 条通知被屏蔽",
        ),
        (
            2,
            4,
            "silence 3f9c21ab kept this quiet; 2 more were hidden meanwhile",
            "此前被静默 3f9c21ab 屏蔽；期间另有 2 条通知被屏蔽",
        ),
    ],
)
def test_what_else_was_hidden_is_counted(
    hidden: int, number: int, english: str, chinese: str
) -> None:
    """Not what this very message tells; who was told before has missed all of it."""
    note = told_late(hidden=hidden, number=number)
    assert [english, chinese] == [quiet_note((note,), words) for words in (ENGLISH, CHINESE)]
    assert english in [line.text for line in render(note, TOLD_AT, ENGLISH).lines]


@pytest.mark.parametrize("words", BOTH)
@pytest.mark.parametrize("why", [Why.SILENCED, Why.WINDOW])
def test_a_window_is_called_a_window(why: Why, words: Wording) -> None:
    """The title says what is over, and since when the trouble lasts."""
    title = render(told_late(why), TOLD_AT, words).title
    sayings = {
        Why.SILENCED: ("Silence is over, still: prod/orders", "静默结束，仍未恢复：prod/orders"),
        Why.WINDOW: ("Maintenance window is over, still: prod", "维护窗口结束，仍未恢复：prod"),
    }
    assert any(saying in title for saying in sayings[why])
    assert "6" in title


def bundle(members: Sequence[Notification]) -> Message:
    return render_bundle(members, TOLD_AT, ENGLISH)


def test_a_bundle_counts_once() -> None:
    """Of five that one silence hid three are told: two more were hidden."""
    found = bundle([told_late(hidden=5, n=n) for n in range(3)])
    assert "Silence is over, still: 3 jobs" in found.title
    note = "silence 3f9c21ab kept this quiet; 2 more were hidden meanwhile"
    assert [note] == [line.text for line in found.lines if line.label == "Note"]


def test_a_bundle_of_several_silences_names_none() -> None:
    """Each has its own line in `watcher silence list`."""
    mixed = bundle([told_late(n=0), told_late(by="00000000", n=1)])
    assert [] == [line for line in mixed.lines if line.label == "Note"]
    both = bundle([told_late(Why.WINDOW, n=0), told_late(n=1)])
    assert "Silence is over, still: 2 jobs" in both.title
    windows = bundle([told_late(Why.WINDOW, n=n) for n in range(2)])
    assert "Maintenance window is over, still: 2 jobs" in windows.title


def test_a_window_s_name_cannot_break_a_line() -> None:
    """It is a text of the file, and goes to chats."""
    note = quiet_note((told_late(Why.WINDOW, "a\nb\u202e" + "x" * 500),), ENGLISH)
    assert "\n" not in note
    assert "\u202e" not in note
    assert 300 > len(note)
