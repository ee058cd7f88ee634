"""Events that wait to travel in the message of their job's mismatch."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add their table."""
    op.create_table(
        "riders",
        sa.Column("event", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("channel", sa.Text, primary_key=True),
        sa.Column("record", sa.LargeBinary, nullable=False),
    )
