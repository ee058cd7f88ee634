"""What people do with the pages: look into an alert, silence it, retry and drop what is dead."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, Page

from tests.browser import scenes
from tests.browser.chromium import DESKTOP, LOOK, PHONE, tab
from tests.browser.street import Home, home_in
from tests.browser.test_pages import WELL

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A house in which much has happened, for one test alone."""
    with home_in(tmp_path_factory.mktemp("work"), scenes.file(), scenes.play) as made:
        yield made


async def stands(page: Page) -> None:
    """The page can be read at both widths, in light and dark."""
    for width in (DESKTOP, PHONE):
        await page.set_viewport_size({"width": width, "height": 800})
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert (width, scheme, WELL) == (width, scheme, await page.evaluate(LOOK))


@pytest.mark.parametrize("javascript", [True, False])
async def test_from_an_alert_to_its_silence(browser: Browser, home: Home, javascript: bool) -> None:
    """Its story, a form that is filled in, a look at what it would hide, the silence, its end."""
    async with tab(browser, home.address, javascript=javascript) as (page, witness):
        await page.goto("/alerts")
        await page.click("tr:has-text('billing') td a[href*='/alert?']")
        assert "billing" in await page.inner_text("h1")
        await page.click("a.button[href*='/silences']")
        assert "billing" == await page.input_value("#job")
        assert "job-down" == await page.input_value("#rule")
        await page.fill("#reason", "a new broker")
        await page.click("button[value=look]")
        assert "Alerts of it that fire now: 1" in await page.inner_text(".notice.info")
        assert "a new broker" == await page.input_value("#reason")
        await page.click("button[value=add]")
        assert "The silence is added." == await page.inner_text("[role=status].notice")
        assert "a new broker" in await page.inner_text("table")
        await page.click("form[action$='/expire'] button")
        assert "The silence is over" in await page.inner_text("[role=status].notice")
        assert [] == witness.faults


async def test_dead_deliveries_are_retried_and_dropped(browser: Browser, home: Home) -> None:
    """One is chosen and retried; then all that wait are dropped, with a reason."""
    async with tab(browser, home.address, javascript=False) as (page, witness):
        await page.goto("/deliveries?state=dead")
        await page.check("input[name=id]")
        await page.click("button[value=retry]")
        assert "Messages that would be due now: 1." == await page.inner_text("p.lead")
        await stands(page)
        await page.click("button.main[type=submit]")
        assert "Messages due now: 1." in await page.inner_text("[role=status]")
        await stands(page)
        await page.goto("/deliveries?state=waiting")
        await page.click("a[href*='verb=drop']")
        await page.fill("#reason", "told by phone")
        await page.click("button.danger")
        assert "Messages dropped: 1." in await page.inner_text("[role=status]")
        await page.goto("/deliveries?state=dropped")
        assert "told by phone" in await page.inner_text("tbody")
        assert [] == witness.faults


@pytest.mark.parametrize("start, link", [("/alerts", "/alert?"), ("/deliveries", "/delivery?")])
async def test_the_whole_story_can_be_read(
    browser: Browser, busy: Home, start: str, link: str
) -> None:
    """Each alert and delivery of the first page, wide and narrow, in light and dark."""
    async with tab(browser, busy.address) as (page, witness):
        await page.goto(start)
        found = await page.locator(f"tbody a[href*='{link}']").evaluate_all(
            "all => [...new Set(all.map((one) => one.getAttribute('href')))]"
        )
        assert found
        for address in found[:6]:
            await page.goto(address)
            await stands(page)
        assert [] == witness.faults


async def test_what_is_wrong_is_told_beside_its_field(browser: Browser, busy: Home) -> None:
    """Also to those who do not see the page: the field is marked, and described by what is wrong.

    What was filled in stays.
    """
    async with tab(browser, busy.address) as (page, _):
        await page.goto("/silences")
        await page.fill("#job", "paymentz")
        await page.fill("#for", "soon")
        await page.click("button[value=add]")
        for field, written, words in (
            ("job", "paymentz", "Did you mean payments?"),
            ("for", "soon", "soon is no span"),
        ):
            assert written == await page.input_value(f"#{field}")
            assert "true" == await page.get_attribute(f"#{field}", "aria-invalid")
            note = await page.get_attribute(f"#{field}", "aria-describedby")
            assert words in await page.inner_text(f"#{note}")
        await stands(page)
