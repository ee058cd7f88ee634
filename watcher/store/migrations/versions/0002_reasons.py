"""Why a delivery waited, what told it on the fallback, and what a person did about it."""

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
    op.add_column("deliveries", sa.Column("aged_from", sa.BigInteger))
    op.drop_index("deliveries_open", "deliveries")
    op.create_index(
        "deliveries_open",
        "deliveries",
        ["channel", "lane", "seq", "made_at", "aged_from"],
        sqlite_where=sa.text("settled_at IS NULL"),
    )
    op.add_column("decisions", sa.Column("at", sa.BigInteger))
    _make_waits()


def _make_waits() -> None:
    op.create_table(
        "waits",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("channel", sa.Text),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
    op.create_index("waits_until", "waits", ["until"])
