"""/healthz, /readyz and /metrics, asked over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from watcher.telemetry.metrics import Metrics
from watcher.telemetry.redaction import MASK, Redactor
from watcher.web.health import build_app, serve


@dataclass
class Service:
    """A service that is as its test says."""

    dead: tuple[str, ...] = ()
    unready: tuple[str, ...] = ()

    def alive(self) -> tuple[str, ...]:
        return self.dead

    def ready(self) -> tuple[str, ...]:
        return self.unready


@asynccontextmanager
async def pages_of(
    service: Service, metrics: Metrics | None = None, redactor: Redactor | None = None
) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of the service's pages."""
    app = build_app(service, metrics or Metrics(), redactor)
    async with (
        serve(app, "127.0.0.1", 0) as (host, port),
        aiohttp.ClientSession(f"http://{host}:{port}") as client,
    ):
        yield client


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_all_is_well(path: str) -> None:
    """A service that lives and works answers 200 to both questions."""
    async with pages_of(Service()) as client, client.get(path) as answer:
        assert 200 == answer.status
        assert {"status": "ok", "reasons": []} == await answer.json()


async def test_not_ready_says_why() -> None:
    """A service that does not work yet lives, and gives its reasons in a list."""
    service = Service(unready=("no good reading of source prod yet", "the store is locked"))
    async with pages_of(service) as client:
        async with client.get("/readyz") as answer:
            assert 503 == answer.status
            assert {
                "status": "unavailable",
                "reasons": ["no good reading of source prod yet", "the store is locked"],
            } == await answer.json()
        async with client.get("/healthz") as answer:
            assert 200 == answer.status


async def test_a_dead_loop_is_no_health() -> None:
    """When a loop is dead the process asks to be started again."""
    service = Service(dead=("dispatch has not turned for 5m",))
    async with pages_of(service) as client, client.get("/healthz") as answer:
        assert 503 == answer.status
        assert ["dispatch has not turned for 5m"] == (await answer.json())["reasons"]


async def test_pages_follow_the_service() -> None:
    """Each request asks the service anew."""
    service = Service(unready=("starting",))
    async with pages_of(service) as client:
        async with client.get("/readyz") as answer:
            assert 503 == answer.status
        service.unready = ()
        async with client.get("/readyz") as answer:
            assert 200 == answer.status


async def test_metrics_are_prometheus_text() -> None:
    """The numbers are served in Prometheus's text format, under its Content-Type."""
    metrics = Metrics()
    metrics.saw_event("restart")
    async with pages_of(Service(), metrics) as client, client.get("/metrics") as answer:
        assert 200 == answer.status
        assert answer.headers["Content-Type"].startswith("text/plain; version=")
        families = {family.name for family in text_string_to_metric_families(await answer.text())}
        assert "watcher_events" in families


@pytest.mark.parametrize("path", ["/", "/metrics/", "/healthz/x", "/..%2f", "/status"])
async def test_any_other_path_says_what_is_here(path: str) -> None:
    """Who asks for something else is told what there is."""
    async with pages_of(Service()) as client, client.get(path) as answer:
        assert 404 == answer.status
        assert "Nothing is here. There is /healthz, /readyz, /metrics.\n" == await answer.text()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_pages_are_read_only(method: str, path: str) -> None:
    """Any method but GET and HEAD is refused, with those two named."""
    async with pages_of(Service()) as client, client.request(method, path) as answer:
        assert 405 == answer.status
        assert "GET,HEAD" == answer.headers["Allow"].replace(" ", "")
        assert "GET or HEAD" in await answer.text()


async def test_head_is_answered() -> None:
    """A prober that asks for the head alone gets the status."""
    async with (
        pages_of(Service(unready=("starting",))) as client,
        client.head("/readyz") as answer,
    ):
        assert 503 == answer.status


@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/nowhere"])
async def test_nothing_is_cached_or_guessed(path: str) -> None:
    """An answer of a moment ago is worth nothing, whatever it was."""
    async with pages_of(Service()) as client, client.get(path) as answer:
        assert "no-store" == answer.headers["Cache-Control"]
        assert "nosniff" == answer.headers["X-Content-Type-Options"]


async def test_no_secret_in_a_reason() -> None:
    """A reason that quotes a secret is shown with the secret masked."""
    service = Service(
        unready=("cannot reach https://x/?access_token=abc123: s3cr3t",), dead=("s3cr3t",)
    )
    async with pages_of(service, redactor=Redactor(["s3cr3t"])) as client:
        async with client.get("/readyz") as answer:
            told = await answer.text()
            assert f"access_token={MASK}" in told
            assert "abc123" not in told
            assert "s3cr3t" not in told
        async with client.get("/healthz") as answer:
            assert "s3cr3t" not in await answer.text()


async def test_an_address_in_use_is_an_error() -> None:
    """A port that is taken is told at the start, not passed over."""
    app = build_app(Service(), Metrics())
    async with serve(app, "127.0.0.1", 0) as (host, port):
        with pytest.raises(OSError, match="address already in use"):
            async with serve(build_app(Service(), Metrics()), host, port):
                pass


async def test_the_port_is_free_afterwards() -> None:
    """When the block ends the server is gone, also with a client still connected."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(10)) as client:
        async with serve(build_app(Service(), Metrics()), "127.0.0.1", 0) as (host, port):
            page = f"http://{host}:{port}/healthz"
            answer = await client.get(page)
            assert "ok" == (await answer.json())["status"]
        with pytest.raises(aiohttp.ClientConnectorError):
            await client.get(page)
