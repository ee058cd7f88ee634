"""Asks for pages from a process of its own, as browsers do, and says how long each took.

    python -m tests.bench.page_reader URL

reads lines `TIMES PATH`, asks for the path so often one after the other (0: until its input ends),
and prints a line of JSON: for each answer its status, the seconds to its first byte and to its last
one, and the bytes that went over the wire.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Final

import aiohttp
import anyio

HEADERS: Final = {"Accept-Encoding": "gzip", "Accept": "text/html"}


async def ask(client: aiohttp.ClientSession, path: str) -> tuple[int, float, float, int]:
    began = time.perf_counter()
    async with client.get(path, headers=HEADERS) as answer:
        first = time.perf_counter() - began
        body = await answer.read()
        head = sum(len(name) + len(value) + 4 for name, value in answer.raw_headers)
        return answer.status, first, time.perf_counter() - began, head + len(body)


async def answer_all(url: str) -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with aiohttp.ClientSession(url, auto_decompress=False) as client:
        print("ready", flush=True)
        async for line in reader:
            times, path = line.decode().split()
            found = [await ask(client, path) for _ in range(int(times))]
            print(json.dumps(found), flush=True)


if __name__ == "__main__":
    anyio.run(answer_all, sys.argv[1])
