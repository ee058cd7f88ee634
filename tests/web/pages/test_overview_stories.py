"""Whatever happens, every page can be shown."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import aiohttp
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.test_pipeline_properties import Act, acts, file_of, play
from tests.web.house import House, house_in, pages_of
from watcher.core.run_summary import BATCH, STREAM
from watcher.messages.wording import Language

EXAMPLES = int(os.environ.get("WATCHER_PAGE_STORIES", "6"))
"""Each makes a store and asks it for a dozen pages."""
PAGES = ("/", "/jobs", "/alerts", "/deliveries", "/silences", "/rules")
stories = st.sampled_from([STREAM, BATCH]).flatmap(
    lambda job_type: st.tuples(st.just(job_type), acts(job_type))
)


def addresses_in(house: House) -> list[str]:
    """The pages of all that the story left: jobs, alerts and messages."""
    jobs = [
        f"/job?source={source}&type={job_type}&name={quote(name)}"
        for (source, job_type), found in house.state.jobs.items()
        for name in found
    ]
    alerts = [f"/alert?id={quote(one.id)}" for step in house.untold for one in step.alerts]
    notes = [f"/delivery?id={one.id}" for step in house.untold for one in step.notifications]
    return [*jobs[:2], *dict.fromkeys(alerts[-3:]), *notes[-3:]]


async def statuses(client: aiohttp.ClientSession, addresses: list[str]) -> dict[str, int]:
    found = {}
    for address in addresses:
        async with client.get(address) as answer:
            found[address] = answer.status
    return found


@given(stories, st.sampled_from(Language))
@settings(max_examples=EXAMPLES)
async def test_no_story_breaks_a_page(story: tuple[str, list[Act]], language: Language) -> None:
    """Any story of readings, restarts, reloads and set clocks; what it left is shown or is gone."""
    job_type, todo = story
    world = play(job_type, todo)
    with TemporaryDirectory() as folder:
        async with house_in(Path(folder), file_of(job_type, 0)) as house:
            house.untold, house.now, house.plan = world.steps, world.now, world.plan
            house.state, house.language = world.state, language
            addresses = [*PAGES, *addresses_in(house)]
            for step in world.steps:
                await house.saved.commit(step)
            async with pages_of(house) as client:
                found = await statuses(client, addresses)
    assert {} == {address: code for address, code in found.items() if code not in (200, 404)}
    assert {200} == {found[page] for page in PAGES}
