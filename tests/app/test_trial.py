"""`test-channel`'s message: marked as a test, counted against the robot's limit, honestly told."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from tests.acceptance.receiver import Manner, receiving
from tests.services.edges import resolved
from watcher.app.trial import sample, try_channel
from watcher.config.resolve import Resolved
from watcher.core.notification import Reason
from watcher.core.outcome import Fate
from watcher.store.open import open_store

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def robot(folder: Path, url: str) -> Resolved:
    table = f'kind = "dingtalk"\nurl = "{url}"\nkeyword = "watcher"'
    return msgspec.structs.replace(
        resolved(channels={"oncall": table}), store=folder / "watcher.db"
    )


def test_the_sample_is_marked_as_a_test() -> None:
    """Nobody takes it for an alert: its reason says so, and it mentions nobody."""
    assert Reason.TEST is sample("oncall", NOW).reason
    assert not sample("oncall", NOW).mention


async def test_the_receivers_answer_is_the_outcome(tmp_path: Path) -> None:
    """Delivered, refused with its code, or not reached: each is told, none raises."""
    async with receiving() as receiver:
        wanted = robot(tmp_path, receiver.address("oncall", "dingtalk"))
        assert Fate.DELIVERED is (await try_channel("oncall", wanted)).fate
        assert "test" in receiver.of("oncall")[0].text.splitlines()[0].lower()
        receiver.answer("oncall", Manner(body='{"errcode": 300005, "errmsg": "no such token"}'))
        refused = await try_channel("oncall", wanted)
        assert (Fate.REFUSED, "300005") == (refused.fate, refused.code)
    unreached = await try_channel("oncall", wanted)
    assert Fate.RETRY is unreached.fate
    assert "127.0.0.1" in unreached.detail


async def test_tests_count_against_the_limit(tmp_path: Path) -> None:
    """With a store beside it, the nineteenth test within a minute is not sent."""
    async with receiving() as receiver:
        wanted = robot(tmp_path, receiver.address("oncall", "dingtalk"))
        await (await open_store(wanted.store, NOW)).close()
        fates = [(await try_channel("oncall", wanted)).fate for _ in range(19)]
        assert [Fate.DELIVERED] * 18 + [Fate.THROTTLED] == fates
        assert 18 == len(receiver.of("oncall"))
