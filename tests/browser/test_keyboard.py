"""With the keyboard alone."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from tests.browser.addresses import PAGES, job
from tests.browser.chromium import tab
from tests.browser.street import Home

pytestmark = pytest.mark.asyncio(loop_scope="session")

WANTED = """
() => [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")]
  .filter((one) => one.checkVisibility() && one.type !== "hidden").length
"""
FOCUSED = """
() => {
  const one = document.activeElement;
  if (one === document.body) return null;
  one.dataset.reached = "1";
  const style = getComputedStyle(one);
  return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
}
"""
REACHED = "() => document.querySelectorAll('[data-reached]').length"


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES.keys())
async def test_tab_reaches_everything_and_shows_where_it_is(
    browser: Browser, busy: Home, path: str
) -> None:
    """Each link, field and scrolling region once, with a visible ring."""
    async with tab(browser, busy.address) as (page, _):
        await page.goto(path)
        wanted = await page.evaluate(WANTED)
        for _ in range(wanted):
            await page.keyboard.press("Tab")
            assert await page.evaluate(FOCUSED) is True
        assert wanted == await page.evaluate(REACHED)


async def test_the_first_tab_leads_past_the_frame(browser: Browser, busy: Home) -> None:
    """The skip link is seen when it is reached, and leads to the content."""
    async with tab(browser, busy.address) as (page, _):
        await page.goto("/jobs")
        await page.keyboard.press("Tab")
        box = await page.locator(".skip").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        await page.keyboard.press("Enter")
        assert "main" == await page.evaluate("document.activeElement.id")


async def test_the_drawing_opens_as_a_table(browser: Browser, busy: Home) -> None:
    """What is drawn can be read: the same spans, by keyboard."""
    async with tab(browser, busy.address) as (page, _):
        await page.goto(job("payments"))
        assert not await page.locator("details table").is_visible()
        await page.focus("summary")
        await page.keyboard.press("Enter")
        rows = await page.locator("details tbody tr").count()
        assert await page.locator("svg .span").count() <= rows
        assert "FAILED" in await page.inner_text("details tbody")
