"""What goes over the wire compressed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web.house import house_in, pages_of


@pytest.mark.parametrize(
    "accepts, encoding", [("gzip, deflate, br", "gzip"), ("identity", None), ("deflate", None)]
)
async def test_pages_are_compressed_for_who_takes_it(
    tmp_path: Path, accepts: str, encoding: str | None
) -> None:
    """And the same page comes to all; caches are told that it differs."""
    async with (
        house_in(tmp_path) as house,
        pages_of(house) as client,
        client.get("/", headers={"Accept-Encoding": accepts}) as answer,
    ):
        assert encoding == answer.headers.get("Content-Encoding")
        assert "Accept-Encoding" == answer.headers["Vary"]
        assert (await answer.text()).rstrip().endswith("</html>")


async def test_little_is_not_worth_it(tmp_path: Path) -> None:
    """A probe's answer stays as it is."""
    async with (
        house_in(tmp_path) as house,
        pages_of(house) as client,
        client.get("/healthz") as answer,
    ):
        assert "Content-Encoding" not in answer.headers
