"""Putting a file into force anew: what is swapped, said and kept, and what a bad one changes."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from ssl import SSLContext

import anyio
import pytest

from tests.acceptance.waiting import eventually
from tests.services.edges import FILE, Bench, bench, resolved
from watcher.app import reloading
from watcher.app.reloading import REST, Reloading
from watcher.config.load import load
from watcher.config.resolve import Resolved, resolve
from watcher.core.event import Kind
from watcher.core.in_force import InForce, Reload
from watcher.core.subject import WATCHER
from watcher.store.in_force import read_in_force, read_reload
from watcher.telemetry.redaction import Redactor

HOOK = '[channels.{name}]\nkind = "webhook"\nurl = "http://127.0.0.1:9/"\n'


@dataclass
class Desk:
    """A file, who reloads it, and what was swapped."""

    here: Bench
    file: Path
    swapped: list[tuple[Resolved, bool]] = field(default_factory=list)
    one: Reloading = field(init=False)

    def write(self, *channels: str, more: str = "") -> None:
        tables = "".join(HOOK.format(name=name) for name in channels or ("audit",))
        notify = ", ".join(f'"{name}"' for name in channels or ("audit",))
        text = FILE.format(
            api="http://127.0.0.1:9", names='"payments"', notify=notify, channels=more + tables
        )
        self.file.write_text(text)

    def begin(self) -> None:
        """Let it be the present file that was in force from the start."""
        started = resolve(load(self.file, {}))
        self.one = Reloading(
            self.file, started, self.here.keeper, self.here.edge, {}, Redactor(), self.swap
        )

    def swap(self, new: Resolved, trusted: SSLContext, anew: bool) -> None:
        assert trusted.check_hostname
        self.swapped.append((new, anew))

    async def kept(self) -> tuple[InForce | None, Reload | None]:
        transact = self.here.store.store.access.transact
        return await transact(read_in_force), await transact(read_reload)

    def firing(self) -> bool:
        alerts = self.here.keeper.state.alerts.get(WATCHER, {})
        return any(alert.kind is Kind.CONFIG_REFUSED for alert in alerts.values())


@asynccontextmanager
async def desk(folder: Path) -> AsyncIterator[Desk]:
    async with bench(folder, resolved()) as here:
        it = Desk(here, folder / "rules.toml")
        it.write()
        it.begin()
        yield it


async def test_a_good_file_is_swapped_and_noted(tmp_path: Path) -> None:
    """What it changes is in the log and in the store, with what is in force from then on."""
    async with desk(tmp_path) as it:
        it.write("audit", "other", more="stop = true\n")
        assert await it.one.once()
        ((new, anew),) = it.swapped
        assert ({"audit", "other"}, True) == ({*new.channels}, anew)
        assert new is it.one.resolved
        assert new.plan is it.here.keeper.state.plan
        expected = (
            "+ channel other",
            "~ rule down: notify audit → audit, other; stop false → true",
        )
        held, last = await it.kept()
        assert held is not None
        assert last is not None
        assert expected == last.difference
        assert (str(it.file), last.at) == (held.file, held.since)
        assert {"audit", "other"} == {*held.sketch.parts["channels"]}
        (line,) = it.here.logged("reloaded")
        assert expected[0] in line


async def test_the_same_file_disturbs_nothing(tmp_path: Path) -> None:
    """Who asks without a change has no poll cut off; what the file trusts is read anew."""
    async with desk(tmp_path) as it:
        assert await it.one.once()
        assert await it.one.once()
        assert [False, False] == [anew for _, anew in it.swapped]
        _, last = await it.kept()
        assert last is not None
        assert () == last.difference


async def test_a_bad_file_changes_nothing_and_is_told(tmp_path: Path) -> None:
    """The store says why; the alert lasts until a sound one, and what was in force stays."""
    async with desk(tmp_path) as it:
        before = it.one.resolved
        await it.one.once()
        held, _ = await it.kept()
        it.file.write_text("rules = 7\n")
        assert not await it.one.once()
        assert it.firing()
        after, last = await it.kept()
        assert last is not None
        assert (held, True) == (after, last.refused)
        assert "rules.toml:1" in last.faults[0]
        assert 1 == len(it.swapped)
        assert before.plan == it.here.keeper.state.plan
        it.write()
        assert await it.one.once()
        assert not it.firing()


def _gone(file: Path) -> None:
    file.unlink()


def _folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _half(file: Path) -> None:
    file.write_text(file.read_text()[:-30])


def _bytes(file: Path) -> None:
    file.write_bytes(b"\xff\xfe" * 100)


def _empty(file: Path) -> None:
    file.write_text("")


def _authority(file: Path) -> None:
    file.write_text('ca_file = "/nowhere/ca.pem"\n' + file.read_text())


@pytest.mark.parametrize("harm", [_authority, _gone, _folder, _pipe, _half, _bytes, _empty])
async def test_whatever_stands_there_is_refused_in_words(harm: object, tmp_path: Path) -> None:
    """A file that is gone, a folder, a pipe that nobody fills, half of it, bytes, no authority."""
    async with desk(tmp_path) as it:
        assert callable(harm)
        harm(it.file)
        with anyio.fail_after(20):
            assert not await it.one.once()
        _, last = await it.kept()
        assert last is not None
        assert str(it.file) in last.faults[0]
        assert it.firing()
        assert [] == it.here.logged("loop_broke")


async def test_a_lock_is_not_taken_off_an_open_door(tmp_path: Path) -> None:
    """`listen` changes at a restart and [web] at once: between, others could see and do all."""
    token = '[web]\ntoken = "planted-token-of-the-pages"\n'
    async with desk(tmp_path) as it:
        text = it.file.read_text()
        open_to_all = f'listen = "0.0.0.0:9109"\n{text}{token}'
        it.file.write_text(open_to_all)
        it.begin()
        it.file.write_text(f'listen = "127.0.0.1:9109"\n{text}')
        assert not await it.one.once()
        _, last = await it.kept()
        assert last is not None
        assert "until a restart the pages are served on 0.0.0.0:9109" in last.faults[0]
        it.file.write_text(f'listen = "127.0.0.1:9109"\n{text}{token}')
        assert await it.one.once()
        _, last = await it.kept()
        assert last is not None
        assert ("~ listen 0.0.0.0:9109 → 127.0.0.1:9109; needs a restart",) == last.difference
        assert 1 == len(it.here.logged("needs_restart"))


async def test_a_bug_in_judging_is_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service goes on with what it has, and the log has where it broke."""

    def broken(*_: object) -> object:
        raise RuntimeError("planted")

    async with desk(tmp_path) as it:
        monkeypatch.setattr(reloading, "load", broken)
        assert not await it.one.once()
        assert 1 == len(it.here.logged("loop_broke"))
        _, last = await it.kept()
        assert last is not None
        assert (f"{it.file}: cannot be judged: RuntimeError",) == last.faults
        assert it.firing()


