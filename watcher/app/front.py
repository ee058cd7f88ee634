"""What is served on `listen`: the pages, on a desk, behind a gate, as the file in force says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from ssl import SSLContext

from watcher.app.desk import open_desk
from watcher.app.health import Health
from watcher.certificates import CertificateFileError, load_into, serving_with
from watcher.config.resolve import Resolved
from watcher.config.web_table import WebTable
from watcher.services.edge import Edge
from watcher.telemetry.redaction import Redactor
from watcher.web.application import build_app
from watcher.web.doors import Doors
from watcher.web.gate import Gate
from watcher.web.serving import serve, take_short_turns


class Front:
    """The pages' server; the token and `base_url` of a reloaded file hold from the next request."""

    def __init__(
        self, in_force: Callable[[], Resolved], health: Health, edge: Edge, redactor: Redactor
    ) -> None:
        self._in_force = in_force
        self._health = health
        self._edge = edge
        self._redactor = redactor
        self._tls: SSLContext | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Serve while the block runs; OSError, in words, where the address cannot be had."""
        address = self._in_force().listen
        if address is None:
            yield
            return
        self._tls = _tls_of(self._in_force().web)
        take_short_turns()
        in_force, clock = self._in_force, self._edge.clock
        async with open_desk(
            in_force, self._health, clock, self._redactor, self._edge.courtesy
        ) as desk:
            gate = Gate(lambda: doors_of(in_force()), self._edge.log)
            app = build_app(desk, self._edge.metrics, gate)
            async with AsyncExitStack() as stack:
                serving = serve(app, address.host, address.port, tls=self._tls)
                try:
                    host, port = await stack.enter_async_context(serving)
                except OSError as error:
                    words = f"cannot listen on {address.host}:{address.port}: {error.strerror}"
                    raise OSError(f"{words}; name another address as `listen`") from error
                self._edge.log.info("listening", host=host, port=port, tls=self._tls is not None)
                yield

    def renew(self) -> None:
        """Show the certificate that now stands in the files to whoever connects from now on."""
        table = self._in_force().web
        if (self._tls is None) != (table.cert_file is None):
            self._edge.log.warning("needs_restart", key="web.cert_file")
        if self._tls is None or table.cert_file is None or table.key_file is None:
            return
        try:
            load_into(self._tls, table.cert_file, table.key_file)
        except CertificateFileError as error:
            self._edge.log.error("certificate_refused", reason=str(error))


def doors_of(resolved: Resolved) -> Doors:
    """Who may come in, as the file says."""
    table = resolved.web
    return Doors(
        token=table.token.get_secret_value() if table.token else None,
        user=table.user,
        password=table.password.get_secret_value() if table.password else None,
        base_url=table.base_url,
        tls=table.cert_file is not None,
        port=resolved.listen.port if resolved.listen else 0,
    )


def _tls_of(table: WebTable) -> SSLContext | None:
    if table.cert_file is None or table.key_file is None:
        return None
    return serving_with(table.cert_file, table.key_file)
