"""How everything stands, by the store and by what the loops know better."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.core.playbook import run
from tests.web.house import HouseDesk, house_in
from watcher.web.at_a_glance import overview_of

SECOND = timedelta(seconds=1)


async def test_the_last_reading_is_the_last_that_anybody_knows_of(tmp_path: Path) -> None:
    """The store keeps it to half a minute; after a start the loops have seen none yet."""
    async with house_in(tmp_path) as house:
        house.reads(run("a"), run("b"))
        await house.keeps()
        saved = house.clock()
        found = []
        for of_loops in (None, saved + 7 * SECOND, saved - 7 * SECOND):
            house.read_at = {} if of_loops is None else {"prod": of_loops}
            (source,) = (await overview_of(HouseDesk(house))).sources
            found.append(source.read_at)
        assert [saved, saved + 7 * SECOND, saved] == found
