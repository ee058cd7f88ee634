"""The client under test, and an environment without proxies."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from watcher.transport import Http


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask loopback servers directly, whatever the machine's proxies are."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    client = Http()
    yield client
    await client.close()
