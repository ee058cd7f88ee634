"""How often each error was seen, by job: counted in the Step that saw it, told in the same one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from watcher.core.known import fill_known, sightings, told_errors
from watcher.core.notification import Known
from watcher.core.step import Step
from watcher.store.engine import Bulk, names_of
from watcher.store.schema import errors, microseconds

CHUNK: Final = 500

_row: Final = errors.c
_new: Final = insert(errors)
_SEEN: Final = Bulk(
    _new.on_conflict_do_update(
        index_elements=[_row.fingerprint, _row.lane],
        set_={
            "last_seen_at": func.max(_row.last_seen_at, _new.excluded.last_seen_at),
            "times": _row.times + 1,
        },
    ),
    *names_of(errors),
)
_KNOWN: Final = (
    select(
        _row.fingerprint,
        func.min(_row.first_seen_at, type_=_row.first_seen_at.type).label("first_seen_at"),
        func.sum(_row.times).label("times"),
        func.count().label("jobs"),
    )
    .where(_row.fingerprint.in_(bindparam("prints", expanding=True)))
    .group_by(_row.fingerprint)
)


def count_errors(connection: Connection, step: Step) -> Step:
    """Count what the Step saw; the Step, with what is then known of the errors that it tells."""
    _SEEN.run(
        connection,
        (
            {
                "fingerprint": seen.fingerprint,
                "lane": seen.lane,
                "first_seen_at": microseconds(seen.at),
                "last_seen_at": microseconds(seen.at),
                "times": 1,
            }
            for seen in sightings(step)
        ),
    )
    told = told_errors(step)
    return (
        fill_known(step, told, known_of(connection, sorted(set(told.values())))) if told else step
    )


def known_of(connection: Connection, prints: Sequence[str]) -> Mapping[str, Known]:
    """What is known of each fingerprint that was ever counted."""
    known: dict[str, Known] = {}
    for start in range(0, len(prints), CHUNK):
        found = connection.execute(_KNOWN, {"prints": prints[start : start + CHUNK]})
        known |= {row.fingerprint: Known(*row) for row in found}
    return known


def prune_errors(connection: Connection, before: datetime) -> None:
    """Forget the errors that no job has had since; one that still comes keeps its whole past."""
    old = (
        select(_row.fingerprint)
        .group_by(_row.fingerprint)
        .having(func.max(_row.last_seen_at, type_=_row.last_seen_at.type) < before)
    )
    connection.execute(delete(errors).where(_row.fingerprint.in_(old)))
