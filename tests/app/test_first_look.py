"""What a first file is tried against, and what is said where that fails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from watcher.app.first_look import TYPES, advise, list_jobs, resolve_draft
from watcher.config.draft import Draft, Jobs, SourceDraft
from watcher.config.faults import ConfigError
from watcher.core.reading import Cause, Outage
from watcher.simulator import Fault, FaultKind, Simulator, load_scenario

FILE = Path("rules.toml")
SOON = timedelta(seconds=30)
SOURCE = SourceDraft(
    project="test_project",
    access_key_id="testAccessKeyId",
    access_key_secret="testAccessKeySecret",
    jobs=tuple(Jobs(job_type, ("*",)) for job_type in TYPES),
)


@asynccontextmanager
async def simulated(*faults: FaultKind) -> AsyncIterator[SourceDraft]:
    simulator = Simulator(load_scenario())
    for kind in faults:
        simulator.add_fault(Fault(kind))
    async with simulator.serve() as url:
        yield msgspec.structs.replace(SOURCE, endpoint=url)


async def look(source: SourceDraft, within: timedelta = SOON) -> object:
    resolved = resolve_draft(Draft(source, ()), {}, FILE)
    return await list_jobs(resolved, "prod", within=within)


async def test_the_committed_jobs_of_each_type_are_listed() -> None:
    """Signed requests, as the service makes them; drafts are none."""
    async with simulated() as source:
        found = await look(source)
    assert isinstance(found, list)
    assert [("FLINK_STREAM", 5), ("FLINK_BATCH", 2)] == [
        (listing.job_type, len(listing.names)) for listing in found
    ]


@pytest.mark.parametrize(
    "changes, faults, cause, advice",
    [
        ({"access_key_secret": "wrong"}, (), Cause.SIGNATURE, "secret does not belong to this id"),
        ({"access_key_id": "wrong"}, (), Cause.CREDENTIALS, "copy its id again"),
        ({"project": "nope"}, (), Cause.REFUSED, "most often the project is another"),
        ({}, (FaultKind.FORBIDDEN,), Cause.PERMISSION, "let its RAM user read the project"),
        ({}, (FaultKind.TOKEN_EXPIRED,), Cause.CREDENTIALS, "has not expired"),
    ],
)
async def test_a_refusal_is_told_with_what_to_do(
    changes: dict[str, str], faults: tuple[FaultKind, ...], cause: Cause, advice: str
) -> None:
    """What the API says, and which answer is to be corrected."""
    async with simulated(*faults) as source:
        found = await look(msgspec.structs.replace(source, **changes))
    assert isinstance(found, Outage)
    assert cause is found.cause
    said, to_do = advise(found).splitlines()
    assert "HTTP 4" in said
    assert advice in to_do
    assert "listing the jobs failed" not in said


async def test_where_nobody_answers_it_is_said_soon() -> None:
    """An address without a server ends within the time that is given, in words."""
    source = msgspec.structs.replace(SOURCE, endpoint="http://127.0.0.1:9")
    found = await look(source, timedelta(seconds=1))
    assert isinstance(found, Outage)
    assert Cause.CONNECTION is found.cause
    assert "no connection to 127.0.0.1:9" in advise(found)


def test_every_cause_has_its_advice() -> None:
    """No cause is answered with nothing."""
    for cause in Cause:
        said, to_do = advise(Outage("prod", TYPES[0], (), cause, "detail")).splitlines()
        assert ("  said:  detail", True) == (said, len(to_do) > len("  to do: xxxxx"))


def test_a_draft_that_cannot_be_told_of() -> None:
    """A source is tried before anybody is to be told; its faults are told as `check` tells them."""
    with pytest.raises(ConfigError, match="neither region nor endpoint"):
        resolve_draft(Draft(SOURCE, ()), {}, FILE)
