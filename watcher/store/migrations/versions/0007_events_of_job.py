"""What happened to one job is found without looking through everything that happened."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index events by their job."""
    op.create_index("events_job", "events", ["job", "id"])
