"""One thing that the API does; all of them are the table that routes and document are made of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

from watcher.web.desk import Desk

BASE: Final = "/api/v1"


class Nothing(msgspec.Struct, frozen=True):
    """Of an operation that takes no parameters."""


class Call(msgspec.Struct, frozen=True):
    """Who asks whom: `who` is the acting person's name, `note` adds facts to what is logged."""

    desk: Desk
    who: str
    note: Callable[..., None]


class Operation(msgspec.Struct, frozen=True):
    """One method of one path below `BASE`.

    `takes` is a struct of all parameters: its fields named in the path's `{}` are taken from there,
    the others from the query, or for `POST` from a JSON body.  `gives` is the answer's type.
    `refusals` are the statuses beside those that every operation may have, each with when.
    """

    method: str
    path: str
    name: str
    summary: str
    gives: Any
    do: Callable[[Call, Any], Awaitable[msgspec.Struct]]
    takes: type[msgspec.Struct] = Nothing
    detail: str = ""
    status: int = 200
    refusals: tuple[tuple[int, str], ...] = ()

    @property
    def has_body(self) -> bool:
        """Whether it takes its parameters from a body."""
        return self.method == "POST"

    @property
    def subject(self) -> str:
        """The first word of its path, under which the document groups it."""
        return self.path.split("/")[1]

    def is_in_path(self, name: str) -> bool:
        """Whether a parameter stands in the path."""
        return f"{{{name}}}" in self.path
