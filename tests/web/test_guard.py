"""What every answer carries, and what is noted of every action."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from tests.web.house import HouseDesk, house_in
from watcher.ports import StoreError
from watcher.telemetry.metrics import Metrics
from watcher.web.application import build_app
from watcher.web.auth import note
from watcher.web.doors import Doors
from watcher.web.gate import Gate
from watcher.web.serving import serve

TOKEN = "0123456789abcdef"


async def act(request: web.Request) -> web.Response:
    note(request, job="orders", why="planned")
    raise web.HTTPSeeOther("/jobs")


async def locked(_: web.Request) -> web.Response:
    raise StoreError("the disk says s3cr3t")


async def broken(_: web.Request) -> web.Response:
    raise ZeroDivisionError("s3cr3t")


@asynccontextmanager
async def guarded(folder: Path, doors: Doors) -> AsyncIterator[aiohttp.ClientSession]:
    async with house_in(folder) as house:
        app = build_app(HouseDesk(house), Metrics(), Gate(lambda: doors))
        app.router.add_post("/act", act)
        app.router.add_get("/locked", locked)
        app.router.add_get("/api/locked", locked)
        app.router.add_get("/broken", broken)
        async with (
            serve(app, "127.0.0.1", 0) as (host, port),
            aiohttp.ClientSession(f"http://{host}:{port}") as client,
        ):
            yield client


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/nowhere", "/static/watcher.css", "/broken", "/login", "/locked"]
)
async def test_every_answer_carries_the_headers(tmp_path: Path, path: str) -> None:
    """Whatever it is, and also where nothing is."""
    async with (
        guarded(tmp_path, Doors()) as client,
        client.get(path, allow_redirects=False) as answer,
    ):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "same-origin" == answer.headers["Referrer-Policy"]
        assert "same-origin" == answer.headers["Cross-Origin-Opener-Policy"]
        assert "nosniff" == answer.headers["X-Content-Type-Options"]
        assert "Strict-Transport-Security" not in answer.headers
        assert answer.headers["Cache-Control"] in {"no-store", "no-cache"}


async def test_behind_https_browsers_are_told_to_stay_there(tmp_path: Path) -> None:
    """By TLS here or at the proxy that `base_url` names."""
    for doors in (Doors(token=TOKEN, tls=True), Doors(token=TOKEN, base_url="https://h/w")):
        async with guarded(tmp_path, doors) as client, client.get("/login") as answer:
            assert "max-age=31536000" == answer.headers["Strict-Transport-Security"]


async def test_an_action_is_logged_with_who_and_what(tmp_path: Path) -> None:
    """One line; one that was refused is none."""
    with capture_logs() as lines:
        async with guarded(tmp_path, Doors(token=TOKEN)) as client:
            bearer = {"Authorization": f"Bearer {TOKEN}"}
            async with client.post("/act", headers=bearer, allow_redirects=False) as answer:
                assert 303 == answer.status
            async with client.post("/act") as answer:
                assert 401 == answer.status
    acted = [line for line in lines if line["event"] == "acted"]
    assert [
        {
            "event": "acted",
            "log_level": "info",
            "who": "token",
            "method": "POST",
            "path": "/act",
            "job": "orders",
            "why": "planned",
        }
    ] == acted


async def test_a_store_that_fails_is_said_without_secrets(tmp_path: Path) -> None:
    """As 503, to come again: in words for people, as a problem for programs."""
    async with guarded(tmp_path, Doors()) as client:
        async with client.get("/locked") as answer:
            assert (503, "5") == (answer.status, answer.headers["Retry-After"])
            told = await answer.text()
        assert "the disk says" in told
        assert "s3cr3t" not in told
        async with client.get("/api/locked") as answer:
            assert "application/problem+json" == answer.content_type
            assert 503 == (await answer.json())["status"]


async def test_a_bug_in_a_page_stops_no_other(tmp_path: Path) -> None:
    """It is logged with its trace, and the reader learns nothing of it."""
    with capture_logs() as lines:
        async with guarded(tmp_path, Doors()) as client:
            async with client.get("/broken") as answer:
                assert 500 == answer.status
                assert "s3cr3t" not in await answer.text()
            async with client.get("/") as answer:
                assert 200 == answer.status
    assert ["page_broke"] == [line["event"] for line in lines]
