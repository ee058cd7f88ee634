"""`watcher status` says what is kept quiet now."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from pathlib import Path

import anyio
import pytest
from click.testing import CliRunner, Result

from tests.config.sample import ENV, compose
from watcher.cli.root import cli
from watcher.clock import SystemClock
from watcher.core.silence import Matchers, Silence
from watcher.core.step import Decision, Step
from watcher.core.why import Why
from watcher.store.open import open_store
from watcher.store.silences import add_silence

NOW = SystemClock().now()
HOUR = timedelta(hours=1)
# Open all day, but for one minute that is half a day from now.
SHUT = (NOW.hour + 12) % 24
WINDOWS = (
    '[[windows]]\nname = "open"\nmatch = { job = "orders_*" }\nzone = "UTC"\n'
    f'days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]\nfrom = "{SHUT:02}:01"\n'
    f'to = "{SHUT:02}:00"\n'
    f'[[windows]]\nname = "shut"\nzone = "UTC"\ncron = "0 {SHUT} * * *"\nfor = "1m"\n'
    '[[windows]]\nname = "faulty"\ndays = ["mon"]\nfrom = "02:00"\nto = "02:00"\n'
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A file with windows, and a store with silences, one of them over."""
    top = f'store = "{tmp_path}/watcher.db"\ntimezone = "UTC"\n'
    (tmp_path / "rules.toml").write_text(compose(top=top) + WINDOWS, encoding="utf-8")
    anyio.run(fill, tmp_path)
    return tmp_path


async def fill(folder: Path) -> None:
    store = await open_store(folder / "watcher.db", NOW)
    for until in (NOW - HOUR, NOW + HOUR):
        silence = Silence("", Matchers(jobs=("pay",)), "anna", NOW - 2 * HOUR, until=until)
        await store.access.transact(partial(add_silence, silence=silence))
    hidden = [
        Decision(1, why, "job-down", "oncall", by=by)
        for why, by in ((Why.WINDOW, "open"), (Why.WINDOW, "shut"), (Why.SILENCED, "open"))
    ]
    await store.commit(Step(at=NOW, decisions=tuple(hidden)))
    await store.commit(Step(at=NOW - 48 * HOUR, decisions=(hidden[0],)))
    await store.close()


def status(folder: Path, *arguments: str) -> Result:
    config = str(folder / "rules.toml")
    return CliRunner().invoke(cli, ["--config", config, "status", *arguments], env=dict(ENV))


def test_status_shows_what_is_in_force(folder: Path) -> None:
    """One silence of two, one window of three, and what that one has hidden since it was opened."""
    shown = status(folder).stdout
    assert "# silences" in shown
    assert "# windows that are open" in shown
    found = json.loads(status(folder, "--json").stdout)
    assert [["pay"]] == [one["about"]["job"] for one in found["silences"]]
    assert [("open", "job orders_*", 1)] == [
        (one["name"], one["about"], one["hidden"]) for one in found["windows"]
    ]
    assert found["windows"][0]["since"] < NOW.isoformat() < found["windows"][0]["until"]


def test_status_has_no_table_of_nothing(folder: Path) -> None:
    """Where nothing is kept quiet, nothing is said of it."""
    top = f'store = "{folder}/watcher.db"\n'
    (folder / "rules.toml").write_text(compose(top=top), encoding="utf-8")
    anyio.run(empty, folder)
    assert "windows" not in status(folder).stdout
    assert [] == json.loads(status(folder, "--json").stdout)["windows"]


async def empty(folder: Path) -> None:
    store = await open_store(folder / "watcher.db", NOW)
    await store.prune(NOW + 2 * HOUR)
    await store.close()
