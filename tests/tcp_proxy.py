"""A TCP proxy between watcher and whomever it asks, whose bad behaviour is turned on and off."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

CHUNK = 65_536
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on with no time: closing sends RST in place of FIN."""
LENGTH = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Trouble:
    """What goes wrong between the two; with nothing set, nothing does.

    `hangs`: requests are read and never answered.  `answer`: these bytes in place of the answer,
    after a whole request.  `resets_after` and `ends_after`: so many bytes of an answer come, then
    RST or FIN.  `rate`: bytes a second of an answer.
    """

    hangs: bool = False
    answer: bytes | None = None
    resets_after: int | None = None
    ends_after: int | None = None
    rate: float | None = None


FINE = Trouble()


@dataclass
class TcpProxy:
    """Where it listens, how many connections came, and what is wrong with it now."""

    target: tuple[str, int]
    port: int = 0
    trouble: Trouble = FINE
    connections: int = 0
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def listen(self) -> None:
        """Take connections (again), always on the same port."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self._server, self.port = server, server.sockets[0].getsockname()[1]

    def refuse(self) -> None:
        """Be gone: connections are refused, and those that stand break."""
        if self._server is not None:
            self._server.close()
        self.break_off()

    def break_off(self) -> None:
        """End the connections that stand; new ones are taken as before."""
        for writer in list(self._open):
            _close(writer, reset=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        target: asyncio.StreamWriter | None = None
        # Whoever listens behind may be gone, and either side may break off at any time.
        with suppress(OSError, asyncio.CancelledError):
            answers, target = await asyncio.open_connection(*self.target)
            async with asyncio.TaskGroup() as group:
                pump = group.create_task(self._answer(answers, writer))
                await self._ask(reader, target, writer)
                pump.cancel()
        for one in (writer, target):
            if one is not None:
                _close(one)
        self._open.discard(writer)

    async def _ask(
        self, reader: asyncio.StreamReader, target: asyncio.StreamWriter, back: asyncio.StreamWriter
    ) -> None:
        """Pass requests on, or answer them here."""
        asked = b""
        with suppress(ConnectionError):
            while data := await reader.read(CHUNK):
                if self.trouble.answer is None:
                    if not self.trouble.hangs:
                        target.write(data)
                    continue
                asked += data
                if _is_whole(asked):
                    back.write(self.trouble.answer)
                    return

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass answers back as the trouble of the moment lets them."""
        passed = 0
        with suppress(ConnectionError):
            while data := await reader.read(CHUNK):
                trouble = self.trouble
                most = min(
                    (n for n in (trouble.resets_after, trouble.ends_after) if n is not None),
                    default=None,
                )
                part = data if most is None else data[: max(most - passed, 0)]
                passed += len(part)
                await self._pass(part, writer)
                if most is not None and passed >= most:
                    break
        _close(writer, reset=self.trouble.resets_after is not None)

    async def _pass(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        for begin in range(0, len(data), 1 if self.trouble.rate else CHUNK):
            if rate := self.trouble.rate:
                writer.write(data[begin : begin + 1])
                await asyncio.sleep(1 / rate)
            elif not self.trouble.hangs:
                writer.write(data[begin:])
                break
        await writer.drain()


def _close(writer: asyncio.StreamWriter, *, reset: bool = False) -> None:
    peer = writer.get_extra_info("socket")
    if reset and peer is not None and not writer.is_closing():
        with suppress(OSError):
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.close()


def _is_whole(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    length = LENGTH.search(head)
    return bool(end) and len(body) >= (int(length[1]) if length else 0)


@asynccontextmanager
async def proxying(url: str) -> AsyncIterator[TcpProxy]:
    """A proxy in front of the server at `url`, for as long as the block runs."""
    host, _, port = url.removeprefix("http://").partition(":")
    proxy = TcpProxy((host, int(port)))
    await proxy.listen()
    try:
        yield proxy
    finally:
        proxy.refuse()
