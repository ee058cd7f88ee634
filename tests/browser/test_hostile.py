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

ADDRESSES = (
    *("/", "/jobs", "/alerts", "/deliveries", "/rules", *map(job, HOSTILE)),
    *("/jobs?q=%3Cscript%3Ewindow.pwned%3D5%3C%2Fscript%3E", "/alerts?q=%22%3E%3Cb%20onclick%3D"),
)
CUT = 120
ALIEN = "img, main script, [onerror], [onclick], [href^='javascript:'], main b:not(.tiles b)"


async def test_nothing_of_it_runs_and_every_page_stands(browser: Browser, hostile: Home) -> None:
    """No script, no picture, no request, no dialog; nothing scrolls sideways at either width."""
    async with tab(browser, hostile.address) as (page, witness):
        for path in ADDRESSES:
            await page.goto(path)
            for width in (DESKTOP, PHONE):
                await page.set_viewport_size({"width": width, "height": 800})
                assert (path, width, WELL) == (path, width, await page.evaluate(LOOK))
            assert (path, None) == (path, await page.evaluate("window.pwned ?? null"))
            assert (path, 1) == (path, await page.locator("script").count())
            assert (path, 0) == (path, await page.locator(ALIEN).count())
        assert [] == witness.faults


async def test_each_page_is_found_by_its_link(browser: Browser, hostile: Home) -> None:
    """The link in the list leads to that job, whose name is shown whole with what hides in it."""
    async with tab(browser, hostile.address) as (page, _):
        for shown in map(visible, HOSTILE):
            await page.goto("/jobs")
            cut = shown if len(shown) <= CUT else f"{shown[: CUT - 1]}…"
            await page.get_by_role("link", name=cut, exact=True).click()
            assert shown == await page.inner_text("h1")
