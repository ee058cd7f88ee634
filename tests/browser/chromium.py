"""A real Chromium, and what is seen and heard in its pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from playwright.async_api import Browser, Dialog, Page, Request, async_playwright

from tests.parts import need

ARGUMENTS: Final = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
)
PATIENCE: Final = 30_000
"""Milliseconds that a busy machine may take."""
DESKTOP: Final = 1280
PHONE: Final = 360

LOOK: Final = """
() => {
  const numbers = (colour) => (colour.match(/[0-9.]+/g) || [0, 0, 0, 0]).map(Number);
  const alpha = (colour) => (colour === "transparent" ? 0 : numbers(colour)[3] ?? 1);
  const light = (colour) => {
    const part = (value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    };
    const [red, green, blue] = numbers(colour).map(part);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (alpha(colour) === 1) return colour;
      if (alpha(colour) !== 0) return "rgb(128, 128, 128)";
    }
    return "rgb(255, 255, 255)";
  };
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (!text || !element.checkVisibility()) continue;
    if (["SCRIPT", "NOSCRIPT", "TITLE", "title", "desc"].includes(element.tagName)) continue;
    const style = getComputedStyle(element);
    const drawn = element instanceof SVGElement;
    const one = light(drawn ? style.fill : style.color), other = light(ground(element));
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) poor.push(`${text.slice(0, 40)}: ${ratio.toFixed(2)}`);
  }
  const root = document.documentElement;
  const cut = [...document.querySelectorAll("main *")].filter((one) =>
    one.scrollWidth > one.clientWidth + 1
    && ["auto", "scroll"].includes(getComputedStyle(one).overflowX) && one.tabIndex < 0);
  return {
    poor,
    sideways: root.scrollWidth - root.clientWidth,
    unreachable: cut.map((one) => one.outerHTML.slice(0, 80)),
  };
}
"""
"""What is wrong about a page as it is shown now: texts that are hard to read, what scrolls
sideways, and what scrolls without being reached by the keyboard."""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """One browser for as long as the block runs."""
    program = need("chromium", "chromium")
    async with async_playwright() as player:
        browser = await player.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()


class Witness:
    """Everything about a page that should not have happened; `faults` in words."""

    def __init__(self, page: Page, address: str) -> None:
        self.faults: list[str] = []
        self._address = address
        page.on("console", lambda said: self._heard(said.type, said.text))
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("request", self._asked)
        page.on("dialog", self._dialog)

    def _heard(self, kind: str, text: str) -> None:
        # That an address answers 404 is what one of the pages is about.
        if kind in ("error", "warning") and "404" not in text:
            self.faults.append(f"{kind}: {text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self._address, "data:")):
            self.faults.append(f"asked elsewhere: {request.url}")

    async def _dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        await dialog.dismiss()


@asynccontextmanager
async def tab(
    browser: Browser, address: str, *, javascript: bool = True, **more: Any
) -> AsyncIterator[tuple[Page, Witness]]:
    """A fresh tab with nothing kept from any other, and who watches it."""
    context = await browser.new_context(
        base_url=address, java_script_enabled=javascript, locale="en-US", **more
    )
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    try:
        yield page, Witness(page, address)
    finally:
        await context.close()
