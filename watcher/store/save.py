"""Saving one Step: its records, events and decisions, and an outbox row for each notification."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection, bindparam, delete, select, update

from watcher.core.alert import Alert, Phase
from watcher.core.delivery import Disposition
from watcher.core.notification import Notification, Reason, Status
from watcher.core.recall import fill, lacking
from watcher.core.run_summary import RunSummary
from watcher.core.sound import GROUP_WAIT
from watcher.core.step import Step
from watcher.core.subject import Subject
from watcher.store import records, schema
from watcher.store.engine import Bulk, insert_new, names_of, replace_into
from watcher.store.errors import count_errors
from watcher.store.moving import move_outbox, put_anchor
from watcher.store.schema import MICROSECOND, deliveries, microseconds
from watcher.store.silences import end_silences
from watcher.store.stranded import mark_fallen

CHUNK: Final = 500
"""How many ids one statement names; databases bound the number of parameters."""

_PUT_JOB: Final = Bulk(replace_into(schema.jobs), *names_of(schema.jobs))
_PUT_DELAYS: Final = Bulk(replace_into(schema.delays), *names_of(schema.delays))
_PUT_SOURCE: Final = Bulk(replace_into(schema.sources), *names_of(schema.sources))
_PUT_ALERT: Final = Bulk(replace_into(schema.alerts), *names_of(schema.alerts))
_PUT_TOLD: Final = Bulk(replace_into(schema.told), *names_of(schema.told))
_PUT_REPEAT: Final = Bulk(replace_into(schema.repeats), *names_of(schema.repeats))
_PUT_RIDER: Final = Bulk(replace_into(schema.riders), *names_of(schema.riders))
_PUT_COUNTER: Final = Bulk(replace_into(schema.counters), *names_of(schema.counters))
_ADD_EVENT: Final = Bulk(insert_new(schema.events), *names_of(schema.events))
_ADD_DECISION: Final = Bulk(
    insert_new(schema.decisions), *("event", "why", "rule", "channel", "notification", "at", "by")
)
_ADD_DELIVERY: Final = Bulk(
    insert_new(deliveries),
    *("id", "channel", "lane", "alert", "kind", "rule", "status", "reason", "severity"),
    *("group_key", "made_at", "hold_until", "due_at", "disposition", "attempts", "alone"),
    *("shrink", "absorbed", "payload"),
)

_DROP_JOB: Final = Bulk(delete(schema.jobs).where(schema.jobs.c.lane == bindparam("of")))
_DROP_REPEATS_OF_JOB: Final = Bulk(
    delete(schema.repeats).where(schema.repeats.c.lane == bindparam("of"))
)
_DROP_ALERT: Final = Bulk(
    delete(schema.alerts).where(
        schema.alerts.c.lane == bindparam("of"),
        schema.alerts.c.rule == bindparam("by"),
        schema.alerts.c.kind == bindparam("what"),
    )
)
_DROP_TOLD: Final = Bulk(
    delete(schema.told).where(
        schema.told.c.lane == bindparam("of"),
        schema.told.c.channel == bindparam("by"),
        schema.told.c.kind == bindparam("what"),
    )
)
_DROP_REPEAT: Final = Bulk(
    delete(schema.repeats).where(
        schema.repeats.c.lane == bindparam("of"),
        schema.repeats.c.rule == bindparam("by"),
        schema.repeats.c.fingerprint == bindparam("what"),
    )
)

_DROP_RIDER: Final = Bulk(
    delete(schema.riders).where(
        schema.riders.c.event == bindparam("what"), schema.riders.c.channel == bindparam("by")
    )
)

_untried: Final = (schema.has(Disposition.WAITING), deliveries.c.attempts == 0)
_UNTRIED_AMONG: Final = select(deliveries.c.id, deliveries.c.payload).where(
    deliveries.c.id.in_(bindparam("ids", expanding=True)), *_untried
)
_MERGE: Final = Bulk(
    update(deliveries)
    .where(
        deliveries.c.alert == bindparam("of"),
        deliveries.c.channel == bindparam("by"),
        deliveries.c.id != bindparam("into"),
        *_untried,
    )
    .values(
        disposition=Disposition.MERGED.value,
        bundle=bindparam("into"),
        settled_at=bindparam("at"),
    )
)
_taker: Final = deliveries.alias("taker")
_MERGE_REMINDERS: Final = Bulk(
    update(deliveries)
    .where(
        deliveries.c.alert == bindparam("of"),
        deliveries.c.channel == bindparam("by"),
        deliveries.c.reason == Reason.REMINDER.value,
        schema.has(Disposition.WAITING),
        deliveries.c.seq
        < select(_taker.c.seq).where(_taker.c.id == bindparam("into")).scalar_subquery(),
    )
    .values(
        disposition=Disposition.MERGED.value,
        bundle=bindparam("into"),
        settled_at=bindparam("at"),
    )
)
_MERGE_ONE: Final = Bulk(
    update(deliveries)
    .where(deliveries.c.id == bindparam("of"), *_untried)
    .values(
        disposition=Disposition.MERGED.value,
        bundle=bindparam("into"),
        settled_at=bindparam("at"),
    )
)
_MARK_ABSORBED: Final = Bulk(
    update(deliveries)
    .where(deliveries.c.id == bindparam("into"))
    .values(absorbed=True, payload=bindparam("text"), due_at=bindparam("due"))
)
# Whatever else happens to a job shall not wait until the end before it has waited for others.
_HURRY: Final = Bulk(
    update(deliveries)
    .where(
        deliveries.c.channel == bindparam("by"),
        deliveries.c.lane == bindparam("of"),
        deliveries.c.settled_at.is_(None),
        deliveries.c.due_at > bindparam("due"),
        *_untried,
    )
    .values(due_at=bindparam("due"), hold_until=bindparam("due"))
)


_JOBS_AT: Final = select(schema.jobs.c.record).where(
    schema.jobs.c.lane.in_(bindparam("lanes", expanding=True))
)


def save_step(connection: Connection, step: Step) -> None:
    """Write all that the Step says, in the order in which the state in memory takes it in."""
    step = count_errors(connection, _recall(connection, step))
    if step.moved:
        move_outbox(connection, step.moved, step.at)
    if step.anchor is not None:
        put_anchor(connection, step.anchor)
    _save_jobs(connection, step)
    _PUT_DELAYS.run(connection, map(records.delays_fields, step.delays))
    _PUT_SOURCE.run(connection, map(records.source_fields, step.sources))
    _ADD_EVENT.run(connection, map(records.event_fields, step.events))
    _save_alerts(connection, step.alerts)
    _save_told(connection, step)
    _save_repeats(connection, step)
    _PUT_RIDER.run(connection, map(records.rider_fields, step.riders))
    _DROP_RIDER.run(connection, ({"what": e, "by": c} for _, e, c in step.riders_ended))
    _PUT_COUNTER.run(connection, ({"name": n, "value": v} for n, v in step.counters))
    _add_notifications(connection, step.notifications, step.at)
    at = microseconds(step.at)
    _MERGE_ONE.run(connection, ({"of": o, "into": i, "at": at} for o, i in step.merges))
    _ADD_DECISION.run(connection, (records.decision_fields(d, step.at) for d in step.decisions))
    mark_fallen(connection, step.fell_back)
    end_silences(connection, step.silences_ended)


def _recall(connection: Connection, step: Step) -> Step:
    """The Step with the error texts that memory does not keep, before they are overwritten."""
    lanes = [subject.lane for subject in lacking(step)]
    if not lanes:
        return step
    saved: dict[Subject, RunSummary] = {}
    for start in range(0, len(lanes), CHUNK):
        found = connection.scalars(_JOBS_AT, {"lanes": lanes[start : start + CHUNK]})
        saved |= {job.subject: job.run for job in map(records.decode_job, found) if job.run}
    return fill(step, saved)


def _save_jobs(connection: Connection, step: Step) -> None:
    _PUT_JOB.run(connection, map(records.job_fields, step.jobs))
    gone = [{"of": subject.lane} for subject in step.jobs_gone]
    _DROP_JOB.run(connection, gone)
    _DROP_REPEATS_OF_JOB.run(connection, gone)


def _save_alerts(connection: Connection, alerts: Sequence[Alert]) -> None:
    last = {(alert.subject, alert.key): alert for alert in alerts}.values()
    living = [alert for alert in last if alert.phase in (Phase.PENDING, Phase.FIRING)]
    over = [alert for alert in last if alert.phase in (Phase.RESOLVED, Phase.WITHDRAWN)]
    _PUT_ALERT.run(connection, map(records.alert_fields, living))
    _DROP_ALERT.run(
        connection,
        ({"of": a.subject.lane, "by": a.rule, "what": a.kind.value} for a in over),
    )


def _save_told(connection: Connection, step: Step) -> None:
    _PUT_TOLD.run(connection, map(records.told_fields, step.told))
    _DROP_TOLD.run(
        connection,
        ({"of": s.lane, "by": channel, "what": kind.value} for s, channel, kind in step.told_ended),
    )


def _save_repeats(connection: Connection, step: Step) -> None:
    _PUT_REPEAT.run(connection, map(records.repeat_fields, step.repeats))
    _DROP_REPEAT.run(
        connection,
        ({"of": s.lane, "by": rule, "what": text} for s, rule, text in step.repeats_ended),
    )


def _add_notifications(
    connection: Connection, notifications: Sequence[Notification], at: datetime
) -> None:
    _ADD_DELIVERY.run(connection, (records.delivery_fields(n, at) for n in notifications))
    following = filter(_follows_in_chat, notifications)
    _HURRY.run(connection, (_hurry(n, microseconds(at)) for n in following))
    takers = filter(_replaces_reminders, notifications)
    _MERGE_REMINDERS.run(
        connection,
        ({"of": n.alert, "by": n.channel, "into": n.id, "at": microseconds(at)} for n in takers),
    )
    ends = [n for n in notifications if n.absorbs is not None]
    for start in range(0, len(ends), CHUNK):
        _absorb(connection, ends[start : start + CHUNK], microseconds(at))


def _replaces_reminders(notification: Notification) -> bool:
    """Whether a chat need not be reminded any more once it gets this; only chats have groups."""
    ends = notification.status is Status.RESOLVED
    return notification.group is not None and (ends or notification.reason is Reason.REMINDER)


def _absorb(connection: Connection, ends: Sequence[Notification], at: int) -> None:
    named = [end.absorbs for end in ends]
    untried = {row.id: row.payload for row in connection.execute(_UNTRIED_AMONG, {"ids": named})}
    absorbing = [end for end in ends if end.absorbs in untried]
    _MERGE.run(
        connection,
        ({"of": n.alert, "by": n.channel, "into": n.id, "at": at} for n in absorbing),
    )
    _MARK_ABSORBED.run(
        connection,
        (
            {
                "into": n.id,
                "text": records.encode(_absorbed(n, untried[n.absorbs])),
                "due": _due(n, at),
            }
            for n in absorbing
        ),
    )


def _absorbed(end: Notification, beginning: bytes) -> Notification:
    """The end with what the beginning would have told besides."""
    riders = records.decode_notification(beginning).riders
    return msgspec.structs.replace(end, absorbed=True, riders=riders)


def _due(absorbing: Notification, at: int) -> int:
    """What tells of a beginning too waits no longer than that would have."""
    held = absorbing.hold_until
    return at if held is None else min(microseconds(held), at + GROUP_WAIT // MICROSECOND)


def _follows_in_chat(notification: Notification) -> bool:
    ends = notification.status is Status.RESOLVED
    return notification.group is not None and not ends and notification.sequence > 1


def _hurry(notification: Notification, at: int) -> records.Fields:
    held = notification.hold_until
    due = microseconds(held) if held else at
    return {"by": notification.channel, "of": notification.subject.lane, "due": due}
