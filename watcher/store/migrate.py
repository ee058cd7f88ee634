"""Bringing a file to this watcher's schema, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

MIGRATIONS: Final = Path(__file__).with_name("migrations")


def migrate(connection: Connection, scripts: Path = MIGRATIONS) -> None:
    """Run the migrations that are missing, inside the transaction that `connection` has begun."""
    config = Config()
    # The configuration's parser would take a lone `%` for an interpolation.
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
