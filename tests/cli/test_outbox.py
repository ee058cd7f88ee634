"""`watcher deliveries retry|drop`: what is refused, what is shown, and what is done."""

from __future__ import annotations

import json
import os
import pwd
from functools import partial
from pathlib import Path

import anyio
import pytest
from click.testing import CliRunner, Result

from tests.config.sample import ENV, compose
from tests.store.samples import T0, TERMS, explained, notice, settled
from watcher.cli.root import cli
from watcher.core.notification import Notification
from watcher.core.outcome import Fate
from watcher.store.open import open_reader, open_store
from watcher.store.queries import Shipment

DEAD, WAITS = notice("a"), notice("b", event=2)
SENT = notice("c", channel="data", event=3)
ELSEWHERE = notice("d", channel="gone", event=4)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A file, and a store with a dead delivery, one that waits, one that is being sent, and one
    for a channel that left.
    """
    top = f'store = "{tmp_path}/watcher.db"\n'
    (tmp_path / "rules.toml").write_text(compose(top=top), encoding="utf-8")
    anyio.run(fill, tmp_path)
    return tmp_path


async def fill(folder: Path) -> None:
    store = await open_store(folder / "watcher.db", T0)
    await store.commit(explained(DEAD, WAITS, SENT, ELSEWHERE))
    (parcel,) = (await store.turn(TERMS, [], T0)).parcels
    refused = settled(parcel, Fate.REJECTED, detail="no such field\x1b[31m")
    await store.turn(TERMS, [refused], T0)
    await store.turn(TERMS, [settled(parcel, Fate.RETRY)], T0)
    await store.release_all(T0)
    other = await store.turn(
        type(TERMS)("data", "robot-2", 1, None, TERMS.breaker, bundles=False), [], T0
    )
    assert [SENT.id] == [one.id for one in other.parcels]
    await store.close()


async def read_rows(folder: Path) -> dict[str, Shipment]:
    reader = await open_reader(folder / "watcher.db")
    try:
        return {row.id: row for row in await reader.deliveries()}
    finally:
        await reader.close()


def state_of(folder: Path, note: Notification) -> str:
    return anyio.run(partial(read_rows, folder))[note.id].disposition.value


def deliveries(folder: Path, *arguments: str) -> Result:
    config = str(folder / "rules.toml")
    return CliRunner().invoke(cli, ["--config", config, "deliveries", *arguments], env=dict(ENV))


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["retry"], "say which deliveries"),
        (["drop", "--reason", "old"], "say which deliveries"),
        (["retry", "abc", "--job", "a"], "not several"),
        (["drop", "--all", "--state", "dead"], "not several"),
        (["--channel", "oncall", "retry", "--all"], "after the word"),
        (["retry", "--since", "yesterday"], "is no span"),
        (["retry", "--state", "delivered"], "delivered"),
        (["retry", "feedbeef"], "no delivery's id begins with 'feedbeef'"),
    ],
)
def test_what_is_not_clear_is_refused_and_nothing_is_done(
    folder: Path, arguments: list[str], words: str
) -> None:
    """Exit 2, what to write instead, and an outbox as it was."""
    before = anyio.run(partial(read_rows, folder))
    refused = deliveries(folder, *arguments)
    assert (2, True) == (refused.exit_code, words in refused.stderr), refused.output
    assert before == anyio.run(partial(read_rows, folder))


def test_an_id_that_means_several_is_named(folder: Path) -> None:
    """With a sound id beside it: nothing is done about that either."""
    ids = [note.id for note in (DEAD, WAITS, SENT, ELSEWHERE)]
    # Every id begins with one of sixteen signs: five more make two alike likely, twenty certain.
    anyio.run(partial(add, folder, [notice(f"more-{n}", event=10 + n) for n in range(20)]))
    starts = [name[0] for name in anyio.run(partial(read_rows, folder))]
    shared = next(start for start in starts if starts.count(start) > 1)
    refused = deliveries(folder, "retry", ids[0], shared)
    assert 2 == refused.exit_code
    assert f"more than one delivery's id begins with {shared!r}" in refused.stderr
    assert "nothing was done" in refused.stderr
    assert "dead" == state_of(folder, DEAD)


async def add(folder: Path, notes: list[Notification]) -> None:
    store = await open_store(folder / "watcher.db", T0)
    await store.commit(explained(*notes))
    await store.close()


def test_a_dry_run_says_what_would_be_done(folder: Path) -> None:
    """The table of the deed, in the conditional, and nothing else."""
    before = anyio.run(partial(read_rows, folder))
    shown = deliveries(folder, "retry", "--channel", "oncall", "--dry-run")
    assert 0 == shown.exit_code, shown.output
    for words in ("would be done", DEAD.id[:12], WAITS.id[:12], "2 messages would be due now"):
        assert words in shown.stdout
    assert before == anyio.run(partial(read_rows, folder))


def test_a_retry_says_what_it_did_and_what_it_left(folder: Path) -> None:
    """What is under way and what no channel takes are named with the reason."""
    done = deliveries(folder, "retry", "--all")
    assert 0 == done.exit_code, done.output
    for words in (
        "2 messages are due now.",
        "is being sent now",
        "its channel gone is not in the file",
        "No `watcher run` uses this store now",
    ):
        assert words in done.stdout
    assert ["waiting", "waiting", "leased", "waiting"] == [
        state_of(folder, note) for note in (DEAD, WAITS, SENT, ELSEWHERE)
    ]


def test_a_drop_keeps_who_and_why(folder: Path) -> None:
    """The person, whatever the environment calls them, and their words on one harmless line."""
    user = pwd.getpwuid(os.getuid()).pw_name
    done = deliveries(folder, "drop", DEAD.id[:12], "--reason", "old\nnews\x1b[2J", "--json")
    assert 0 == done.exit_code, done.output
    data = json.loads(done.stdout)
    assert [(DEAD.id, "dead", 1)] == [
        (one["id"], one["state"], one["messages"]) for one in data["done"]
    ]
    assert (False, []) == (data["dry_run"], data["left"])
    rows = anyio.run(partial(read_rows, folder))
    assert ("dropped", f"dropped by {user}: old news [2J") == (
        rows[DEAD.id].disposition,
        rows[DEAD.id].why,
    )
    config = str(folder / "rules.toml")
    book = CliRunner().invoke(cli, ["--config", config, "ledger"], env=dict(ENV))
    assert 0 == book.exit_code, book.output
    assert f"dropped by {user}: old news" in book.stdout


def test_ids_about_which_nothing_can_be_done_fail(folder: Path) -> None:
    """A script learns by the code that what it named was left as it is."""
    left = deliveries(folder, "drop", SENT.id)
    assert 1 == left.exit_code
    assert "is being sent now" in left.stdout
    assert 0 == deliveries(folder, "drop", "--job", "nobody").exit_code


def test_looking_is_as_it_was(folder: Path) -> None:
    """Without a word after it the command shows rows, and nothing in them steers a terminal."""
    shown = deliveries(folder, "--state", "dead")
    assert 0 == shown.exit_code, shown.output
    assert DEAD.id[:12] in shown.stdout
    assert WAITS.id[:12] not in shown.stdout
    assert "\x1b" not in shown.stdout


def test_nothing_is_made_where_there_is_no_store(folder: Path) -> None:
    """Exit 1 in words, and no file."""
    for path in folder.glob("watcher.db*"):
        path.unlink()
    for more in ([], ["--dry-run"]):
        failed = deliveries(folder, "retry", "--all", *more)
        assert (1, True) == (failed.exit_code, "watcher run" in failed.stderr)
    assert [] == list(folder.glob("watcher.db*"))
