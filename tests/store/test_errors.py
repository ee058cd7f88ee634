"""How errors are counted where there are more of them than one statement takes."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import msgspec

from tests.store.samples import T0, event_of
from watcher.core.event import Kind
from watcher.core.notification import Known
from watcher.core.step import Step
from watcher.store.engine import writing_engine
from watcher.store.errors import CHUNK, count_errors, known_of, prune_errors
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
        assert dict.fromkeys(names, Known(T0, 1, 1)) == dict(known_of(connection, names))
        prune_errors(connection, T0)
        assert len(names) == len(known_of(connection, names))
        assert {} == known_of(connection, [])
