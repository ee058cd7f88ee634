"""`watcher ledger`: what it shows, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import anyio
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from tests.config.sample import ENV, compose
from tests.store.samples import T0, TERMS, event_of, explained, notice, settled
from watcher.cli.root import cli
from watcher.core.outcome import Fate
from watcher.core.step import Decision, Step
from watcher.core.why import Why
from watcher.store.open import open_store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store in which one message died, one is being sent, and one event led to none."""
    top = f'store = "{tmp_path}/watcher.db"\n'
    (tmp_path / "rules.toml").write_text(compose(top=top), encoding="utf-8")
    anyio.run(fill, tmp_path)
    return tmp_path


async def fill(folder: Path, harm: str | None = None) -> None:
    store = await open_store(folder / "watcher.db", T0)
    if harm is not None:
        await store.access.transact(lambda connection: connection.execute(text(harm)).rowcount)
        await store.close()
        return
    await store.commit(explained(notice("a"), notice("b", event=2)))
    (parcel,) = (await store.turn(TERMS, [], T0)).parcels
    await store.turn(TERMS, [settled(parcel, Fate.REJECTED, detail="no such field")], T0)
    await store.commit(
        Step(at=T0, events=(event_of(3, "c"),), decisions=(Decision(3, Why.COUNTED),))
    )
    await store.close()


def ledger(folder: Path, *arguments: str) -> Result:
    config = str(folder / "rules.toml")
    return CliRunner().invoke(cli, ["--config", config, "ledger", *arguments], env=dict(ENV))


def test_it_shows_why_what_was_not_told_was_not(folder: Path) -> None:
    """Dead of what, and why an event led to no message; JSON has the same."""
    shown, data = ledger(folder), ledger(folder, "--json")
    assert (0, 0) == (shown.exit_code, data.exit_code), shown.output
    for words in ("no such field", "counted", "3 events: 2 told, 1 suppressed", "decision: none"):
        assert words in shown.stdout
    book = json.loads(data.stdout)
    assert True is book["balances"]
    assert [{"why": "counted", "events": 1}] == book["ledger"]["suppressions"]
    assert [1] == [ending["notifications"] for ending in book["ledger"]["endings"]]


def test_it_fails_where_it_does_not_balance(folder: Path) -> None:
    """Exit 1 and a NO where a row is gone, or the number of an event without a decision."""
    anyio.run(fill, folder, "DELETE FROM deliveries WHERE lane LIKE '%/a'")
    lost = ledger(folder)
    assert (1, True) == (lost.exit_code, "NO" in lost.stdout)
    anyio.run(fill, folder, "DELETE FROM decisions WHERE event = 3")
    unexplained = ledger(folder)
    assert (1, True) == (unexplained.exit_code, "without a decision: 3" in unexplained.stdout)
