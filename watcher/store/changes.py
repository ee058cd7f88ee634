"""Whether anything was saved since the last look."""

from __future__ import annotations

from sqlalchemy import Connection


def read_version(connection: Connection) -> int:
    """A number that differs after any other connection has saved something.

    It means something only beside numbers that the same connection gave.
    """
    return int(connection.exec_driver_sql("PRAGMA data_version").scalar_one())
