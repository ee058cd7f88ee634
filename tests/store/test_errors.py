"""Errors in the store: more of them than one statement takes, and those of the version before."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import msgspec

from tests.core.playbook import plan, rule
from tests.store.samples import SECOND, T0, WIDE, event_of, notice, subject_of
from watcher.core.event import Kind
from watcher.core.job import JobRecord
from watcher.core.notification import Known
from watcher.core.pipeline import observe
from watcher.core.reading import Snapshot
from watcher.core.run_summary import STREAM, RunSummary
from watcher.core.state import State
from watcher.core.step import Step
from watcher.store.engine import writing_engine
from watcher.store.errors import CHUNK, count_errors, known_of, prune_errors
from watcher.store.migrate import MIGRATIONS, migrate
from watcher.store.open import open_store
from watcher.store.records import delivery_fields, job_fields
from watcher.store.schema import metadata


def test_more_errors_than_one_statement_names_are_all_known(tmp_path: Path) -> None:
    """Databases bound the number of parameters; a storm of different errors is not lost."""
    engine = writing_engine(tmp_path / "w.db")
    names = [f"E-{number:016x}" for number in range(2 * CHUNK + 1)]
    event = event_of(1, "a", kind=Kind.NEW_ERROR)
    events = tuple(msgspec.structs.replace(event, fingerprint=name) for name in names)
    with closing(engine.connect()) as connection, connection.begin():
        metadata.create_all(connection)
        count_errors(connection, Step(at=T0, events=events))
        assert {name: Known(name, T0, 1, 1) for name in names} == dict(known_of(connection, names))
        prune_errors(connection, T0)
        assert len(names) == len(known_of(connection, names))
        assert {} == known_of(connection, [])


TEXT = "a.B: lost 17 rows"
OLD_NAME = sha256(b"a.B: lost rows").hexdigest()[:16]
"""What the version before called the error."""


def make_old_store(path: Path, scripts: Path) -> None:
    """A store as the version before left it: one job with an error without a time, told once."""
    shutil.copytree(MIGRATIONS, scripts, ignore=shutil.ignore_patterns("000[4-9]*", "__pycache__"))
    with closing(writing_engine(path).connect()) as connection, connection.begin():
        migrate(connection, scripts)
    run = RunSummary("a", "RUNNING", "RUNNING", 1, None, None, TEXT, 0)
    record = JobRecord(subject_of("a"), run, T0, fingerprints=(OLD_NAME,))
    note = msgspec.json.decode(msgspec.json.encode(notice("a")))
    del note["known"]
    fields = {**delivery_fields(notice("a"), T0), "payload": msgspec.json.encode(note)}
    with closing(sqlite3.connect(path)) as file, file:
        for table, row in (("jobs", job_fields(record)), ("deliveries", fields)):
            marks = ", ".join("?" * len(row))
            file.execute(
                f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})",  # noqa: S608 - ours
                tuple(row.values()),
            )


async def test_no_old_error_is_new_after_an_upgrade(tmp_path: Path) -> None:
    """A store that the version before left is taken over: nothing is told anew, nothing is lost."""
    path = tmp_path / "w.db"
    make_old_store(path, tmp_path / "scripts")
    store = await open_store(path, T0)
    file = plan(rule("errors", "new-error"))
    state = State(await store.load(), file)
    for text, told in (("a.B: lost 99 rows", 0), ("a.B: no disk", 1)):
        run = RunSummary("a", "RUNNING", "RUNNING", 1, None, None, text, 0)
        step = observe(state, Snapshot("prod", STREAM, ("a",), (run,)), T0 + SECOND)
        assert told == len(step.events)
        await store.commit(step)
        state.apply(step)
    (parcel,) = (await store.turn(WIDE, [], T0 + SECOND)).parcels
    await store.close()
    assert (notice("a").id, None) == (parcel.id, parcel.notifications[0].known)
