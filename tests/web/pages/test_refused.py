"""What a person sees where something is refused."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from tests.web.house import house_in, pages_of

HTML = {"Accept": "text/html"}


@pytest.mark.parametrize("language, words", [("en", "Nothing is here"), ("zh", "此处没有内容")])
async def test_a_browser_gets_a_page(tmp_path: Path, language: str, words: str) -> None:
    """In its language, with the way back; a program gets a line."""
    async with house_in(tmp_path) as house, pages_of(house) as client:
        async with client.get(f"/nowhere?lang={language}", headers=HTML) as answer:
            assert 404 == answer.status
            page = await answer.text()
        assert f"<h1>{words}</h1>" in page
        assert 'href="/"' in page
        async with client.get("/nowhere") as answer:
            assert "Nothing is here.\n" == await answer.text()


async def test_a_form_that_is_too_old_says_what_to_do(tmp_path: Path) -> None:
    """It is not refreshed by itself: its address may show something else."""
    async with (
        house_in(tmp_path) as house,
        pages_of(house) as client,
        client.post("/logout", headers=HTML) as answer,
    ):
        assert 403 == answer.status
        page = await answer.text()
    assert "load it again" in page
    assert "data-live" not in page


async def test_what_may_be_done_instead_is_told(tmp_path: Path) -> None:
    """The header for programs stays, whoever asks."""
    async with (
        house_in(tmp_path) as house,
        pages_of(house) as client,
        client.post("/metrics", headers=HTML) as answer,
    ):
        assert (405, "GET,HEAD") == (answer.status, answer.headers["Allow"].replace(" ", ""))


async def test_no_path_leads_to_another_host(tmp_path: Path) -> None:
    """`//HOST/` is a path to us, and in a link it would be another site's address."""
    head = "GET //evil.example/ HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n"
    async with house_in(tmp_path) as house, pages_of(house) as client:
        async with client.get("/healthz") as answer:
            host, port = str(answer.url.host), answer.url.port or 0
        with anyio.fail_after(60):
            async with await anyio.connect_tcp(host, port) as stream:
                await stream.send(f"{head}Connection: close\r\n\r\n".encode())
                told = b"".join([part async for part in stream]).decode()
    assert told.startswith("HTTP/1.1 404 ")
    assert 'href="//' not in told
