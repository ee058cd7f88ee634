"""Put the simulated API on the network with aiohttp, and carry out its faults there."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from email.utils import formatdate
from typing import Final

from aiohttp import web

from watcher.simulator.api import AdmittedCall, Reply, SimulatedApi
from watcher.simulator.control import add_control_routes
from watcher.simulator.encoding import JSON_TYPE
from watcher.simulator.faults import ActiveFault, Fault, FaultKind, Misfortune
from watcher.simulator.operations import content_type, encode_error, new_request_id
from watcher.simulator.refusal import RefusedError
from watcher.simulator.signature import EMPTY_SHA256, SignedRequest

REDIRECTED_PATH: Final = "/_simulator/redirected"
MAX_REQUEST_LINE: Final = 1 << 16
"""Longer than aiohttp's default: the vendor's SDK sends 22 kB for 2000 names without a warning."""

_SHUTDOWN_SECONDS: Final = 1.0
_HUGE_CHUNK: Final = b"x" * (1 << 16)
_BAD_GATEWAY: Final = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    b"<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>Tengine</center>\r\n</body>\r\n"
    b"</html>\r\n"
)


def build_app(api: SimulatedApi, *, control: bool = True) -> web.Application:
    """Return an application that serves the API, and with `control` its /_simulator/ endpoints.

    Requests that a fault holds back go on when the application shuts down.
    """

    async def handle(request: web.Request) -> web.StreamResponse:
        return await _handle(api, request)

    async def redirected(_: web.Request) -> web.StreamResponse:
        api.history.count("redirected", "reached")
        return web.json_response({})

    async def date(_: web.Request, response: web.StreamResponse) -> None:
        response.headers["Date"] = formatdate(int(api.now()), usegmt=True)

    async def release(_: web.Application) -> None:
        api.faults.clear()

    app = web.Application()
    if control:
        add_control_routes(app, api)
    app.router.add_route("*", REDIRECTED_PATH, redirected)
    app.router.add_route("*", "/{path:.*}", handle)
    app.on_response_prepare.append(date)
    app.on_shutdown.append(release)
    return app


@asynccontextmanager
async def serve(
    api: SimulatedApi, host: str = "127.0.0.1", port: int = 0, *, control: bool = True
) -> AsyncIterator[str]:
    """Serve within the context, which gives the base URL without a slash at its end."""
    runner = web.AppRunner(
        build_app(api, control=control),
        access_log=None,
        handler_cancellation=True,
        shutdown_timeout=_SHUTDOWN_SECONDS,
        max_line_size=MAX_REQUEST_LINE,
        max_field_size=MAX_REQUEST_LINE,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        bound_port = runner.addresses[0][1]
        yield f"http://[{host}]:{bound_port}" if ":" in host else f"http://{host}:{bound_port}"
    finally:
        await runner.cleanup()


async def _handle(api: SimulatedApi, request: web.Request) -> web.StreamResponse:
    signed = await _signed_request(request)
    as_json = "json" in signed.header("accept").lower()
    try:
        admitted = api.admit(signed)
        await _hold_back(api, admitted.misfortune)
        if admitted.misfortune.failure is not None:
            api.fail(admitted)
            return await _fail(request, admitted, admitted.misfortune.failure)
        return await _send(request, api.answer(admitted), admitted.misfortune)
    except RefusedError as refused:
        return _refusal(request, refused, as_json=as_json)


async def _signed_request(request: web.Request) -> SignedRequest:
    path, _, query = request.raw_path.partition("?")
    sha256 = EMPTY_SHA256
    if request.can_read_body:
        sha256 = hashlib.sha256(await request.read()).hexdigest()
    headers = {name.lower(): value for name, value in request.headers.items()}
    return SignedRequest(request.method, path, query, headers, sha256)


async def _hold_back(api: SimulatedApi, misfortune: Misfortune) -> None:
    if slow := misfortune.manner(FaultKind.SLOW):
        await _hold(api, slow, slow.fault.delay.total_seconds())
    if hang := misfortune.manner(FaultKind.HANG):
        await _hold(api, hang, api.seconds_left(hang))


async def _hold(api: SimulatedApi, by: ActiveFault, seconds: float | None) -> None:
    with api.faults.holding(by) as released, suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await released.wait()


async def _send(request: web.Request, reply: Reply, misfortune: Misfortune) -> web.StreamResponse:
    headers = {"Content-Type": reply.content_type}
    body = reply.body
    if wrong := misfortune.manner(FaultKind.WRONG_CONTENT_TYPE):
        headers["Content-Type"] = wrong.fault.content_type
    if misfortune.manner(FaultKind.GZIP):
        headers["Content-Encoding"] = "gzip"
        body = gzip.compress(body, mtime=0)
    if misfortune.manner(FaultKind.TRUNCATED):
        return await _truncate(request, headers, body)
    return web.Response(status=reply.status, headers=headers, body=body)


async def _truncate(
    request: web.Request, headers: dict[str, str], body: bytes
) -> web.StreamResponse:
    response = web.StreamResponse(headers={**headers, "Content-Length": str(len(body))})
    response.force_close()
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    _close(request)
    return response


async def _fail(request: web.Request, admitted: AdmittedCall, fault: Fault) -> web.StreamResponse:
    match fault.kind:
        case FaultKind.BAD_GATEWAY:
            return web.Response(status=502, body=_BAD_GATEWAY, content_type="text/html")
        case FaultKind.REDIRECT:
            location = fault.location or f"http://{request.host}{REDIRECTED_PATH}"
            return web.Response(status=302, headers={"Location": location})
        case FaultKind.HUGE:
            return await _stream_huge(request, admitted, fault.size)
        case FaultKind.EMPTY_BODY:
            return web.Response(headers={"Content-Type": JSON_TYPE})
        case FaultKind.NOT_JSON:
            return web.Response(headers={"Content-Type": JSON_TYPE}, body=b'{"RunSummarys":{"Run')
        case FaultKind.DISCONNECT:
            _close(request)
            return web.Response()
        case _:
            as_json = admitted.as_json and fault.kind is not FaultKind.XML_ERROR
            return _refusal(request, _refused_by(fault), as_json=as_json)


def _refused_by(fault: Fault) -> RefusedError:
    match fault.kind:
        case FaultKind.THROTTLE:
            words = "Request was denied due to user flow control."
            return RefusedError(400, "Throttling.User", words, _retry_headers(fault))
        case FaultKind.UNAVAILABLE:
            words = "The request has failed due to a temporary failure of the server."
            return RefusedError(503, "ServiceUnavailable", words, _retry_headers(fault))
        case FaultKind.INTERNAL_ERROR:
            words = "The request processing has failed due to some unknown error."
            return RefusedError(500, "InternalError", words)
        case FaultKind.FORBIDDEN:
            words = "User not authorized to operate on the specified resource."
            return RefusedError(403, "Forbidden.RAM", words)
        case FaultKind.TOKEN_EXPIRED:
            words = "Specified SecurityToken is expired."
            return RefusedError(400, "InvalidSecurityToken.Expired", words)
        case _:
            return RefusedError(fault.status, fault.code, fault.message, _retry_headers(fault))


def _retry_headers(fault: Fault) -> dict[str, str]:
    """x-acs-retry-after is in milliseconds (as Tea reads it), Retry-After in whole seconds."""
    headers = {}
    if fault.acs_retry_after is not None:
        milliseconds = fault.acs_retry_after // timedelta(milliseconds=1)
        headers["x-acs-retry-after"] = str(milliseconds)
    if fault.retry_after is not None:
        headers["Retry-After"] = str(-(-fault.retry_after // timedelta(seconds=1)))
    return headers


def _refusal(request: web.Request, refused: RefusedError, *, as_json: bool) -> web.Response:
    request_id = new_request_id()
    body = encode_error(refused, request.host, request_id, as_json=as_json)
    headers = {"Content-Type": content_type(as_json=as_json), **refused.headers}
    return web.Response(status=refused.status, headers=headers, body=body)


async def _stream_huge(
    request: web.Request, admitted: AdmittedCall, size: int
) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": content_type(as_json=admitted.as_json)})
    response.enable_chunked_encoding()
    await response.prepare(request)
    head, tail = _huge_ends(as_json=admitted.as_json)
    with suppress(ConnectionError):
        await response.write(head)
        for begin in range(0, size, len(_HUGE_CHUNK)):
            await response.write(_HUGE_CHUNK[: size - begin])
        await response.write(tail)
    return response


def _huge_ends(*, as_json: bool) -> tuple[bytes, bytes]:
    if as_json:
        head = b'{"RunSummarys":{"RunSummary":[{"JobName":"huge","LastErrorMessage":"'
        return head, b'"}]},"RequestId":"HUGE"}'
    root = b"BatchGetInstanceRunSummaryResponse>"
    head = b"<%b<RunSummarys><RunSummary><JobName>huge</JobName><LastErrorMessage>" % root
    return head, b"</LastErrorMessage></RunSummary></RunSummarys></%b" % root


def _close(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.close()
