"""The first page, as a browser gets it."""

from __future__ import annotations

from pathlib import Path

from tests.core.playbook import run
from tests.web.house import house_in, pages_of


async def test_the_overview_names_each_source(tmp_path: Path) -> None:
    """With when it last gave a good reading."""
    async with house_in(tmp_path) as house:
        house.reads(run("a"), run("b"))
        await house.keeps()
        async with pages_of(house) as client, client.get("/") as answer:
            assert 200 == answer.status
            assert "prod" in await answer.text()
