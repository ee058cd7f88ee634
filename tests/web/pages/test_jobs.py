"""The list of jobs, as a browser gets it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.playbook import plan, rule, run
from tests.web.house import House, house_in, pages_of
from watcher.store.views.jobs import LONGEST_TEXT, Wanted
from watcher.web.pages.jobs import query_of, wanted_of

NAMES = tuple(f"orders_{number:03}" for number in range(130))


async def get(house: House, path: str) -> str:
    async with pages_of(house) as client, client.get(path) as answer:
        assert 200 == answer.status
        return await answer.text()


async def filled(house: House) -> None:
    house.reads(*(run(name, "FAILED" if name.endswith("7") else "RUNNING") for name in NAMES))
    await house.keeps()


async def test_a_hundred_are_shown_and_the_next_page_keeps_the_query(tmp_path: Path) -> None:
    """Pages are links; what is asked for travels with them."""
    file = plan(rule("down", "state-mismatch"), jobs=NAMES, storm=0)
    async with house_in(tmp_path, file) as house:
        await filled(house)
        first = await get(house, "/jobs?q=orders&source=prod")
        assert 100 == first.count('<th scope="row">')
        assert 'href="/jobs?page=2&amp;q=orders&amp;source=prod"' in first
        second = await get(house, "/jobs?q=orders&source=prod&page=2")
        assert 30 == second.count('<th scope="row">')


async def test_those_in_trouble_can_be_asked_for(tmp_path: Path) -> None:
    """With the alert's rule and phase beside each."""
    file = plan(rule("down", "state-mismatch"), jobs=NAMES, storm=0)
    async with house_in(tmp_path, file) as house:
        await filled(house)
        text = await get(house, "/jobs?trouble=1")
        assert 13 == text.count('<th scope="row">')
        assert 13 == text.count("<small>firing</small>")


@pytest.mark.parametrize("query", ["?q=nothing_like_it", "?source=%3Cscript%3E&type=x"])
async def test_where_nothing_fits_it_says_so(tmp_path: Path, query: str) -> None:
    """With a way back; what was asked for stays in the form, as text."""
    async with house_in(tmp_path) as house:
        house.reads(run("a"), run("b"))
        await house.keeps()
        text = await get(house, f"/jobs{query}")
        assert "No job fits." in text
        assert 'href="/jobs"' in text
        assert "<script>" not in text.replace('<script src="/static/watcher.js" defer>', "")


async def test_before_the_first_reading_it_says_when_jobs_come(tmp_path: Path) -> None:
    """An empty list is explained."""
    async with house_in(tmp_path) as house:
        assert "No job is known yet." in await get(house, "/jobs")


@pytest.mark.parametrize(
    "number, page",
    [("3", 3), ("", 1), ("-1", 1), ("x", 1), ("٣", 1), ("9" * 5000, 10**6), ("1.5", 1)],
)
def test_a_page_number_is_a_number_or_the_first(number: str, page: int) -> None:
    """Whatever stands in the address, it is some page."""
    assert page == wanted_of({"page": number}).page


@given(
    st.builds(
        Wanted,
        text=st.text(max_size=LONGEST_TEXT).map(str.strip),
        source=st.text(),
        job_type=st.text(),
        expect=st.text(),
        actual=st.text(),
        in_trouble=st.booleans(),
    )
)
def test_an_address_says_what_was_asked_for(wanted: Wanted) -> None:
    """Each link of a page leads to the same jobs."""
    assert wanted == wanted_of(query_of(wanted))
