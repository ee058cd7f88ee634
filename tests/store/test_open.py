"""Opening the store: made, found, locked, or refused with words that help."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.store.samples import T0, notice, step_of
from watcher.ports import StoreError
from watcher.store.open import open_reader, open_store, open_writer
from watcher.store.version import REVISIONS

DAMAGED = b"this is not a database, but it is long enough to look like one" * 100


async def make(path: Path) -> None:
    store = await open_store(path, T0)
    await store.commit(step_of(*(notice(f"job-{n}") for n in range(50))))
    await store.close()


def names_in(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


async def refusal(opening: Awaitable[object]) -> str:
    with pytest.raises(StoreError) as caught:
        await opening
    return str(caught.value)


def sql(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


@pytest.mark.parametrize("name", ["watcher.db", "with ?query#part%20.db", "数据 库.db"])
async def test_any_file_name_works(tmp_path: Path, name: str) -> None:
    """A name with signs that mean something in a URL is that name, for writers and readers."""
    path = tmp_path / name
    await make(path)
    reader = await open_reader(path)
    assert 50 == len(await reader.deliveries())
    await reader.close()
    assert {name, f"{name}.lock"} <= set(names_in(tmp_path))


async def test_the_file_is_durable_and_in_wal(tmp_path: Path) -> None:
    """Commits reach the disk before they count, and readers do not stop writers."""
    path = tmp_path / "watcher.db"
    store = await open_store(path, T0)
    pragmas = await store.access.transact(
        lambda connection: [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    )
    await store.close()
    assert ["wal", 2, 1, 10_000] == pragmas


async def test_a_second_run_is_refused_with_the_pid_of_the_first(tmp_path: Path) -> None:
    """Two services on one file would tell everything twice."""
    path = tmp_path / "watcher.db"
    first = await open_store(path, T0)
    said = await refusal(open_store(path, T0))
    assert f"{path}: another `watcher run` (pid {os.getpid()}) uses it" in said
    link = tmp_path / "link.db"
    link.symlink_to(path)
    assert f"pid {os.getpid()}" in await refusal(open_store(link, T0))
    await first.close()
    await make(path)


async def test_a_killed_run_leaves_no_lock(tmp_path: Path) -> None:
    """The lock ends with its process, also by SIGKILL, and what was saved is there."""
    path = tmp_path / "watcher.db"
    await make(path)
    script = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from tests.store.samples import T0, notice, step_of\n"
        "from watcher.store.open import open_store\n"
        "async def main():\n"
        "    store = await open_store(Path(sys.argv[1]), T0)\n"
        "    await store.commit(step_of(notice('late')))\n"
        "    print('held', flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", script, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "held\n" == process.stdout.readline()
        assert f"(pid {process.pid})" in await refusal(open_store(path, T0))
        process.kill()
    reader = await open_reader(path)
    assert 51 == len(await reader.deliveries())
    await reader.close()
    await make(path)


@pytest.mark.parametrize("opener", [lambda path: open_store(path, T0), open_writer, open_reader])
@pytest.mark.parametrize("harm", ["garbage", "page", "truncated", "foreign", "newer"])
async def test_an_unusable_file_is_named_and_left_untouched(
    tmp_path: Path, opener: Callable[[Path], Awaitable[object]], harm: str
) -> None:
    """Damaged, somebody else's or a newer version's: not one byte changes."""
    path = tmp_path / "watcher.db"
    await make(path)
    content = path.read_bytes()
    if harm == "garbage":
        path.write_bytes(DAMAGED)
    elif harm == "page":
        path.write_bytes(content[: 3 * 4096] + b"\xa5" * 4096 + content[4 * 4096 :])
    elif harm == "truncated":
        path.write_bytes(content[: len(content) // 2])
    elif harm == "foreign":
        path.unlink()
        sql(path, "CREATE TABLE theirs (x)")
    else:
        sql(path, "UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    said = await refusal(opener(path))
    words = {"foreign": "not a watcher's", "newer": "a newer watcher made it (schema 9999"}
    assert said.startswith(f"{path}: ")
    assert words.get(harm, "is damaged") in said
    assert before == path.read_bytes()


@pytest.mark.parametrize("opener", [open_writer, open_reader])
async def test_a_command_never_makes_a_file(
    tmp_path: Path, opener: Callable[[Path], Awaitable[object]]
) -> None:
    """A missing or empty file is named, with what to do, and stays as it is."""
    path = tmp_path / "watcher.db"
    assert f"{path}: there is no such file; start `watcher run`" in await refusal(opener(path))
    assert [] == names_in(tmp_path)
    path.touch()
    assert "nothing is in it yet" in await refusal(opener(path))
    assert 0 == path.stat().st_size


@pytest.mark.parametrize("opener", [open_writer, open_reader])
async def test_a_command_never_migrates(
    tmp_path: Path,
    opener: Callable[[Path], Awaitable[object]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An older schema is `run`'s to bring up to date."""
    path = tmp_path / "watcher.db"
    await make(path)
    monkeypatch.setattr("watcher.store.version.REVISIONS", (*REVISIONS, "later"))
    assert "an older watcher made it" in await refusal(opener(path))


async def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    """Only the file is made, and the words say what is missing."""
    path = tmp_path / "nowhere" / "watcher.db"
    assert f"there is no directory {path.parent}" in await refusal(open_store(path, T0))
    assert [] == names_in(tmp_path)


async def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    """What a kill during the first opening leaves is no obstacle."""
    path = tmp_path / "watcher.db"
    path.touch()
    await make(path)
    reader = await open_reader(path)
    assert 50 == len(await reader.deliveries())
    await reader.close()


async def test_a_new_store_is_its_owners_alone(tmp_path: Path) -> None:
    """Error texts are nobody else's, whatever the umask; SQLite's own files follow."""
    path, before = tmp_path / "watcher.db", os.umask(0o022)
    try:
        store = await open_store(path, T0)
        await store.commit(step_of(notice("a")))
        modes = {name: (tmp_path / name).stat().st_mode & 0o777 for name in names_in(tmp_path)}
        await store.close()
    finally:
        os.umask(before)
    assert {"watcher.db", "watcher.db-wal"} <= modes.keys()
    assert {0o600} == set(modes.values())


async def test_a_reader_cannot_write(tmp_path: Path) -> None:
    """Commands that only look cannot do harm, whatever they are made to execute."""
    path = tmp_path / "watcher.db"
    await make(path)
    reader = await open_reader(path)
    access = reader._access  # noqa: SLF001 - the guard lies beneath what the class offers
    with pytest.raises(StoreError, match="may not be written"):
        await access.transact(lambda c: c.exec_driver_sql("DELETE FROM deliveries").rowcount)
    await reader.close()


def test_a_start_that_migrates_nothing_does_not_import_alembic(tmp_path: Path) -> None:
    """Neither the first nor a later one: importing it takes longer than opening the store."""
    script = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from tests.store.samples import T0\n"
        "from watcher.store.open import open_store\n"
        "async def main():\n"
        "    await (await open_store(Path(sys.argv[1]), T0)).close()\n"
        "    print('alembic' in sys.modules)\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "watcher.db")]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in "ab"]
    assert ["False\n", "False\n"] == [run.stdout for run in runs]