async def test_nothing_comes_into_force_that_cannot_be_saved(tmp_path: Path) -> None:
    """With a full disk the old file stays in force; a refusal is told once there is room."""
    async with desk(tmp_path) as it:
        it.here.store.broken = True
        await it.here.see(payments="RUNNING")
        it.write("audit", "other")
        assert not await it.one.once()
        assert [] == it.swapped
        it.file.write_text("rules = 7\n")
        assert not await it.one.once()
        assert not it.firing()
        assert await it.here.mend()
        assert not it.firing()
        await it.here.keeper.tick(())
        assert it.firing()
        await it.here.keeper.tick(())
        it.write()
        assert await it.one.once()
        assert not it.firing()


async def test_what_is_asked_for_meanwhile_is_one_reload(tmp_path: Path) -> None:
    """Twenty wishes during one reload and the rest after it are one more, and none is lost."""
    async with desk(tmp_path) as it:
        said: list[str] = []
        async with anyio.create_task_group() as group:
            group.start_soon(it.one.run, lambda: said.append("begins"), lambda: said.append("over"))
            it.one.ask()
            await eventually(lambda: len(said) == 2)
            await it.here.clock.wait_for_sleepers()
            for _ in range(20):
                it.one.ask()
            await it.here.clock.advance(REST)
            await eventually(lambda: len(said) == 4)
            await it.here.clock.wait_for_sleepers()
            await it.here.clock.advance(REST)
            group.cancel_scope.cancel()
        assert ["begins", "over"] * 2 == said
        assert 2 == len(it.swapped)


async def test_a_start_says_what_is_in_force(tmp_path: Path) -> None:
    """For those who look; not in its first second, when polls are what matters."""
    async with desk(tmp_path) as it:
        async with anyio.create_task_group() as group:
            group.start_soon(it.one.note_start)
            await it.here.clock.wait_for_sleepers()
            assert (None, None) == await it.kept()
            await it.here.clock.advance(REST)
        held, last = await it.kept()
        assert held is not None
        assert last is not None
        assert ((), ()) == (last.faults, last.difference)
        assert {"down"} == {*held.sketch.parts["rules"]}
