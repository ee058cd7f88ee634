"""HTTP answers as text that people can read and engines can change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from hypothesis import strategies as st

from watcher.ports import HttpAnswer

NOW: Final = datetime(2026, 11, 22, 8, 3, 5, tzinfo=UTC)
TYPES: Final = (
    "application/json;charset=utf-8",
    "text/xml;charset=utf-8",
    "application/xml",
    "text/html",
    "text/plain",
    "",
)
WAITS: Final = (
    "30",
    "0",
    "99999999999999999999",
    "-1",
    "Thu, 01 Oct 2026 12:00:30 GMT",
    "Fri, 31 Dec 9999 23:59:59 -0100",
)

_STATUS: Final = re.compile(r"[1-9][0-9][0-9]")


def read_answer(written: bytes) -> HttpAnswer:
    """Status, headers a line each, an empty line, the body; header values as aiohttp gives them."""
    head, _, body = written.partition(b"\n\n")
    status, *lines = head.decode("utf-8", "surrogateescape").split("\n")
    pairs = [line.partition(":") for line in lines]
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return HttpAnswer(int(status) if _STATUS.fullmatch(status) else 200, headers, body)


def write_answer(status: int, headers: Mapping[str, str], body: bytes) -> bytes:
    """What `read_answer` reads."""
    lines = [str(status), *(f"{name}: {value}" for name, value in headers.items() if value)]
    return "\n".join(lines).encode("utf-8", "surrogateescape") + b"\n\n" + body


HEADERS: Final = st.fixed_dictionaries(
    {"content-type": st.sampled_from(TYPES)},
    optional={
        "retry-after": st.sampled_from(WAITS),
        "x-acs-retry-after": st.sampled_from(("1500", "x", "9" * 40)),
        "date": st.sampled_from(("Sun, 22 Nov 2026 07:00:00 GMT", WAITS[-1], "x")),
    },
)
STATUSES: Final = st.sampled_from((200, 204, 301, 400, 401, 403, 404, 408, 429, 500, 503, 999))


def answers_with(bodies: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Written answers that hold one of `bodies`."""
    return st.builds(write_answer, STATUSES, HEADERS, bodies)
