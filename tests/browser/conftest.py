"""One browser and a few houses for all tests here: to start them anew each time would take long."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser import scenes
from tests.browser.chromium import chromium
from tests.browser.street import Home, home_in


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The browser, on the session's own loop."""
    async with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A house in which much has happened; tests only look at it."""
    folder = tmp_path_factory.mktemp("busy")
    with home_in(folder, scenes.file(), scenes.play, scenes.quieten) as home:
        yield home


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A house whose jobs were named by somebody who means harm; tests only look at it."""
    folder = tmp_path_factory.mktemp("hostile")
    with home_in(folder, scenes.hostile_file(), scenes.play_hostile) as home:
        yield home


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A house in which nothing has been read yet, for one test alone."""
    with home_in(tmp_path_factory.mktemp("fresh"), scenes.file()) as home:
        yield home
