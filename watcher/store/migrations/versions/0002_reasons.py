"""Why a delivery waited, and what told it on the channel's fallback."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and the index by which the dead that nobody told are found."""
    op.add_column("deliveries", sa.Column("deferred", sa.Text))
    op.add_column("deliveries", sa.Column("fell_back", sa.Text))
    op.create_index(
        "deliveries_dead",
        "deliveries",
        ["channel", "settled_at"],
        sqlite_where=sa.text("disposition = 'dead'"),
    )
