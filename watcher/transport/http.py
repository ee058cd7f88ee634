"""The one HTTP client: one session for all, bounded in time and size, which never redirects."""

from __future__ import annotations

import errno
import math
import socket
import ssl
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import ip_address
from types import MappingProxyType, TracebackType
from typing import Final, NamedTuple, NoReturn, Self

import aiohttp
from yarl import URL

from watcher import __version__
from watcher.addresses import Network, literal_address, objection
from watcher.authorities import reason_of, trusting
from watcher.core.reading import Cause
from watcher.core.span import format_span
from watcher.ports import HttpAnswer, HttpRequest, TransportError
from watcher.transport.proxies import Proxies

PER_HOST: Final = 100
"""Connections to one host; a source bounds its own requests far below."""

CONNECTIONS: Final = 1_000
"""Connections in all."""

IDLE: Final = 30.0
"""Seconds for which an idle connection is kept: longer than a poll's interval, shorter than the
minute after which gateways close theirs."""

NAMES_KEPT: Final = 30
"""Seconds for which an address found by DNS is used again."""

DEFAULT_HEADERS: Final = MappingProxyType(
    {"User-Agent": f"watcher/{__version__}", "Accept-Encoding": "gzip"}
)


class BrokenOffError(aiohttp.ClientError):
    """The connection ended after it was made and before an answer came."""


class ForbiddenAddressError(OSError):
    """What was to be dialled is an address that the file does not allow."""

    def __init__(self, words: str) -> None:
        """Keep the words; `str` is the same for all of a name's addresses."""
        super().__init__(errno.EACCES, "address not allowed")
        self.words = words


async def _send_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    # aiohttp silently sends some requests again when a kept connection breaks: the same signature
    # and nonce twice.  It does so for these two errors only.
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise BrokenOffError from error.__cause__


class Trouble(NamedTuple):
    """How errors of one kind are told; `maybe_received` is that of `TransportError`."""

    errors: tuple[type[Exception], ...]
    cause: Cause
    words: str
    maybe_received: bool = False


TROUBLES: Final = (
    Trouble((aiohttp.ClientConnectorDNSError,), Cause.DNS, "the name of {host} cannot be resolved"),
    Trouble(
        (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError),
        Cause.TLS,
        "no trusted TLS connection to {host}: {reason}",
    ),
    Trouble(
        (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError),
        Cause.CONNECTION,
        "the proxy for {host} cannot be reached or refused",
    ),
    Trouble((aiohttp.ClientConnectorError,), Cause.CONNECTION, "no connection to {host}: {reason}"),
    Trouble(
        (aiohttp.ConnectionTimeoutError,), Cause.TIMEOUT, "no connection to {host} within {within}"
    ),
    Trouble(
        (TimeoutError,), Cause.TIMEOUT, "no answer from {host} within {within}", maybe_received=True
    ),
    Trouble(
        (BrokenOffError, aiohttp.ClientConnectionError, OSError),
        Cause.CONNECTION,
        "{host} broke the connection off before it answered",
        maybe_received=True,
    ),
    Trouble(
        (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError),
        Cause.ADDRESS,
        "the address on {host} is no URL that can be asked for",
    ),
    Trouble(
        (aiohttp.ClientError,),
        Cause.GARBLED,
        "what {host} answered is no HTTP",
        maybe_received=True,
    ),
    Trouble(
        (Exception,),
        Cause.ADDRESS,
        "the request to {host} holds a character that HTTP cannot carry",
    ),
)
"""The first that fits counts; aiohttp's errors are also OSErrors or TimeoutErrors."""

TLS_BROKEN: Final = Trouble((), Cause.TLS, "{host} ended the TLS connection: {reason}")


