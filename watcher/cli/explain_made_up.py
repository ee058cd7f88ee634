"""What `watcher explain --kind …` shows: the way that a made-up event would take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from watcher.cli.explain_event import fit_data, show_rules
from watcher.cli.look import clock_face, what_happened
from watcher.cli.tables import print_table, say
from watcher.core.event import Event
from watcher.core.fitting import fits_of
from watcher.core.span import format_span
from watcher.messages.decisions import reason_of
from watcher.messages.title import title
from watcher.messages.wording import Language, Wording

if TYPE_CHECKING:
    from watcher.config.resolve import Resolved
    from watcher.core.notification import Notification
    from watcher.core.rehearsal import MadeUp
    from watcher.core.step import Decision, Step


def asked_event(made_up: MadeUp, steps: Sequence[Step], now: datetime) -> Event:
    """The event of the kind that was asked for; one without facts where no reading brings it."""
    events = (event for step in steps for event in step.events)
    found = next((event for event in events if event.kind is made_up.kind), None)
    told = (one.event for step in steps for one in step.notifications)
    found = found or next((event for event in told if event.kind is made_up.kind), None)
    return found or Event(0, made_up.kind, made_up.subject, now, now)


def made_up_data(
    made_up: MadeUp, steps: Sequence[Step], resolved: Resolved, now: datetime
) -> dict[str, object]:
    """The same for programs."""
    event = asked_event(made_up, steps, now)
    return {
        "event": event,
        "rules": [fit_data(fit) for fit in fits_of(resolved.plan, event)],
        "steps": [
            {
                "after": format_span(step.at - now),
                "events": step.events,
                "decisions": [{"decision": one, "words": reason_of(one)} for one in step.decisions],
                "pending": [a for a in step.alerts if not a.fires],
                "messages": [
                    {"channel": one.channel, "rule": one.rule, "title": _title(one, step, resolved)}
                    for one in step.notifications
                ],
            }
            for step in steps
        ],
    }


def show_made_up(made_up: MadeUp, steps: Sequence[Step], resolved: Resolved, now: datetime) -> None:
    """The rules, then what would be decided, and when, for a person."""
    event = asked_event(made_up, steps, now)
    say(f"Made up: {made_up.kind.value} of {made_up.subject.lane}; nothing is saved or sent.\n")
    show_rules(fits_of(resolved.plan, event), event)
    if not steps:
        return
    kinds = {one.id: one for step in steps for one in step.events}
    print_table(
        "what would be decided",
        ("after", "event", "rule", "channel", "what would become of it", "title of the message"),
        [row for step in steps for row in _rows(step, kinds, resolved, now)],
    )


def _rows(
    step: Step, kinds: dict[int, Event], resolved: Resolved, now: datetime
) -> Iterator[tuple[object, ...]]:
    after, when = format_span(step.at - now), clock_face(resolved)
    told = {one.id: one for one in step.notifications}
    for decision in step.decisions:
        message = told.get(decision.notification or "")
        name = _name(decision, kinds, message)
        words = _title(message, step, resolved) if message else None
        yield after, name, decision.rule, decision.channel, reason_of(decision), words
    for alert in step.alerts:
        rule = resolved.plan.rule(alert.rule)
        if alert.phase.value == "pending" and rule is not None and not rule.counts:
            due = alert.since + rule.span_for(alert.kind, alert.verdict)
            fires = f"waits; fires at {when(due)} if it is still so"
            yield after, alert.kind.value, alert.rule, None, fires, None


def _name(decision: Decision, kinds: dict[int, Event], message: Notification | None) -> str:
    event = kinds.get(decision.event) or (message.event if message else None)
    return f"{event.kind.value} {what_happened(event)}" if event else f"event {decision.event}"


def _title(one: Notification, step: Step, resolved: Resolved) -> str:
    words = Wording(Language(resolved.language), resolved.timezone)
    return title(one, step.at, words)
