"""How requests are taken and refused, whatever they ask for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.web.api.asking import asking
from watcher.ports import StoreError
from watcher.web.api.operation import BASE
from watcher.web.intake import LARGEST_BODY


async def test_head_is_a_get_without_its_body(tmp_path: Path) -> None:
    """With the same length and type."""
    async with (
        asking(tmp_path) as api,
        api.client.get(f"{BASE}/jobs") as full,
        api.client.head(f"{BASE}/jobs") as head,
    ):
        assert 200 == head.status
        assert full.headers["Content-Length"] == head.headers["Content-Length"]
        assert full.content_type == head.content_type
        assert b"" == await head.read()


async def test_an_unknown_method_is_told_which_are_known(tmp_path: Path) -> None:
    """In the header and in words; what only acts is not read."""
    async with asking(tmp_path) as api:
        for method, path, allowed in (
            ("DELETE", "/jobs", "GET, HEAD"),
            ("OPTIONS", "/silences", "GET, HEAD, POST"),
            ("GET", "/deliveries/retry", "POST"),
        ):
            async with api.client.request(method, BASE + path) as answer:
                assert 405 == answer.status
                assert allowed == answer.headers["Allow"]
                assert allowed in (await answer.json(content_type=None))["detail"]


async def test_where_nothing_is_the_document_is_named(tmp_path: Path) -> None:
    """Also below a path that is there, and for the bare address of the API."""
    async with asking(tmp_path) as api:
        for path in ("/nothing", "/events/1/2", "", "/"):
            assert "openapi.json" in (await api.get(path, 404))["detail"]


async def test_all_that_is_wrong_is_named_at_once(tmp_path: Path) -> None:
    """Each fault with what came, what is expected and what was probably meant."""
    async with asking(tmp_path) as api:
        problem = await api.get("/events?kinds=x&limit=many&after=1&after=2&kind=restrat", 400)
        faults = {one["parameter"]: one for one in problem["errors"]}
        assert {"kinds", "limit", "after", "kind"} == set(faults)
        assert 'Did you mean "kind"?' == faults["kinds"]["hint"]
        assert ("many", "a whole number in digits") == (
            faults["limit"]["found"],
            faults["limit"]["expected"],
        )
        assert "it once, not several times" == faults["after"]["expected"]
        assert "restart" in faults["kind"]["expected"]


async def test_an_action_takes_no_query(tmp_path: Path) -> None:
    """What stands in the address of a POST is a slip, and might have been meant to narrow it."""
    async with asking(tmp_path) as api:
        await api.post("/deliveries/retry?channel=audit", {"all": True}, 400)
        assert 1 == (await api.get("/status"))["messages_dead"]


JSON = "application/json"
BODIES = (
    (b"{}", "text/plain", 415, "application/json"),
    (b"all=true", "application/x-www-form-urlencoded", 415, "json"),
    (b"{", JSON, 400, "no JSON"),
    (b'"\\ud800"', JSON, 400, "no JSON"),
    (b"[]", JSON, 400, "not a JSON object"),
    (b'{"al": true}', JSON, 400, "al"),
    (b'{"all": "yes"}', JSON, 400, "all"),
    (b" " * (LARGEST_BODY + 1), JSON, 413, "64 KiB"),
)


async def test_a_body_is_a_small_json_object(tmp_path: Path) -> None:
    """Everything else is refused in words, and nothing is done."""
    async with asking(tmp_path) as api:
        for body, kind, status, words in BODIES:
            headers = {"Content-Type": kind}
            problem = await api.ask("POST", "/deliveries/retry", status, data=body, headers=headers)
            assert words in problem["detail"]
        assert 1 == (await api.get("/status"))["messages_dead"]


async def test_a_body_that_never_ends_is_refused_early(tmp_path: Path) -> None:
    """Of one that does not say how long it is no more is read than may come."""
    async with asking(tmp_path) as api:

        async def pieces() -> object:
            for _ in range(10_000):
                yield b" " * 10_000

        headers = {"Content-Type": "application/json"}
        await api.ask("POST", "/silences", 413, data=pieces(), headers=headers)


async def test_a_store_that_fails_is_a_problem_of_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503, in words that hold no secret."""
    async with asking(tmp_path) as api:

        async def fails(_: object) -> None:
            raise StoreError("disk full: s3cr3t")

        monkeypatch.setattr(api.house.reading, "transact", fails)
        problem = await api.get("/jobs", 503)
        assert "disk full: ***" in problem["detail"]


async def test_no_answer_holds_a_secret(tmp_path: Path) -> None:
    """Errors of jobs, what receivers said, summaries and bodies are masked."""
    async with asking(tmp_path) as api:
        everything = [
            await api.get("/jobs/prod/FLINK_STREAM/orders_1"),
            await api.get("/jobs"),
            await api.get("/events?channel=audit"),
            await api.get("/events"),
            await api.get("/deliveries"),
            await api.get("/channels"),
            await api.get("/status"),
        ]
        assert "s3cr3t" not in json.dumps(everything)
        assert "***" in json.dumps(everything[0])


async def test_names_may_hold_anything(tmp_path: Path) -> None:
    """A slash is written %2F; letters of any script, quotes and controls come through as text."""
    async with asking(tmp_path) as api:
        for name in ("a%2Fb", "%E8%AE%A2%E5%8D%95", "%00", "%22%3E%3Cscript%3E", "%FF", "{x}"):
            await api.get(f"/jobs/prod/FLINK_STREAM/{name}", 404)
