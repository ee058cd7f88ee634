"""Migrations: they lead to the tables of `schema.py`, and each happens whole or not at all."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from tests.store.samples import T0, TERMS, notice, step_of
from watcher.store.migrate import MIGRATIONS
from watcher.store.open import open_reader, open_store
from watcher.store.schema import metadata
from watcher.store.version import REVISIONS

MIGRATE = """
import sys
from pathlib import Path
from watcher.store.access import Access
from watcher.store.engine import writing_engine
from watcher.store.migrate import migrate

access = Access(Path(sys.argv[1]), writing_engine(Path(sys.argv[1])))
access.transact_now(lambda connection: migrate(connection, Path(sys.argv[2])))
"""

STUCK = """
revision = "9999"
down_revision = "LAST"


def upgrade():
    op.add_column("jobs", sa.Column("colour", sa.Text))
    op.create_table("later", sa.Column("x", sa.Text))
    op.execute("DELETE FROM deliveries")
    print("inside", flush=True)
    sys.stdin.read()
"""
IMPORTS = "import sys\n\nimport sqlalchemy as sa\nfrom alembic import op\n"


def shape(path: Path) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return sorted(connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql NOT NULL"))


def kill_inside(path: Path, scripts: Path) -> None:
    """Start a migration in a process of its own, and kill that in the middle."""
    command = [sys.executable, "-c", MIGRATE, str(path), str(scripts)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert "inside\n" == process.stdout.readline()
        process.kill()
    assert -9 == process.returncode


def migrate_to_the_last(path: Path, scripts: Path = MIGRATIONS) -> None:
    """What an older watcher's file becomes, from the first migration on."""
    command = [sys.executable, "-c", MIGRATE, str(path), str(scripts)]
    subprocess.run(command, check=True, input="")


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    copy = tmp_path / "100% migrations"
    shutil.copytree(MIGRATIONS, copy)
    return copy


async def test_migrations_lead_to_the_schema(tmp_path: Path) -> None:
    """They make exactly the tables, columns and indexes that the code works with."""
    migrate_to_the_last(tmp_path / "watcher.db")
    store = await open_store(tmp_path / "watcher.db", T0)
    differences = await store.access.transact(
        lambda connection: compare_metadata(MigrationContext.configure(connection), metadata)
    )
    found = await store.access.transact(
        lambda connection: (
            connection.exec_driver_sql(
                "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql NOT NULL"
            )
            .scalars()
            .all()
        )
    )
    await store.close()
    assert [] == differences
    named = {str(index.name) for table in metadata.tables.values() for index in table.indexes}
    assert named == set(found)


async def test_a_fresh_file_is_what_the_migrations_lead_to(tmp_path: Path) -> None:
    """Also partial indexes, orders and autoincrements, which a comparison of names does not see."""
    migrated, made = tmp_path / "migrated.db", tmp_path / "made.db"
    migrate_to_the_last(migrated)
    await (await open_store(made, T0)).close()
    assert [_plain(row) for row in shape(migrated)] == [_plain(row) for row in shape(made)]
    for path in (migrated, made):
        with closing(sqlite3.connect(path)) as connection:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
            assert [(REVISIONS[-1],)] == found


def _plain(row: tuple[str, ...]) -> tuple[str, str]:
    """A statement without what a generator may write in either way."""
    return row[0], re.sub(r"\s*([,()])\s*", r"\1", " ".join(row[1].replace('"', "").split()))


def test_the_known_revisions_are_those_of_the_directory() -> None:
    """A start compares versions by hand, so its list must be alembic's."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    found = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert REVISIONS == tuple(reversed(found))


async def test_a_kill_inside_a_migration_leaves_the_old_schema(
    tmp_path: Path, scripts: Path
) -> None:
    """DDL and data changes of a migration are one transaction."""
    path = tmp_path / "watcher.db"
    store = await open_store(path, T0)
    await store.commit(step_of(notice("a"), notice("b")))
    await store.close()
    before = shape(path)
    (scripts / "versions" / "9999_stuck.py").write_text(
        IMPORTS + STUCK.replace("LAST", REVISIONS[-1])
    )
    kill_inside(path, scripts)
    store = await open_store(path, T0)
    await store.close()
    assert before == shape(path)
    reader = await open_reader(path)
    assert 2 == len(await reader.deliveries())
    await reader.close()


async def test_a_kill_inside_the_first_migration_leaves_nothing(
    tmp_path: Path, scripts: Path
) -> None:
    """A start after it makes the store as if nothing had been."""
    path = tmp_path / "watcher.db"
    first = scripts / "versions" / "0001_first.py"
    stop = '    print("inside", flush=True)\n    sys.stdin.read()\n'
    text = first.read_text().replace("    _make_attempts()\n", f"    _make_attempts()\n{stop}")
    first.write_text(
        text.replace("import sqlalchemy as sa", "import sys\n\nimport sqlalchemy as sa")
    )
    kill_inside(path, scripts)
    assert [] == shape(path)
    store = await open_store(path, T0)
    assert () == (await store.load()).jobs
    await store.close()


async def test_a_store_of_the_first_version_is_brought_up_to_date(
    tmp_path: Path, scripts: Path
) -> None:
    """What waits in it is sent by the new version, with what the old one saved."""
    path, (old, *newer) = tmp_path / "watcher.db", REVISIONS
    for revision in newer:
        (script,) = (scripts / "versions").glob(f"{revision}_*.py")
        script.unlink()
    migrate_to_the_last(path, scripts)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO meta VALUES ('store_id', 'kept')")
        assert (old,) == connection.execute("SELECT version_num FROM alembic_version").fetchone()
    store = await open_store(path, T0)
    assert "kept" == (await store.load()).store_id
    await store.commit(step_of(notice("a")))
    assert 1 == len((await store.turn(TERMS, [], T0)).parcels)
    await store.close()
