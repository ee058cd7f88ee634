"""Puts a placeholder where a text holds what differs from one playing of a story to the next."""

from __future__ import annotations

import re
from itertools import groupby

from tests.stories.message import fold

_TIME = re.compile(r"\b\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?\b")
_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_SHORT = re.compile(
    r"(?<![\d.])(?<!min )(?<!分 )(?<!分钟 )(?<!分)(?<!分钟)"
    r"(\d+(?:\.\d+)? ?(?:ms|s|毫秒|秒))(?![\w/])"
)
_LONG = re.compile(r"(?<![\d.])(\d+ (?:min|分钟)(?: \d+ (?:s|秒))?|\d+(?= readings| 次))")
_REQUEST = re.compile(r"\b[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}\b")
_PORT = re.compile(r"(127\.0\.0\.1):\d+")
_SILENCE = re.compile(r"((?:silence|静默) )[0-9a-f]{8}\b")
_MEASURED = re.compile(r"\{~[^}]*\}")
_LASTED_YET = re.compile(r"(\{time\} [\w+-]+)(?:, for \{~\}|，已持续 \{~\})")
_NUMBERED_JOB = re.compile(r"\b[a-z]+_\d+\b")
_LISTED = ("- ", "• ")


def blur(text: str) -> str:
    """The text as a page shows it: `{time}`, `{date}`, `{request}`, and spans as `{~3 s}`."""
    text = _PORT.sub(r"\1:{port}", _REQUEST.sub("{request}", text))
    text = _SILENCE.sub(r"\1{id}", text)
    text = _TIME.sub("{time}", _DATE.sub("{date}", text))
    return _SHORT.sub(r"{~\1}", text)


def blur_long(text: str) -> str:
    """The same where time is sped up, and spans of minutes and counts of readings differ too."""
    return blur(_LONG.sub(r"{~\1}", text))


def bare(text: str) -> str:
    """The text without what spans measured, to compare two of them.

    A span of less than a second is not said at all.
    """
    return _LASTED_YET.sub(r"\1", _MEASURED.sub("{~}", text))


def folded(text: str) -> str:
    """The text with one line for the lines of a list that differ in a job's number alone."""
    lines: list[str] = []
    for _, group in groupby(text.splitlines(), key=_likeness):
        lines += _fold(list(group))
    return "\n".join(lines)


def _likeness(line: str) -> str:
    return _NUMBERED_JOB.sub("job", bare(line), count=1) if line.startswith(_LISTED) else line


def _fold(lines: list[str]) -> list[str]:
    found = [_NUMBERED_JOB.search(line) for line in lines]
    names = [one[0] for one in found if one]
    if len(names) < len(lines) or not lines[0].startswith(_LISTED):
        return lines
    return [lines[0].replace(names[0], ", ".join(fold(names)), 1)]
