"""Takes pictures of every page: `python -m tests.browser.pictures FOLDER`, or `make pages`.

`python -m tests.browser.pictures docs/pictures readme` takes the two that the README shows.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from playwright.async_api import Browser, ViewportSize

from tests.browser import scenes
from tests.browser.addresses import PAGES, job
from tests.browser.chromium import DESKTOP, PHONE, chromium, tab
from tests.browser.street import home_in

LANGUAGES = ("en", "zh")
SCHEMES = ("light", "dark")
WIDTHS = (DESKTOP, PHONE)
README = (("overview", "/", "light", 800), ("job", job("clicks"), "dark", 960))


async def take(browser: Browser, address: str, folder: Path) -> int:
    """A picture of each page in each language, scheme and width; how many there are."""
    taken = 0
    for name, path in PAGES.items():
        for language in LANGUAGES:
            async with tab(browser, address) as (page, _):
                await page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
                for scheme in SCHEMES:
                    for width in WIDTHS:
                        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                        await page.set_viewport_size({"width": width, "height": 800})
                        target = folder / f"{name}-{language}-{scheme}-{width}.png"
                        await page.screenshot(path=target, full_page=True)
                        taken += 1
    return taken


async def take_for_readme(browser: Browser, address: str, folder: Path) -> int:
    """The overview in light and a job in dark, as far as a screen shows them."""
    for name, path, scheme, height in README:
        size = ViewportSize(width=1100, height=height)
        async with tab(browser, address, viewport=size, color_scheme=scheme) as (page, _):
            await page.goto(path)
            await page.screenshot(path=folder / f"{name}-{scheme}.png")
    return len(README)


async def main(folder: Path, *, readme: bool = False) -> None:
    """Play the scenes, and take the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory() as house,
        home_in(Path(house), scenes.file(), scenes.play, scenes.quieten) as home,
    ):
        async with chromium() as browser:
            taker = take_for_readme if readme else take
            taken = await taker(browser, home.address, folder)
    print(f"{taken} pictures in {folder}")


if __name__ == "__main__":
    anyio.run(partial(main, Path(sys.argv[1]), readme="readme" in sys.argv[2:]))
