"""Requests that tests make, and what their failures must never show."""

from __future__ import annotations

from datetime import timedelta

import pytest

from watcher.ports import HttpAnswer, HttpRequest, TransportError
from watcher.transport import Http

SOON = timedelta(seconds=30)
LIMIT = 1 << 20
SECRET = "planted-secret"


async def fetch(
    http: Http, url: str, *, within: timedelta = SOON, max_bytes: int = LIMIT
) -> HttpAnswer:
    return await http.fetch(HttpRequest("GET", url), within=within, max_bytes=max_bytes)


async def failure(
    http: Http, url: str, *, within: timedelta = SOON, max_bytes: int = LIMIT
) -> TransportError:
    """The error of a request that holds secrets; they are in none of its words."""
    request = HttpRequest("GET", f"{url}/{SECRET}?token={SECRET}", {"Authorization": SECRET})
    with pytest.raises(TransportError) as caught:
        await http.fetch(request, within=within, max_bytes=max_bytes)
    error = caught.value
    assert SECRET not in f"{error} {error!r} {error.detail} {error.__cause__}"
    return error
