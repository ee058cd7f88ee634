"""What is particular to the database engine: connections, how transactions begin, upserts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, Delete, Engine, Table, Update, create_engine, event
from sqlalchemy.dialects.sqlite import Insert, dialect, insert
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

BUSY_TIMEOUT: Final = "PRAGMA busy_timeout = 10000"
"""Ten seconds: longer than any of our transactions, shorter than a person's patience."""

WRITING: Final = (
    BUSY_TIMEOUT,
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
)
READING: Final = (BUSY_TIMEOUT, "PRAGMA query_only = ON")

_DIALECT: Final = dialect(paramstyle="qmark")


def writing_engine(path: Path) -> Engine:
    """An engine whose every transaction begins as a writer, so that it never fails half-way
    because another connection wrote since its first read.
    """
    url = URL.create("sqlite", database=str(path))
    return _make_engine(url, WRITING, "BEGIN IMMEDIATE")


def reading_engine(path: Path) -> Engine:
    """An engine that cannot write, and that does not make a file where there is none."""
    url = URL.create("sqlite", database=read_only_uri(path), query={"mode": "ro", "uri": "true"})
    return _make_engine(url, READING, "BEGIN")


def read_only_uri(path: Path) -> str:
    """The file as SQLite's URI without its query; a `?`, `#` or `%` in the name stays a name."""
    return f"file:{quote(str(path))}"


def replace_into(table: Table) -> Insert:
    """An insert that replaces the row of the same primary key.

    It writes nothing where the table's last column, of which the others are made, stays the same.
    """
    statement = insert(table)
    others = [column.name for column in table.columns if not column.primary_key]
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={name: statement.excluded[name] for name in others},
        where=table.c[others[-1]].is_distinct_from(statement.excluded[others[-1]]),
    )


def insert_new(table: Table) -> Insert:
    """An insert that leaves a row that is already there as it is."""
    return insert(table).on_conflict_do_nothing()


def names_of(table: Table) -> tuple[str, ...]:
    """The names of all columns of a table."""
    return tuple(column.name for column in table.columns)


class Bulk:
    """A statement for many rows at once, compiled for the driver beforehand.

    Core handles each parameter of each row, which costs more than the database's work.  So the
    rows' values must be what the driver takes: times as microseconds, enums as their values.
    """

    def __init__(self, statement: Insert | Update | Delete, *columns: str) -> None:
        """Compile; an insert names the `columns` that each row gives."""
        compiled = statement.compile(dialect=_DIALECT, column_keys=columns or None)
        self._sql = str(compiled)
        self._names = tuple(compiled.positiontup or ())
        self._constants = {n: v for n, v in compiled.params.items() if v is not None}

    def run(self, connection: Connection, rows: Iterable[Mapping[str, object]]) -> None:
        """Execute it for each row; nothing where there is none."""
        if given := [self._values({**self._constants, **row}) for row in rows]:
            connection.exec_driver_sql(self._sql, given)

    def _values(self, row: Mapping[str, object]) -> tuple[object, ...]:
        return tuple([row[name] for name in self._names])


def _make_engine(url: URL, pragmas: tuple[str, ...], begin: str) -> Engine:
    # Parameters are left out of errors: they hold what the messages say.
    engine = create_engine(
        url,
        poolclass=NullPool,
        hide_parameters=True,
        # One transaction after the other, but not always on the same worker thread.
        connect_args={"check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        # The driver would begin transactions by itself, too late and never for DDL.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
