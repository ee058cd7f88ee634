"""What is kept of the API in docs/ is what it is."""

from __future__ import annotations

from pathlib import Path

from tests.web.api.asking import asking
from tests.web.api.page import DOCUMENT, EXAMPLE, PAGE, written
from watcher.web.api.table import OPERATIONS, document_text


def test_the_document_that_is_kept_is_the_present_one() -> None:
    """`python -m tests.web.api.page` writes it anew."""
    assert document_text() == DOCUMENT.read_bytes()


async def test_the_document_is_served(tmp_path: Path) -> None:
    """By the API itself, as it is kept."""
    async with asking(tmp_path) as api:
        found = await api.get("/openapi.json")
        assert len({one.path for one in OPERATIONS}) == len(found["paths"])


async def test_the_page_shows_what_the_api_answers() -> None:
    """Every example of docs/api.md, and the table of operations, are as they are now."""
    text = PAGE.read_text(encoding="utf-8")
    assert len(EXAMPLE.findall(text)) >= 4
    assert await written(text) == text
