"""A page that is open follows what happens."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.browser.chromium import PATIENCE, tab
from tests.browser.scenes import WATCHED
from tests.browser.street import Home
from tests.core.playbook import run
from tests.web.house import House

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def all_run(house: House) -> None:
    house.reads(*map(run, WATCHED))


async def payments_fails(house: House) -> None:
    house.waits("10s")
    house.reads(*(run(name, "FAILED" if name == "payments" else "RUNNING") for name in WATCHED))


async def test_an_alert_appears_without_a_reload(browser: Browser, fresh: Home) -> None:
    """From the first start over calm to an alert, in one tab that nobody touches."""
    async with tab(browser, fresh.address) as (page, witness):
        await page.goto("/")
        await page.evaluate("window.untouched = true")
        first = page.locator(".lead")
        await expect(first).to_have_text("Nothing has been read yet.", timeout=PATIENCE)
        fresh.plays(all_run)
        await expect(first).to_have_text("All is well.", timeout=PATIENCE)
        fresh.plays(payments_fails)
        await expect(page.locator("main tbody tr").first).to_contain_text(
            "payments", timeout=PATIENCE
        )
        assert await page.evaluate("window.untouched")
        assert [] == witness.faults


async def test_what_somebody_types_is_not_taken_away(browser: Browser, fresh: Home) -> None:
    """A field that is being written in stays, however much happens meanwhile."""
    fresh.plays(all_run)
    async with tab(browser, fresh.address) as (page, _), tab(browser, fresh.address) as (other, _):
        await page.goto("/jobs")
        await other.goto("/")
        await page.fill("#q", "payme")
        fresh.plays(payments_fails)
        await expect(other.locator("main tbody tr").first).to_contain_text(
            "payments", timeout=PATIENCE
        )
        assert "payme" == await page.input_value("#q")
