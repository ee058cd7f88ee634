"""What the store knows that a silence can be about: jobs, rules and errors, and what fires."""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import Connection, select

from watcher.core.alert import Alert
from watcher.core.subject import Subject
from watcher.store import records, schema


class Known(msgspec.Struct, frozen=True):
    """What has been seen: each job with its latest error, every fingerprint, and what fires now."""

    jobs: dict[Subject, str | None]
    sources: frozenset[str]
    rules: frozenset[str]
    errors: frozenset[str]
    firing: tuple[Alert, ...]


class Glimpse(msgspec.Struct, frozen=True):
    """What of a job's record is looked at here; the rest is skipped, however long it is."""

    subject: Subject
    fingerprints: tuple[str, ...] = ()


_glimpse: Final = msgspec.json.Decoder(Glimpse).decode


def read_known(connection: Connection) -> Known:
    """Look at everything once."""
    jobs = [_glimpse(row) for row in connection.scalars(select(schema.jobs.c.record))]
    told = connection.scalars(select(schema.repeats.c.fingerprint).distinct())
    alerts = [
        records.decode_alert(row) for row in connection.scalars(select(schema.alerts.c.record))
    ]
    return Known(
        jobs={job.subject: _latest(job) for job in jobs},
        sources=frozenset(connection.scalars(select(schema.sources.c.name))),
        rules=frozenset(alert.rule for alert in alerts),
        errors=frozenset(told) | {print_ for job in jobs for print_ in job.fingerprints},
        firing=tuple(alert for alert in alerts if alert.fires),
    )


def _latest(job: Glimpse) -> str | None:
    return job.fingerprints[-1] if job.fingerprints else None
