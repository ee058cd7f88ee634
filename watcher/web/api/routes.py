"""Serves the operations: one route a path, whose answers are JSON and whose refusals problems."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Final

import msgspec
from aiohttp import web
from anyio.to_thread import run_sync

from watcher.ports import StoreError
from watcher.web.api.operation import BASE, Call, Nothing, Operation
from watcher.web.api.parameters import read_body, read_texts
from watcher.web.api.problem import Refused
from watcher.web.api.writing import written
from watcher.web.auth import note, who
from watcher.web.desk import DESK

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

JSON: Final = "application/json"


def api_routes(operations: Sequence[Operation]) -> list[web.RouteDef]:
    """A route for each path that the operations have, and one for every other path."""
    paths = dict.fromkeys(operation.path for operation in operations)
    found = [_route(path, [one for one in operations if one.path == path]) for path in paths]
    return [*found, web.route("*", BASE + "{rest:.*}", _nothing)]


def _route(path: str, operations: Iterable[Operation]) -> web.RouteDef:
    by_method = {operation.method: operation for operation in operations}
    if "GET" in by_method:
        by_method["HEAD"] = by_method["GET"]
    allowed = ", ".join(sorted(by_method))

    async def answer(request: web.Request) -> web.StreamResponse:
        operation = by_method.get(request.method)
        if operation is None:
            detail = f"This path knows {allowed}."
            return Refused(405, detail, headers={"Allow": allowed}).answer()
        return await _answer(request, operation)

    return web.route("*", BASE + path, answer)


async def _nothing(_: web.Request) -> web.StreamResponse:
    return Refused(404, f"Nothing is here; {BASE}/openapi.json says what there is.").answer()


async def _answer(request: web.Request, operation: Operation) -> web.StreamResponse:
    desk = request.app[DESK]
    try:
        asked = await _asked(request, operation)
        call = Call(desk, who(request), partial(note, request))
        given = await operation.do(call, asked)
    except Refused as refused:
        return refused.answer()
    except StoreError as error:
        return Refused(503, desk.redact(f"The store cannot be used: {error}")).answer()
    # On a thread: a long list takes longer than the loops should wait.
    body = await run_sync(written, given, desk.redact)
    return web.Response(status=operation.status, body=body, content_type=JSON)


async def _asked(request: web.Request, operation: Operation) -> msgspec.Struct:
    query = {name: request.query.getall(name) for name in request.query}
    if operation.has_body:
        read_texts(Nothing, query)
        return read_body(operation.takes, await _body(request))
    places = {name: [text] for name, text in request.match_info.items()}
    return read_texts(operation.takes, query | places)


async def _body(request: web.Request) -> bytes:
    """The body; the guard sees to it that it is not too large."""
    if request.content_type != JSON:
        raise Refused(415, f"Send the body as {JSON}.")
    return await request.read()
