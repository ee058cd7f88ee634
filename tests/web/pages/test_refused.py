"""What a person sees where something is refused."""

from __future__ import annotations

from pathlib import Path

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
