"""The gates that people close: silences and maintenance windows; what they take hold of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from watcher.core.alert import Alert, Hush
from watcher.core.draft import Draft
from watcher.core.event import Kind
from watcher.core.gate import Asked, Gate
from watcher.core.silence import MADE_BY_ERRORS, Silence
from watcher.core.subject import Subject
from watcher.core.why import Why
from watcher.core.window import Window, is_open, opened_at


def silenced(draft: Draft, asked: Asked) -> Gate | None:
    """Whether a person's silence stops this, and which."""
    event = asked.event
    for silence in draft.shutters.silences():
        error = event.fingerprint or _error_of(draft, event.subject, event.kind)
        if silence.matchers.fit(event.subject, event.kind, asked.rule.name, error):
            return Gate(Why.SILENCED, silence.id)
    return None


def in_window(draft: Draft, asked: Asked) -> Gate | None:
    """Whether a maintenance window is open for this, and which."""
    subject = asked.event.subject
    for window in draft.plan.windows:
        if is_open(window.schedule, draft.now) and _is_about(draft, window, subject):
            return Gate(Why.WINDOW, window.name)
    return None


def _error_of(draft: Draft, subject: Subject, kind: Kind) -> str | None:
    """The fingerprint that counts for what an error makes: the job's latest."""
    if kind not in MADE_BY_ERRORS:
        return None
    record = draft.record(subject)
    return record.fingerprints[-1] if record and record.fingerprints else None


def _is_about(draft: Draft, window: Window, subject: Subject) -> bool:
    """Windows are for jobs and sources; that a channel cannot be told is no maintenance of jobs."""
    return subject.source is not None and window.match.admits_place(
        subject.source,
        draft.plan.project_of(subject),
        subject.job_type,
        subject.job,
        draft.plan.labels_of(subject),
    )


def take_hold(draft: Draft) -> None:
    """Let what came into force since the last Step hold what channels were told of before it.

    If it still lasts when the gate opens again, they are told so.
    """
    for silence in draft.shutters.silences():
        gate = Gate(Why.SILENCED, silence.id)
        if draft.shutters.begin_hold(gate, silence.created_at):
            _hold(draft, gate, list(_firing(draft, silence)))
    for window, opened in _open(draft):
        gate = Gate(Why.WINDOW, window.name)
        if draft.shutters.begin_hold(gate, opened):
            found = [alert for alert in draft.firing() if _is_about(draft, window, alert.subject)]
            _hold(draft, gate, found)


def watch_gates(draft: Draft) -> None:
    """Note which of these gates are closed now, so that what one of them held is looked at again
    once it is open, and not before.
    """
    silences = (Gate(Why.SILENCED, silence.id) for silence in draft.shutters.silences())
    windows = (Gate(Why.WINDOW, window.name) for window, _ in _open(draft))
    draft.shutters.note_shut(frozenset(gate.key for gate in (*silences, *windows)))


def _open(draft: Draft) -> Iterator[tuple[Window, datetime]]:
    """The windows that are open, and since when."""
    for window in draft.plan.windows:
        opened = opened_at(window.schedule, draft.now)
        if opened is not None:
            yield window, opened


def _hold(draft: Draft, gate: Gate, alerts: list[Alert]) -> None:
    for alert in alerts:
        held = {hush.channel for hush in alert.hushed}
        told = draft.told_of(alert.subject, alert.kind)
        new = tuple(
            Hush(channel, gate.why, gate.by)
            for channel in told
            if channel not in held and _tells(draft, alert, channel)
        )
        if new:
            draft.put_alert(msgspec.structs.replace(alert, hushed=(*alert.hushed, *new)))


def _tells(draft: Draft, alert: Alert, channel: str) -> bool:
    """Whether an alert's rule tells a channel by itself, and not as another's fallback."""
    rule = draft.plan.rule(alert.rule)
    if rule is None:
        return False
    return channel in rule.notify or (rule.builtin and alert.subject.channel is not None)


def _firing(draft: Draft, silence: Silence) -> Iterator[Alert]:
    """The alerts that fire and that a silence fits."""
    for alert in draft.firing():
        error = _error_of(draft, alert.subject, alert.kind)
        if silence.matchers.fit(alert.subject, alert.kind, alert.rule, error):
            yield alert


def end_recovered(draft: Draft) -> None:
    """End the silences that wait for recovery and fit nothing any more that fires."""
    for silence in draft.shutters.silences():
        if silence.until_recovered and next(_firing(draft, silence), None) is None:
            draft.shutters.end_silence(msgspec.structs.replace(silence, expired_at=draft.now))
