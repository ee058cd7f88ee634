"""One attempt: whatever happens, it ends in an outcome and one line of the log."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.acceptance.receiver import receiving
from tests.messages.samples import parcel
from tests.services.edges import bench, resolved
from watcher.core.outcome import Fate, Outcome
from watcher.ports import HttpRequest
from watcher.services.sending import send, told_in_log


async def test_what_the_receiver_said_is_the_outcome(tmp_path: Path) -> None:
    """A message that is taken is delivered; one that nobody listens for is tried again."""
    async with receiving() as receiver:
        table = f'kind = "webhook"\nurl = "{receiver.address("audit", "webhook")}"\n'
        nobody = 'kind = "webhook"\nurl = "http://127.0.0.1:9/"\n'
        async with bench(tmp_path, resolved(channels={"audit": table, "n": nobody})) as here:
            assert Fate.DELIVERED is (await send(here.channel(), parcel(), here.edge)).fate
            assert Fate.RETRY is (await send(here.channel("n"), parcel(), here.edge)).fate


async def test_a_codec_that_breaks_is_an_outcome_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in `encode` is logged with its trace, and refuses the message alone."""
    async with bench(tmp_path, resolved()) as here:
        channel = here.channel()

        def encode(*_: object) -> HttpRequest:
            raise ValueError("a bug")

        monkeypatch.setattr(channel, "encode", encode)
        assert Fate.REJECTED is (await send(channel, parcel(), here.edge)).fate
        assert 1 == len(here.logged("attempt_broke"))


async def test_an_attempt_has_one_line(tmp_path: Path) -> None:
    """Who, what, how often, how it ended and how long it took."""
    async with bench(tmp_path, resolved()) as here:
        told_in_log(here.edge, parcel(), Outcome(Fate.RETRY, "busy"), timedelta(seconds=2))
        (line,) = map(json.loads, here.logged("attempt"))
        assert ("warning", "data", 1, "retry", "busy", 2000.0) == tuple(
            line[key] for key in ("level", "channel", "attempt", "outcome", "detail", "ms")
        )
