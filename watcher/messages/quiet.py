"""What kept something quiet until now, and how much else it has hidden meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from watcher.core.notification import Notification, Quiet
from watcher.core.why import Why
from watcher.messages import plain
from watcher.messages.wording import Wording


def over(reason: str, members: Sequence[Notification]) -> str:
    """The reason for which they are told now; a window's end has a word of its own."""
    by_window = [one.quiet is not None and one.quiet.why is Why.WINDOW for one in members]
    return "window-ended" if by_window and all(by_window) else reason


def quiet_note(members: Sequence[Notification], words: Wording) -> str:
    """What kept all of them quiet, and what it has hidden besides; "" where they differ."""
    found = {(one.quiet.why, one.quiet.by) for one in members if one.quiet is not None}
    quiet = [one.quiet for one in members if one.quiet is not None]
    if len(found) != 1 or len(quiet) != len(members):
        return ""
    kept = words.say(f"note.quiet.{quiet[0].why}", by=plain.name(quiet[0].by))
    more = _more(members, quiet)
    return (
        words.say("note.hidden", quiet=kept, hidden=words.count("hidden", more)) if more else kept
    )


def _more(members: Sequence[Notification], quiet: Sequence[Quiet]) -> int:
    """Of what was hidden, without those whose beginning is told with this very message."""
    told_now = sum(one.number == 1 for one in members)
    return max(max(one.hidden for one in quiet) - told_now, 0)
