"""Play stories and write what came into their pages: `python -m tests.stories [NAME …]`."""

from __future__ import annotations

import sys
import tempfile
import traceback
from pathlib import Path

import anyio

from tests.stories.page import names, read_story, sense, write_told
from tests.stories.stage import play

AT_ONCE = 10


async def rewrite(name: str, folder: Path, limiter: anyio.CapacityLimiter) -> None:
    """Play one story and write what came into its page; say whether that is new."""
    story = read_story(name)
    async with limiter:
        try:
            told = await play(story, folder / name)
        except Exception:  # noqa: BLE001 - the others go on
            print(f"{name}: FAILED\n{traceback.format_exc(limit=-4)}")
            return
    changed = {
        channel for channel in told if sense(told[channel]) != sense(story.told.get(channel, ()))
    }
    write_told(story, told)
    print(f"{name}: {'written anew: ' + ', '.join(sorted(changed)) if changed else 'as before'}")


async def rewrite_all(wanted: list[str]) -> None:
    """Play the stories side by side."""
    limiter = anyio.CapacityLimiter(AT_ONCE)
    with tempfile.TemporaryDirectory(prefix="stories-") as folder:
        async with anyio.create_task_group() as group:
            for name in wanted:
                group.start_soon(rewrite, name, Path(folder), limiter)


if __name__ == "__main__":
    anyio.run(rewrite_all, sys.argv[1:] or names())
