"""What the API says where it does not do what is asked: RFC 9457, `application/problem+json`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

import msgspec
from aiohttp import web

from watcher.core.nearest import nearest
from watcher.messages.plain import short_line

CONTENT_TYPE: Final = "application/problem+json"
SHOWN: Final = 80
"""Characters of a wrong value that are shown."""


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong with a request: which parameter or key, what came, what is right."""

    parameter: str
    found: str | None = None
    expected: str | None = None
    hint: str | None = None


class Problem(msgspec.Struct, frozen=True):
    """Why a request was not done: `detail` says it in a sentence, `errors` name each fault."""

    title: str
    status: int
    detail: str
    type: str = "about:blank"
    errors: tuple[Fault, ...] = ()


class Refused(Exception):  # noqa: N818  what was asked for is wrong, not the program
    """Ends a handler with a problem as the answer."""

    def __init__(
        self,
        status: int,
        detail: str,
        faults: Iterable[Fault] = (),
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """`detail` is a sentence for the person who reads the program's log."""
        super().__init__(detail)
        self.status = HTTPStatus(status)
        self.detail = detail
        self.faults = tuple(faults)
        self.headers = headers

    def answer(self) -> web.Response:
        """The response."""
        problem = Problem(self.status.phrase, self.status.value, self.detail, errors=self.faults)
        return web.Response(
            status=self.status,
            body=msgspec.json.encode(problem),
            content_type=CONTENT_TYPE,
            headers=self.headers,
        )


def wrong(faults: Iterable[Fault]) -> Refused:
    """400 for what a request gives and should not."""
    found = tuple(faults)
    names = ", ".join(short_line(fault.parameter, SHOWN) for fault in found)
    return Refused(400, f"Not understood: {names}. `errors` says what is expected.", found)


def unfit(faults: Iterable[Fault]) -> Refused:
    """422 for what is right by itself and does not go together."""
    found = tuple(faults)
    names = ", ".join(fault.parameter for fault in found)
    return Refused(422, f"Does not go together: {names}. `errors` says what is expected.", found)


def unknown(name: str, known: Iterable[str]) -> Fault:
    """The fault of a name that nobody asked for, with the nearest one that is known."""
    names = sorted(known)
    allowed = f"one of: {', '.join(names)}" if names else "no parameter at all"
    hint = did_you_mean(name, names).strip() or None
    return Fault(short_line(name, SHOWN), expected=allowed, hint=hint)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question about the nearest known word, to follow a sentence; nothing where none is near."""
    near = nearest(word, known)
    return f' Did you mean "{near}"?' if near else ""


def shown(value: object) -> str:
    """A value on one line, cut where it is long."""
    text = (
        value
        if isinstance(value, str)
        else msgspec.json.encode(value)[: 8 * SHOWN].decode(errors="replace")
    )
    return short_line(text, SHOWN)