class Http:
    """`ports.Wire` over one aiohttp session; made inside a running loop, closed by `async with`.

    TLS is always verified, against the system's authorities and those of `ca_file`.  Link-local and
    metadata addresses are dialled only where a network of `allowed` holds them, whatever name leads
    there.  Proxies come from the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`) as it is
    now; behind a proxy only an address in the URL itself can be judged.  Cookies are not kept and
    `.netrc` is not read.  Raises `CaFileError` for a `ca_file` that holds no certificate.
    """

    def __init__(self, *, ca_file: str | None = None, allowed: Sequence[Network] = ()) -> None:
        """Open the session; connections come with the first requests."""
        self._trusted: ssl.SSLContext | bool = True if ca_file is None else trusting(ca_file)
        self._allowed = tuple(allowed)
        self._proxies = Proxies.of_environment()
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=CONNECTIONS,
                limit_per_host=PER_HOST,
                ttl_dns_cache=NAMES_KEPT,
                keepalive_timeout=IDLE,
                socket_factory=self._open_socket,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=DEFAULT_HEADERS,
            middlewares=(_send_once,),
        )

    async def __aenter__(self) -> Self:
        """Use the session."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every connection."""
        await self.close()

    async def close(self) -> None:
        """Close every connection; the client is of no use afterwards."""
        await self._session.close()

    def adopt(self, trusted: ssl.SSLContext, allowed: Sequence[Network]) -> None:
        """Trust and allow this from the next request on; kept connections are not used again."""
        self._trusted = trusted
        self._allowed = tuple(allowed)

    def _open_socket(self, dialled: aiohttp.AddrInfoType) -> socket.socket:
        """The socket of a connection; its address is judged here, where no name can change it."""
        family, kind, protocol, _, (host, *_) = dialled
        words = objection(ip_address(host), self._allowed)
        if words is not None:
            raise ForbiddenAddressError(words)
        return socket.socket(family, kind, protocol)

    def _judge_literal(self, url: URL) -> None:
        """Refuse an address in the URL itself, which a proxy would dial for us."""
        address = literal_address(url.host or "")
        words = None if address is None else objection(address, self._allowed)
        if words is not None:
            raise TransportError(Cause.ADDRESS, f"{url.host} {words}")

    async def fetch(self, request: HttpRequest, *, within: timedelta, max_bytes: int) -> HttpAnswer:
        """Send once and read the whole answer; raise `TransportError` where none came.

        The whole exchange ends `within` the time, to the millisecond.  `max_bytes` bounds the body
        as it is after decompression, of which never much more is held.
        """
        url = _address(request)
        self._judge_literal(url)
        if within <= timedelta(0):
            raise TransportError(Cause.TIMEOUT, f"no time was left to ask {url.host}")
        try:
            response = await self._send(request, url, within.total_seconds())
        except (aiohttp.ClientError, OSError, ValueError) as error:
            _explain(error, url, within)
        try:
            body = await _read_bounded(response, max_bytes)
        except (aiohttp.ClientError, OSError) as error:
            response.close()
            _explain_break(error, url, within)
        headers = {name.lower(): value for name, value in response.headers.items()}
        if body is None:
            response.close()
            raise TransportError(
                Cause.TOO_LARGE,
                f"the answer of {url.host} is larger than {max_bytes:,} bytes",
                maybe_received=True,
                head=HttpAnswer(response.status, headers, b""),
            )
        return HttpAnswer(response.status, headers, body)

    async def _send(self, request: HttpRequest, url: URL, seconds: float) -> aiohttp.ClientResponse:
        proxy = self._proxies.towards(url)
        headers, tunnel_headers = request.headers, None
        if proxy.authorization is not None:
            wanted = {"Proxy-Authorization": proxy.authorization}
            if url.scheme == "https":
                tunnel_headers = wanted
            else:
                headers = {**headers, **wanted}
        return await self._session.request(
            request.method,
            url,
            headers=headers,
            data=request.body or None,
            allow_redirects=False,
            proxy=proxy.url,
            proxy_headers=tunnel_headers,
            ssl=self._trusted,
            timeout=_bound(seconds),
        )


def _bound(seconds: float) -> aiohttp.ClientTimeout:
    # aiohttp rounds longer times up to whole seconds unless the threshold forbids it.  Connecting
    # gets a little less than the whole, so that a time-out tells whether anything was sent.
    return aiohttp.ClientTimeout(
        total=seconds, sock_connect=seconds * 0.95, ceil_threshold=math.inf
    )


async def _read_bounded(response: aiohttp.ClientResponse, max_bytes: int) -> bytes | None:
    """The body, or `None` as soon as it is known to be larger than `max_bytes`."""
    if (response.content_length or 0) > max_bytes:
        return None
    chunk = await response.content.readany()
    if response.content.at_eof():
        response.release()
        return chunk if len(chunk) <= max_bytes else None
    body = bytearray(chunk)
    while chunk:
        if len(body) > max_bytes:
            return None
        chunk = await response.content.readany()
        body += chunk
    response.release()
    return bytes(body)


def _address(request: HttpRequest) -> URL:
    try:
        url = URL(request.url, encoded=True)
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise TransportError(Cause.ADDRESS, "the address is no http:// or https:// URL with a host")
    return url


def _explain(error: Exception, url: URL, within: timedelta) -> NoReturn:
    """Raise why no answer began, without a word of the error that could hold the URL."""
    refused = getattr(error, "os_error", None)
    if isinstance(refused, ForbiddenAddressError):
        through = "the proxy for " if isinstance(error, aiohttp.ClientProxyConnectionError) else ""
        raise TransportError(Cause.ADDRESS, f"{through}{url.host} {refused.words}") from None
    trouble = next(known for known in TROUBLES if isinstance(error, known.errors))
    if trouble.cause is Cause.CONNECTION and isinstance(error.__cause__, ssl.SSLError):
        trouble = TLS_BROKEN
    words = trouble.words.format(
        host=f"{url.host}:{url.port}", within=format_span(within), reason=_reason(error)
    )
    raise TransportError(trouble.cause, words, maybe_received=trouble.maybe_received) from None


def _explain_break(error: Exception, url: URL, within: timedelta) -> NoReturn:
    """Raise why an answer that had begun did not end."""
    host = f"{url.host}:{url.port}"
    if isinstance(error, TimeoutError):
        cause, words = Cause.TIMEOUT, f"no whole answer from {host} within {format_span(within)}"
    else:
        cause, words = Cause.GARBLED, f"the answer of {host} broke off or cannot be decompressed"
    raise TransportError(cause, words, maybe_received=True) from None


def _reason(error: BaseException) -> str:
    """The words of the innermost error that aiohttp wraps."""
    inner = getattr(error, "certificate_error", None) or getattr(error, "os_error", None)
    return reason_of(inner or error.__cause__ or error)
