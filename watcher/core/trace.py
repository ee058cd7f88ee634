"""The parts of a Java stack trace: the deepest cause, what wraps it, and where the user's code is.

However long a text is, it is searched from its end for a few marks, and only a bounded piece behind
each is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

MOST_CHARACTERS: Final = 2000
"""A root line longer than this is cut: nobody reads it, and it is kept for many jobs."""
MOST_CAUSES: Final = 8
"""So many causes are looked at, from the deepest on."""
READ_OF_EACH: Final = 16_000
"""So many characters of each cause are searched for frames."""

MARK: Final = "Caused by:"
"""What Java writes before each cause."""

_LINE_MARK: Final = f"\n{MARK}"
_FRAME = re.compile(r"(?: |\\n|\\t)at [\w.$/<>@]+\(")
# A run is tried from its beginning only: from each of its members would take quadratic time.
_FLATTENED = re.compile(r"(?<! )(?<!\\n)(?<!\\t)(?: |\\n|\\t)++$")
_NO_ROOT = re.compile(r"(?:at [\w.$/<>@]+\(|\.\.\. \d+ (?:more|common frames)|-+$)")
_CIRCLE: Final = "[CIRCULAR REFERENCE"

_CLASS = re.compile(r"[A-Za-z_][\w$]*(?:[./][A-Za-z_$][\w$]*)*(?=:|\s|$)", re.ASCII)
# What only carries the text of another exception, as Flink sends it from one process to another.
_CARRIER = re.compile(
    r"(?:org\.apache\.flink\.util\.SerializedThrowable"
    r"|java\.util\.concurrent\.(?:Completion|Execution)Exception"
    r"|java\.lang\.RuntimeException): "
    r"(?=(?:[a-z_]\w*\.){2,12}[A-Z][\w$]*(?:Exception|Error|Throwable)\b)",
    re.ASCII,
)
_PLACE = re.compile(
    r"(?:^|[\s]|\\n|\\t)at (?:[\w.@-]{1,80}/{1,2}){0,2}([\w.$<>]{1,300})\(([^()\n]{0,200})\)",
    re.ASCII,
)
_FOREIGN = re.compile(
    r"(?:java|javax|jakarta|jdk|sun|scala|kotlin|akka|org\.apache|com\.sun|com\.alibaba\.(?:blink"
    r"|flink|ververica|druid|fastjson2?)|com\.aliyun|com\.ververica|com\.zaxxer|com\.mysql|com\.mongodb"
    r"|com\.fasterxml|com\.google|com\.esotericsoftware|com\.amazonaws|software\.amazon|io\.netty"
    r"|io\.lettuce|redis\.clients|org\.postgresql|org\.mariadb|oracle|org\.springframework|org\.rocksdb"
    r"|org\.forstdb|org\.elasticsearch|okhttp3|org\.slf4j|ch\.qos|groovy|clojure|reactor|feign)\."
)
_PLATFORM = re.compile(r"(?:java|javax|jdk|sun|com\.sun)\.")


def deepest_cause(text: str) -> str:
    """The class and message of the deepest `Caused by:` of a Java stack trace, on one line.

    Causes of suppressed exceptions, which Java indents, count only where no other is there.  A text
    without any cause gives its first line that says something; an empty one gives "".
    """
    return _first_line(text, root_begin(text))


def bared(line: str) -> str:
    """A root line without the exceptions that only carry the text of another one."""
    while found := _CARRIER.match(line):
        line = line[found.end() :]
    return line


def class_of(line: str) -> str:
    """The class at the head of a root line; "" where it begins with something else."""
    found = _CLASS.match(line)
    if found is None:
        return ""
    name = found[0]
    # A word of a sentence is no class; one without a package counts if it is all that is said.
    alone = line[found.end() : found.end() + 1] in ("", ":") and name[:1].isupper()
    return name if "." in name[1:-1] or (alone and name.endswith(("Exception", "Error"))) else ""


def causes(text: str) -> tuple[str, ...]:
    """The root line, and the lines of what wraps it, from the deepest on; at most eight."""
    lines = (bared(_first_line(text, begin)) for begin, _ in _sections(text))
    return tuple(line for line in lines if line)


def own_frame(text: str) -> str:
    """Where the user's own code is, next to the deepest cause: `a.b.C.map(C.java:42)`, or ""."""
    frames = (frame for begin, end in _sections(text) for frame in _frames(text, begin, end))
    return next((f"{name}({place})" for name, place in frames if _is_own(name, place)), "")


def origin(text: str) -> str:
    """By which method an error without a message is told from others; "" where nothing says it.

    The user's own one, else the first that is not Java's; without a line, which the next version of
    the job moves.
    """
    frame = own_frame(text)
    if frame:
        return frame.partition("(")[0]
    begin, end = next(_sections(text))
    names = (name for name, _ in _frames(text, begin, end))
    return next((name for name in names if not _PLATFORM.match(name)), "")


def _is_own(name: str, place: str) -> bool:
    written = place not in ("Unknown Source", "Native Method", "<generated>")
    return written and "$Proxy" not in name and not _FOREIGN.match(name)


def _frames(text: str, begin: int, end: int) -> Iterator[tuple[str, str]]:
    # A message may be longer than all that is read.
    begin = max(text.find("\n\tat ", begin, end), begin)
    for found in _PLACE.finditer(text, begin, min(end, begin + READ_OF_EACH)):
        yield found[1], found[2]


def _sections(text: str) -> Iterator[tuple[int, int]]:
    """Where each exception of the chain begins and ends, from the deepest on."""
    return islice(_all_sections(text), MOST_CAUSES)


def _all_sections(text: str) -> Iterator[tuple[int, int]]:
    begin, end = root_begin(text), len(text)
    # Where line breaks were lost, marks stand within lines.
    mark = _LINE_MARK if text.find(_LINE_MARK) >= 0 else MARK
    yield begin, end
    while begin > 0:
        end = begin - len(MARK)
        begin = _after_last(text, mark, end) or 0
        yield begin, end


def root_begin(text: str) -> int:
    """Where the deepest cause of a text begins, behind its mark; 0 where no cause is marked.

    That is the last mark that begins a line, else the last one at all.
    """
    begin = _after_last(text, _LINE_MARK)
    if begin is None and text.startswith(MARK):
        begin = len(MARK)
    if begin is None:
        begin = _after_last(text, MARK)
    return begin or 0


def _after_last(text: str, mark: str, end: int | None = None) -> int | None:
    """The place behind the last mark that does not only point back to an earlier exception."""
    found = text.rfind(mark, 0, end)
    while found >= 0:
        begin = found + len(mark)
        if not text[begin : begin + 40].lstrip().startswith(_CIRCLE):
            return begin
        found = text.rfind(mark, 0, found)
    return None


def _first_line(text: str, begin: int) -> str:
    """The first line that says something, with the next one where it ends in a colon."""
    said = ""
    for line in text[begin : begin + 8 * MOST_CHARACTERS].splitlines():
        words = _before_frames(" ".join(line.split()))
        if not words or _NO_ROOT.match(words):
            if said:
                break
            continue
        said = f"{said} {words}".strip()
        if not said.endswith(":"):
            break
    return said[:MOST_CHARACTERS].rstrip()


def _before_frames(line: str) -> str:
    """The line without stack frames that stand on it because line breaks were lost."""
    frame = _FRAME.search(line)
    return line if frame is None else _FLATTENED.sub("", line[: frame.start()])
