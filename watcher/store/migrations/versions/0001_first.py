"""The first schema: what is known of jobs and alerts, what was decided, and the outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Instant = sa.BigInteger


def upgrade() -> None:
    """Make every table."""
    _make_jobs()
    _make_alerts()
    _make_history()
    _make_outbox()
    _make_indexes()
    _make_attempts()


def _make_jobs() -> None:
    op.create_table(
        "meta",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "jobs",
        sa.Column("lane", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("job_type", sa.Text, nullable=False),
        sa.Column("expect_state", sa.Text),
        sa.Column("actual_state", sa.Text),
        sa.Column("record", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "delays",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("job_type", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("record", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "sources",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("read_at", Instant),
        sa.Column("record", sa.LargeBinary, nullable=False),
    )


def _make_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("lane", sa.Text, primary_key=True),
        sa.Column("rule", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("event", sa.BigInteger, nullable=False),
        sa.Column("record", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "told",
        sa.Column("lane", sa.Text, primary_key=True),
        sa.Column("channel", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("alert", sa.Text, nullable=False),
        sa.Column("event", sa.BigInteger, nullable=False),
        sa.Column("record", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "repeats",
        sa.Column("lane", sa.Text, primary_key=True),
        sa.Column("rule", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, primary_key=True),
        sa.Column("record", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "counters",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "breakers",
        sa.Column("channel", sa.Text, primary_key=True),
        sa.Column("record", sa.LargeBinary, nullable=False),
    )


def _make_history() -> None:
    op.create_table(
        "events",
        sa.Column("id", Serial, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("job", sa.Text),
        sa.Column("detected_at", Instant, nullable=False),
        sa.Column("record", sa.LargeBinary, nullable=False),
    )
    op.create_index("events_detected", "events", ["detected_at"])
    op.create_table(
        "decisions",
        sa.Column("seq", Serial, primary_key=True),
        sa.Column("event", sa.BigInteger, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("rule", sa.Text),
        sa.Column("channel", sa.Text),
        sa.Column("notification", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_index("decisions_event", "decisions", ["event"])


def _make_outbox() -> None:
    op.create_table(
        "deliveries",
        sa.Column("seq", Serial, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("lane", sa.Text),
        sa.Column("alert", sa.Text),
        sa.Column("kind", sa.Text),
        sa.Column("rule", sa.Text),
        sa.Column("status", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("severity", sa.SmallInteger, nullable=False),
        sa.Column("group_key", sa.Text),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("hold_until", Instant),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("disposition", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("bundle", sa.Text),
        sa.Column("alone", sa.Boolean, nullable=False),
        sa.Column("shrink", sa.Boolean, nullable=False),
        sa.Column("absorbed", sa.Boolean, nullable=False),
        sa.Column("settled_at", Instant),
        sa.Column("why", sa.Text),
        sa.Column("payload", sa.LargeBinary),
        sqlite_autoincrement=True,
    )


def _make_indexes() -> None:
    waiting, still_open = "disposition = 'waiting'", "settled_at IS NULL"
    _index("waiting", "channel", sa.text("severity DESC"), "seq", where=waiting)
    _index("due", "channel", "due_at", where=waiting)
    _index("leased", "channel", where="disposition = 'leased'")
    _index("open", "channel", "lane", "seq", "made_at", where=still_open)
    _index("settled", "settled_at", where="settled_at IS NOT NULL")
    _index("bundle", "bundle", where="bundle IS NOT NULL")
    op.create_index("deliveries_alert", "deliveries", ["alert"])


def _index(name: str, *columns: str | sa.TextClause, where: str) -> None:
    op.create_index(
        f"deliveries_{name}",
        "deliveries",
        list(columns),
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def _make_attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("seq", Serial, primary_key=True),
        sa.Column("delivery", sa.Text),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("robot", sa.Text, nullable=False),
        sa.Column("begun_at", Instant, nullable=False),
        sa.Column("ended_at", Instant),
        sa.Column("fate", sa.Text),
        sa.Column("code", sa.Text),
        sa.Column("status", sa.Integer),
        sa.Column("detail", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_index("attempts_delivery", "attempts", ["delivery", "number"])
    op.create_index("attempts_robot", "attempts", ["robot", "begun_at"])
