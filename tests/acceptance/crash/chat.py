"""Judges a chat, where several notifications are one message and none has an id of its own.

What the webhook was told is the measure: each firing and each end of the same alert must stand in
some message, in that order.  An end may stand for its whole alert where nothing of it had been told
(DESIGN §5, merged).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from tests.acceptance.crash.evidence import Arrival

ENDS = ("✅", "⚪")
SIGNS = ("🔴", "🟠", "🟡", "🔵", *ENDS)
_LATE = re.compile(r"\n\n\*\*Late\*\*:[^\n]*")
_MOST, _WINDOW = 20, 60.0


def without_lateness(one: Arrival) -> bytes:
    """The body but for the line that says how late it is."""
    body = {**one.json, "markdown": {**one.json["markdown"], "text": _LATE.sub("", one.text)}}
    return json.dumps(body).encode()


def lines_about(job: str, message: Arrival) -> Iterator[bool]:
    """For each line of a message that tells of a job: whether it tells an end."""
    for line in message.text.splitlines():
        words = line.lstrip("#- ")
        if words.startswith(SIGNS) and re.search(rf"(?:/|: |, ){re.escape(job)}\b", words):
            yield words.startswith(ENDS)


def compare(job: str, told: Sequence[Arrival], heard: Iterable[Arrival]) -> Iterator[str]:
    """What the chat did not hear, or not in order, of what the webhook was `told` of a job."""
    lines = [ends for message in heard for ends in lines_about(job, message)]
    about = [one for one in told if one.json["type"].startswith("state-mismatch.")]
    for alert, messages in groupby(about, key=lambda one: str(one.data["alert"])):
        wanted = [one.data["status"] == "resolved" for one in messages]
        merged = [True] if wanted[-1] else wanted
        if lines[: len(wanted)] == wanted:
            del lines[: len(wanted)]
        elif lines[:1] == merged:
            del lines[:1]
        else:
            yield f"{job}: the chat heard {lines[:3]} where alert {alert[:8]} has {wanted}"
            return
    if lines:
        yield f"{job}: the chat heard {lines[:3]} of which the webhook knows nothing"


def too_many(messages: Sequence[Arrival]) -> list[str]:
    """Where a robot was asked more than 20 times in 60 seconds, which a real one punishes."""
    times = [one.at for one in messages]
    return [
        f"{_MOST + 1} requests to the robot in {last - first:.1f} s"
        for first, last in zip(times, times[_MOST:], strict=False)
        if last - first < _WINDOW
    ]
