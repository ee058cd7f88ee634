"""Each story is played through the real process, and its page says all that came."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import anyio
import pytest

from tests.stories.message import Message
from tests.stories.page import differences, names, read_story
from tests.stories.stage import TooSlow, play

AT_ONCE = 10
LEAST = 25
Played = dict[str, dict[str, tuple[Message, ...]] | Exception]


def longest_first(wanted: list[str]) -> list[str]:
    """The stories by how long they take, so that none of the long ones is left for the end."""
    return sorted(wanted, key=lambda name: -read_story(name).takes)


async def play_all(wanted: list[str], folder: Path) -> Played:
    """Play the stories side by side; an exception stands where one could not be played.

    One for which the machine was too busy is played again when the others are over.
    """
    played = await play_together(wanted, folder / "together")
    late = [name for name, came in played.items() if isinstance(came, TooSlow)]
    for number, name in enumerate(late):
        played |= await play_together([name], folder / f"alone-{number}")
    return played


async def play_together(wanted: list[str], folder: Path) -> Played:
    played: Played = {}
    limiter = anyio.CapacityLimiter(AT_ONCE)

    async def one(name: str) -> None:
        async with limiter:
            try:
                played[name] = await play(read_story(name), folder / name)
            except Exception as error:  # noqa: BLE001 - it is raised by the story's own test
                played[name] = error

    async with anyio.create_task_group() as group:
        for name in longest_first(wanted):
            group.start_soon(one, name)
    return played


@pytest.fixture(scope="module")
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """What came in each of the stories that this session asks for, played together."""
    items = [getattr(item, "callspec", None) for item in request.session.items]
    wanted = {spec.params["name"] for spec in items if spec and "name" in spec.params}
    folder = tmp_path_factory.mktemp("stories")
    return anyio.run(partial(play_all, sorted(wanted & set(names())), folder))


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_what_came_is_what_the_page_says(name: str, played: Played) -> None:
    """On each channel the messages of the page came, word for word, and nothing else."""
    came = played[name]
    if isinstance(came, Exception):
        raise came
    told = read_story(name).told
    assert [*told] == [*came]
    assert [] == [line for channel in told for line in differences(told[channel], came[channel])]


def test_there_are_enough_stories() -> None:
    """There are at least 25 stories, and each has a page with a scenario beside it."""
    assert len(names()) >= LEAST
    assert [] == [name for name in names() if not read_story(name).told]
