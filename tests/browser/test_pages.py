"""Every page, in light and dark, wide and narrow, in both languages."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from tests.browser.addresses import FOLLOWED, PAGES
from tests.browser.chromium import DESKTOP, LOOK, PHONE, tab
from tests.browser.street import Home

pytestmark = pytest.mark.asyncio(loop_scope="session")

WELL = {"poor": [], "sideways": 0, "unreachable": []}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES.keys())
async def test_it_can_be_read_everywhere(
    browser: Browser, busy: Home, path: str, language: str
) -> None:
    """Contrast of every text, no sideways scroll, no complaint, nothing asked of anybody else."""
    async with tab(browser, busy.address) as (page, witness):
        mark = "&" if "?" in path else "?"
        await page.goto(f"{path}{mark}lang={language}")
        assert language == await page.get_attribute("html", "lang")
        for width in (DESKTOP, PHONE):
            await page.set_viewport_size({"width": width, "height": 800})
            for scheme in ("light", "dark"):
                await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                assert (width, scheme, WELL) == (width, scheme, await page.evaluate(LOOK))
        assert [] == witness.faults


@pytest.mark.parametrize("path, link", FOLLOWED.values(), ids=FOLLOWED.keys())
async def test_what_a_link_leads_to_can_be_read_too(
    browser: Browser, busy: Home, path: str, link: str
) -> None:
    """One alert, one delivery, and what is asked before something is done."""
    async with tab(browser, busy.address) as (page, witness):
        await page.goto(path)
        before = await page.inner_text("h1")
        await page.locator(link).first.click()
        await page.wait_for_load_state()
        assert before != await page.inner_text("h1")
        for width in (DESKTOP, PHONE):
            await page.set_viewport_size({"width": width, "height": 800})
            assert (width, WELL) == (width, await page.evaluate(LOOK))
        assert [] == witness.faults


async def test_the_look_would_find_what_is_wrong(browser: Browser, busy: Home) -> None:
    """A grey text on grey, a wide block and a region out of reach are told."""
    async with tab(browser, busy.address) as (page, _):
        await page.goto("/")
        await page.set_viewport_size({"width": PHONE, "height": 800})
        await page.evaluate(
            """() => {
              const poor = document.createElement("p");
              poor.textContent = "poor";
              poor.style.cssText = "color:#999;background:#aaa";
              const wide = document.createElement("div");
              wide.style.width = "3000px";
              wide.textContent = "wide";
              const held = document.createElement("div");
              held.style.overflowX = "auto";
              held.append(wide.cloneNode(true));
              document.querySelector("main").append(poor, wide, held);
            }"""
        )
        found = await page.evaluate(LOOK)
        assert ["poor: 1.23"] == found["poor"]
        assert found["sideways"] > 2000
        assert 1 == len(found["unreachable"])


async def test_it_works_without_javascript(browser: Browser, busy: Home) -> None:
    """Search, filters, links and pages are plain; the page asks to be read again by itself."""
    async with tab(browser, busy.address, javascript=False) as (page, witness):
        await page.goto("/jobs")
        await page.fill("#q", "PAY")
        await page.select_option("#expect", "RUNNING")
        await page.click("form.filter button")
        assert 1 == await page.locator("tbody tr").count()
        await page.click("tbody a")
        assert "payments" == await page.inner_text("h1")
        assert 1 == await page.locator('noscript meta[http-equiv="refresh"]').count()
        assert [] == witness.faults
