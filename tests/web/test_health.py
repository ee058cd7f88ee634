"""/healthz, /readyz and /metrics, asked over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.web.house import House, house_in, pages_of
from watcher.telemetry.metrics import Metrics
from watcher.telemetry.redaction import MASK


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with house_in(tmp_path) as made:
        yield made


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_all_is_well(house: House, path: str) -> None:
    """A service that lives and works answers 200 to both questions."""
    async with pages_of(house) as client, client.get(path) as answer:
        assert 200 == answer.status
        assert {"status": "ok", "reasons": []} == await answer.json()


async def test_not_ready_says_why(house: House) -> None:
    """A service that does not work yet lives, and gives its reasons in a list."""
    house.unready = ("no good reading of source prod yet", "the store is locked")
    async with pages_of(house) as client:
        async with client.get("/readyz") as answer:
            assert 503 == answer.status
            assert {
                "status": "unavailable",
                "reasons": ["no good reading of source prod yet", "the store is locked"],
            } == await answer.json()
        async with client.get("/healthz") as answer:
            assert 200 == answer.status


async def test_a_dead_loop_is_no_health(house: House) -> None:
    """When a loop is dead the process asks to be started again."""
    house.dead = ("dispatch has not turned for 5m",)
    async with pages_of(house) as client, client.get("/healthz") as answer:
        assert 503 == answer.status
        assert ["dispatch has not turned for 5m"] == (await answer.json())["reasons"]


async def test_pages_follow_the_service(house: House) -> None:
    """Each request asks the service anew."""
    house.unready = ("starting",)
    async with pages_of(house) as client:
        async with client.get("/readyz") as answer:
            assert 503 == answer.status
        house.unready = ()
        async with client.get("/readyz") as answer:
            assert 200 == answer.status


async def test_metrics_are_prometheus_text(house: House) -> None:
    """The numbers are served in Prometheus's text format, under its Content-Type."""
    metrics = Metrics()
    metrics.saw_event("restart")
    async with pages_of(house, metrics) as client, client.get("/metrics") as answer:
        assert 200 == answer.status
        assert answer.headers["Content-Type"].startswith("text/plain; version=")
        families = {family.name for family in text_string_to_metric_families(await answer.text())}
        assert "watcher_events" in families


@pytest.mark.parametrize("path", ["/metrics/", "/healthz/x", "/..%2f", "/status"])
async def test_any_other_path_says_that_nothing_is_here(house: House, path: str) -> None:
    """Who asks for something else is told so."""
    async with pages_of(house) as client, client.get(path) as answer:
        assert 404 == answer.status
        assert "Nothing is here.\n" == await answer.text()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_pages_are_read_only(house: House, method: str, path: str) -> None:
    """Any method but GET and HEAD is refused, with those two named."""
    async with pages_of(house) as client, client.request(method, path) as answer:
        assert 405 == answer.status
        assert "GET,HEAD" == answer.headers["Allow"].replace(" ", "")
        assert "GET or HEAD" in await answer.text()


async def test_head_is_answered(house: House) -> None:
    """A prober that asks for the head alone gets the status."""
    house.unready = ("starting",)
    async with pages_of(house) as client, client.head("/readyz") as answer:
        assert 503 == answer.status


@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/nowhere"])
async def test_nothing_is_cached_or_guessed(house: House, path: str) -> None:
    """An answer of a moment ago is worth nothing, whatever it was."""
    async with pages_of(house) as client, client.get(path) as answer:
        assert "no-store" == answer.headers["Cache-Control"]
        assert "nosniff" == answer.headers["X-Content-Type-Options"]


async def test_no_secret_in_a_reason(house: House) -> None:
    """A reason that quotes a secret is shown with the secret masked."""
    house.unready = ("cannot reach https://x/?access_token=abc123: s3cr3t",)
    house.dead = ("s3cr3t",)
    async with pages_of(house) as client:
        async with client.get("/readyz") as answer:
            told = await answer.text()
            assert f"access_token={MASK}" in told
            assert "abc123" not in told
            assert "s3cr3t" not in told
        async with client.get("/healthz") as answer:
            assert "s3cr3t" not in await answer.text()
