"""Coming in, in a real browser: the login can be read, takes the token, and lets go again."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.chromium import DESKTOP, LOOK, PHONE, tab
from tests.browser.scenes import file
from tests.browser.street import home_in
from tests.browser.test_pages import WELL
from tests.web.test_admission import BY_TOKEN
from watcher.web.gate import Gate

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_who_has_the_token_comes_in_and_goes_again(browser: Browser, tmp_path: Path) -> None:
    """Before that, every page leads to the login, which can be read at either width."""
    with home_in(tmp_path, file(), gate=Gate(lambda: BY_TOKEN)) as home:
        async with tab(browser, home.address) as (page, witness):
            await page.goto("/jobs")
            assert "/login" in page.url
            for scheme in ("light", "dark"):
                for width in (DESKTOP, PHONE):
                    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                    await page.set_viewport_size({"width": width, "height": 800})
                    assert (width, WELL) == (width, await page.evaluate(LOOK))
            await page.fill("input[type=password]", BY_TOKEN.token or "")
            await page.keyboard.press("Enter")
            await page.wait_for_url("**/jobs")
            assert "Jobs" == await page.inner_text("h1")
            assert (PHONE, WELL) == (PHONE, await page.evaluate(LOOK))
            await page.click(".logout button")
            await page.goto("/jobs")
            assert "/login" in page.url
            assert [] == witness.faults
