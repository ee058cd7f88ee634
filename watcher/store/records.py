"""Records as JSON and the key columns beside them: what is written in a row, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, TypeAlias

import msgspec

from watcher.core.alert import Alert, Told
from watcher.core.breaker import Breaker
from watcher.core.delivery import Disposition
from watcher.core.event import Event
from watcher.core.job import JobRecord, SourceRecord
from watcher.core.notification import Notification
from watcher.core.silence import Silence
from watcher.core.step import Decision, Delays, Repeat, Rider
from watcher.store.schema import microseconds

Fields: TypeAlias = Mapping[str, object]

encode: Final = msgspec.json.Encoder().encode
decode_job: Final = msgspec.json.Decoder(JobRecord).decode
decode_delays: Final = msgspec.json.Decoder(Delays).decode
decode_source: Final = msgspec.json.Decoder(SourceRecord).decode
decode_alert: Final = msgspec.json.Decoder(Alert).decode
decode_told: Final = msgspec.json.Decoder(Told).decode
decode_repeat: Final = msgspec.json.Decoder(Repeat).decode
decode_rider: Final = msgspec.json.Decoder(Rider).decode
decode_event: Final = msgspec.json.Decoder(Event).decode
decode_notification: Final = msgspec.json.Decoder(Notification).decode
decode_silence: Final = msgspec.json.Decoder(Silence).decode
decode_breaker: Final = msgspec.json.Decoder(Breaker).decode


def job_fields(record: JobRecord) -> Fields:
    """A row of `jobs`."""
    return {
        "lane": record.subject.lane,
        "source": record.subject.source,
        "job_type": record.subject.job_type,
        "expect_state": record.run and record.run.expect_state,
        "actual_state": record.run and record.run.actual_state,
        "record": encode(record),
    }


def delays_fields(delays: Delays) -> Fields:
    """A row of `delays`."""
    return {
        "source": delays.source,
        "job_type": delays.job_type,
        "key": delays.key,
        "at": microseconds(delays.at),
        "record": encode(delays),
    }


def source_fields(record: SourceRecord) -> Fields:
    """A row of `sources`."""
    return {
        "name": record.name,
        "read_at": record.read_at and microseconds(record.read_at),
        "record": encode(record),
    }


def alert_fields(alert: Alert) -> Fields:
    """A row of `alerts`."""
    return {
        "lane": alert.subject.lane,
        "rule": alert.rule,
        "kind": alert.kind.value,
        "id": alert.id,
        "phase": alert.phase.value,
        "event": alert.event,
        "record": encode(alert),
    }


def told_fields(told: Told) -> Fields:
    """A row of `told`."""
    return {
        "lane": told.subject.lane,
        "channel": told.channel,
        "kind": told.kind.value,
        "alert": told.alert,
        "event": told.event,
        "record": encode(told),
    }


def repeat_fields(repeat: Repeat) -> Fields:
    """A row of `repeats`."""
    return {
        "lane": repeat.subject.lane,
        "rule": repeat.rule,
        "fingerprint": repeat.fingerprint,
        "record": encode(repeat),
    }


def rider_fields(rider: Rider) -> Fields:
    """A row of `riders`."""
    return {"event": rider.event.id, "channel": rider.channel, "record": encode(rider)}


def event_fields(event: Event) -> Fields:
    """A row of `events`."""
    return {
        "id": event.id,
        "kind": event.kind.value,
        "job": event.subject.job,
        "detected_at": microseconds(event.detected_at),
        "record": encode(event),
    }


def decision_fields(decision: Decision, at: datetime) -> Fields:
    """A row of `decisions`, made in the Step of that time."""
    return {
        "event": decision.event,
        "why": decision.why.value,
        "rule": decision.rule,
        "channel": decision.channel,
        "notification": decision.notification,
        "at": microseconds(at),
        "by": decision.by,
    }


def silence_fields(silence: Silence) -> Fields:
    """A row of `silences`."""
    return {
        "id": silence.id,
        "created_at": microseconds(silence.created_at),
        "until": silence.until and microseconds(silence.until),
        "expired_at": silence.expired_at and microseconds(silence.expired_at),
        "record": encode(silence),
    }


def delivery_fields(notification: Notification, made_at: datetime) -> Fields:
    """A row of `deliveries` for one notification: waiting, untried, due when its wait is over."""
    hold_until = notification.hold_until
    return {
        "id": notification.id,
        "channel": notification.channel,
        "lane": notification.subject.lane,
        "alert": notification.alert,
        "kind": notification.event.kind.value,
        "rule": notification.rule,
        "status": notification.status.value,
        "reason": notification.reason.value,
        "severity": int(notification.severity),
        "group_key": notification.group,
        "made_at": microseconds(made_at),
        "hold_until": hold_until and microseconds(hold_until),
        "due_at": microseconds(hold_until or made_at),
        "disposition": Disposition.WAITING.value,
        "attempts": 0,
        "alone": False,
        "shrink": False,
        "absorbed": notification.absorbed,
        "payload": encode(notification),
    }
