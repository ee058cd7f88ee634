"""Names and errors of somebody who means harm: shown as text, and nothing more."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from tests.browser.addresses import job
from tests.browser.chromium import DESKTOP, LOOK, PHONE, tab
from tests.browser.scenes import HOSTILE
from tests.browser.street import Home
from tests.browser.test_pages import WELL
from watcher.web.visible import visible

pytestmark = pytest.mark.asyncio(loop_scope="session")

ADDRESSES = ("/", "/jobs", "/jobs?q=%3Cscript%3Ewindow.pwned%3D5%3C%2Fscript%3E")


@pytest.mark.parametrize("path", [*ADDRESSES, *map(job, HOSTILE)])
async def test_nothing_of_it_runs_and_the_page_stands(
    browser: Browser, hostile: Home, path: str
) -> None:
    """No script, no picture, no request, no dialog; nothing scrolls sideways at either width."""
    async with tab(browser, hostile.address) as (page, witness):
        await page.goto(path)
        for width in (DESKTOP, PHONE):
            await page.set_viewport_size({"width": width, "height": 800})
            assert (width, WELL) == (width, await page.evaluate(LOOK))
        assert None is await page.evaluate("window.pwned ?? null")
        assert 1 == await page.locator("script").count()
        assert 0 == await page.locator("img, main script, [onerror], [href^='javascript:']").count()
        assert [] == witness.faults


@pytest.mark.parametrize("name", HOSTILE)
async def test_its_page_is_found_by_its_link(browser: Browser, hostile: Home, name: str) -> None:
    """The link in the list leads to that job, whose name is shown whole with what hides in it."""
    async with tab(browser, hostile.address) as (page, _):
        await page.goto("/jobs")
        shown = visible(name)
        cut = shown if len(shown) <= 120 else f"{shown[:119]}…"
        await page.get_by_role("link", name=cut, exact=True).click()
        assert shown == await page.inner_text("h1")
