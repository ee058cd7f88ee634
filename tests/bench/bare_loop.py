"""What the steady poll is compared with: fetch the same answers, decode them, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import MappingProxyType
from typing import Final

import aiohttp
import anyio
import msgspec
from yarl import URL

from tests.bench.figure import BenchError

HEADERS: Final = MappingProxyType(
    {"Accept": "application/json", "Accept-Encoding": "gzip", "x-acs-version": "2018-11-11"}
)


class Row(
    msgspec.Struct,
    frozen=True,
    gc=False,
    rename={
        "job_name": "JobName",
        "expect_state": "ExpectState",
        "actual_state": "ActualState",
        "instance_id": "Id",
        "engine_job_handler": "EngineJobHandler",
        "input_delay_ms": "InputDelay",
        "last_error_message": "LastErrorMessage",
        "last_error_at": "LastErrorTime",
    },
):
    """The core's run summary, with the API's names, so that the decoder fills it at once."""

    job_name: str
    expect_state: str | None = None
    actual_state: str | None = None
    instance_id: int | str | None = None
    engine_job_handler: str | None = None
    input_delay_ms: int | None = None
    last_error_message: str | None = None
    last_error_at: int | None = None


class Rows(msgspec.Struct, gc=False, rename={"rows": "RunSummary"}):
    """The list of an answer."""

    rows: list[Row]


class Answer(msgspec.Struct, gc=False, rename={"wrapper": "RunSummarys"}):
    """A whole answer."""

    wrapper: Rows


class BareLoop:
    """Asks for every address once a round, `concurrency` at a time; nothing signed or compared."""

    def __init__(
        self, session: aiohttp.ClientSession, addresses: Sequence[str], concurrency: int
    ) -> None:
        self._session = session
        self._urls = tuple(URL(address, encoded=True) for address in addresses)
        self._concurrency = concurrency
        self._decode = msgspec.json.Decoder(Answer).decode
        self._jobs = 0

    async def once(self) -> int:
        """One round; how many jobs the answers held."""
        self._jobs = 0
        urls = iter(self._urls)
        async with anyio.create_task_group() as group:
            for _ in range(self._concurrency):
                group.start_soon(self._fetch_all, urls)
        return self._jobs

    async def _fetch_all(self, urls: Iterator[URL]) -> None:
        for url in urls:
            async with self._session.get(url, headers=HEADERS) as response:
                body = await response.read()
            if response.status != 200:
                raise BenchError(f"the simulator answered {response.status}: {body[:200]!r}")
            self._jobs += len(self._decode(body).wrapper.rows)
