"""`watcher reload` where it cannot ask: another user's service, one elsewhere, one that is mute."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import anyio
import pytest
from click.testing import CliRunner, Result

from tests.config.sample import ENV, compose
from watcher.cli.root import cli
from watcher.clock import SystemClock
from watcher.config.load import load
from watcher.config.resolve import resolve
from watcher.config.sketch import sketch
from watcher.core.in_force import InForce, Reload
from watcher.store import lock
from watcher.store.lock import RunLock
from watcher.store.open import open_store, open_writer

NOW = SystemClock().now()
GOOD = Reload("1", NOW)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file whose store is held by this very process, as by a service."""
    for name, value in ENV.items():
        monkeypatch.setenv(name, value)
    path = tmp_path / "rules.toml"
    path.write_text(f'store = "{tmp_path}/watcher.db"\n' + compose())

    async def make() -> None:
        await (await open_store(tmp_path / "watcher.db", NOW)).close()

    anyio.run(make)
    held = RunLock(tmp_path / "watcher.db")
    # /proc shows with which environment this process began, and not what a test added to it.
    monkeypatch.setattr("watcher.cli.reload._environment_of", lambda _: os.environ)
    yield path
    held.release()


async def tell(file: Path, reload: Reload, *, also_in_force: bool = True) -> None:
    """What the service would say."""
    resolved = resolve(load(file, os.environ))
    held = InForce(str(file), NOW, sketch(resolved, "ab")) if also_in_force else None
    store = await open_writer(file.parent / "watcher.db")
    await store.note_reload(reload, held)
    await store.close()


def note(file: Path, reload: Reload, *, also_in_force: bool = True) -> None:
    anyio.run(partial(tell, file, reload, also_in_force=also_in_force))


def run(file: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["reload", "--config", str(file), *arguments])


def answered(monkeypatch: pytest.MonkeyPatch, file: Path, *said: Reload) -> list[int]:
    """Signals that would be sent, each followed by what the service says."""
    sent: list[int] = []

    def kill(pid: int, number: int) -> None:
        assert os.getpid() == pid
        sent.append(number)
        for one in said:
            note(file, one, also_in_force=not one.refused)

    monkeypatch.setattr(os, "kill", kill)
    return sent


def test_it_sends_one_signal_and_says_what_came_of_it(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In force: 0."""
    note(file, GOOD)
    sent = answered(monkeypatch, file, Reload("2", NOW))
    ended = run(file)
    assert (0, [signal.SIGHUP]) == (ended.exit_code, sent)
    assert "nothing changes" in ended.output
    assert "It is in force." in ended.output


def test_a_refusal_is_told_with_its_faults(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service may see what the command does not: its words, and 1."""
    note(file, GOOD)
    answered(monkeypatch, file, Reload("2", NOW, faults=("rules.toml:1: store: planted",)))
    ended = run(file, "--json")
    assert 1 == ended.exit_code
    data = json.loads(ended.stdout)
    assert ("refused", ["rules.toml:1: store: planted"]) == (data["outcome"], data["faults"])


def test_a_service_that_says_nothing_is_not_waited_for_long(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names the log and the status; and that it is not known yet what is in force."""
    answered(monkeypatch, file)
    ended = run(file, "--timeout", "300ms")
    assert 1 == ended.exit_code
    assert "has not said yet what is in force" in ended.output
    for words in ("has said nothing for 300ms", "journalctl -u watcher", "`watcher status`"):
        assert words in ended.output


def test_another_user_s_service_is_left_to_those_who_may(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says which command would do; nothing is sent."""

    def refuse(*_: object) -> bool:
        raise PermissionError

    note(file, GOOD)
    sent = answered(monkeypatch, file)
    monkeypatch.setattr(lock, "is_here", refuse)
    ended = run(file)
    assert (1, []) == (ended.exit_code, sent)
    assert "`sudo systemctl reload watcher`" in ended.output


def test_another_user_s_store_is_not_taken_for_an_idle_one(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may not see the lock is not told that no service runs."""
    monkeypatch.setattr(lock, "may_look", lambda _: False)
    ended = run(file)
    assert 1 == ended.exit_code
    assert "is another user's: `sudo systemctl reload watcher`" in ended.output


def test_a_pid_of_another_place_gets_no_signal(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock file's number may be somebody else's process here."""
    note(file, GOOD)
    sent = answered(monkeypatch, file)
    monkeypatch.setattr(lock, "is_here", lambda *_: False)
    ended = run(file)
    assert (1, []) == (ended.exit_code, sent)
    assert "in another container or on another machine" in ended.output


def test_another_answer_may_follow(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reload under way has read the file as it was before: the next answer counts."""
    note(file, GOOD)
    before = Reload("2", NOW, faults=("rules.toml:7: half a file",))
    sent = answered(monkeypatch, file, before)

    async def sleep(_: SystemClock, __: timedelta) -> None:
        await tell(file, Reload("3", NOW))

    monkeypatch.setattr(SystemClock, "sleep", sleep)
    with file.open("a") as more:
        more.write('[[windows]]\nname = "w"\ncron = "0 2 * * *"\nfor = "2h"\n')
    ended = run(file)
    assert (0, [signal.SIGHUP]) == (ended.exit_code, sent)
    assert "+ window w" in ended.output
    assert "half a file" not in ended.output


def test_a_span_that_is_none_is_a_usage_error(file: Path) -> None:
    """`--timeout 30` lacks its unit."""
    ended = run(file, "--timeout", "30")
    assert 2 == ended.exit_code
    assert "--timeout" in ended.output
