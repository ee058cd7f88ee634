"""What `watcher explain EVENT_ID` shows: the rules, the decisions, the messages and attempts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

import click

from watcher.cli.look import clock_face, what_happened
from watcher.cli.tables import print_table, say
from watcher.core.fitting import Fit, fits_of
from watcher.core.outlook import Ahead, Outlook, outlook
from watcher.core.span import format_span
from watcher.messages.decisions import words_of

if TYPE_CHECKING:
    from watcher.config.resolve import Resolved
    from watcher.core.alert import Alert
    from watcher.core.event import Event
    from watcher.core.plan import Plan
    from watcher.core.run_summary import RunSummary
    from watcher.store.traces import Sent, Trace

SHORT_ID: Final = 12

When = Callable[[datetime | None], str | None]


def event_data(trace: Trace, plan: Plan) -> dict[str, object]:
    """The same for programs."""
    return {
        "event": trace.event,
        "rules": [fit_data(fit) for fit in fits_of(plan, trace.event)],
        "decisions": [
            {
                "at": one.at,
                "rule": one.rule,
                "channel": one.channel,
                "why": one.why,
                "words": words_of(one.why, one.by),
                "by": one.by,
                "notification": one.notification,
            }
            for one in trace.decisions
        ],
        "messages": trace.messages,
        "alerts": trace.alerts,
    }


def fit_data(fit: Fit) -> dict[str, object]:
    """One rule's answer for programs."""
    return {
        "rule": fit.rule.name,
        "fits": fit.is_reached,
        "misfit": fit.misfit,
        "stopped_by": fit.stopped_by,
    }


def show_event(trace: Trace, resolved: Resolved) -> None:
    """Everything about one event, for a person."""
    event, when = trace.event, clock_face(resolved)
    say(f"Event {event.id}: {event.kind.value} of {event.subject.lane}")
    say(f"  when     {when(event.detected_at)}  {what_happened(event)}")
    for name, run in (("before", event.previous), ("then", event.run)):
        if run is not None:
            say(f"  {name:8} {run_line(run)}")
    click.echo()
    show_rules(fits_of(resolved.plan, event), event)
    print_table(
        "what was decided",
        ("when", "rule", "channel", "what became of it", "message"),
        [
            (
                when(one.at),
                one.rule,
                one.channel,
                words_of(one.why, one.by),
                one.notification and one.notification[:SHORT_ID],
            )
            for one in trace.decisions
        ],
    )
    show_alerts(trace.alerts, resolved)
    show_messages(trace.messages, when)


def run_line(run: RunSummary) -> str:
    """A run summary on one line."""
    return (
        f"should be {run.expect_state}, is {run.actual_state} · instance {run.instance_id}"
        f" · delay {'–' if run.input_delay_ms is None else f'{run.input_delay_ms} ms'}"
    )


def show_rules(fits: Iterable[Fit], event: Event) -> None:
    """Each rule in order, and what kept the event from it."""
    print_table(
        "rules of the file as it is now, in order",
        ("rule", "fits", "why", "waits", "tells"),
        [
            (
                fit.rule.name,
                "yes" if fit.is_reached else "no",
                fit_words(fit),
                format_span(fit.rule.span_for(event.kind, event.verdict)) if fit.is_reached else "",
                ", ".join(fit.rule.notify) if fit.is_reached else "",
            )
            for fit in fits
        ],
    )


def fit_words(fit: Fit) -> str:
    """Why a rule is asked or not, in words."""
    if fit.misfit is not None:
        found = "nothing" if fit.misfit.found is None else fit.misfit.found
        return f"{fit.misfit.key}: wants {fit.misfit.wanted}, not {found}"
    if fit.stopped_by is not None:
        return f"it would, but rule {fit.stopped_by!r} before it has stop = true"
    return "everything that it asks for"


def show_alerts(alerts: Sequence[Alert], resolved: Resolved) -> None:
    """What waits or fires, with its clock."""
    when = clock_face(resolved)
    print_table(
        "alerts that live by it",
        ("rule", "kind", "phase", "since", "clock"),
        [
            (a.rule, a.kind.value, a.phase.value, when(a.since), clock_words(a, resolved))
            for a in alerts
        ],
    )


def clock_words(alert: Alert, resolved: Resolved) -> str:
    """When a pending alert fires, or what goes on with a firing one."""
    when = clock_face(resolved)
    parts = [f"fires since {when(alert.fired_at)}"] if alert.fires else []
    parts += _ahead(outlook(alert, resolved.plan.rule(alert.rule)), alert, when)
    parts += [f"{hush.channel}: {words_of(hush.why)}" for hush in alert.hushed]
    return "; ".join(parts)


def _ahead(next_: Outlook, alert: Alert, when: When) -> Iterator[str]:
    """What comes next, if everything stays as it is."""
    match next_.ahead:
        case Ahead.UNWATCHED:
            yield "its rule is not in the file any more"
        case Ahead.COUNTS:
            within = format_span(next_.within) if next_.within else "?"
            yield f"{next_.seen} of {next_.count} within {within}"
        case Ahead.FIRES:
            yield f"fires at {when(next_.at)} if it is still so"
        case Ahead.ENDS:
            yield f"right since {when(alert.right_since)}, ends at {when(next_.at)} if it stays so"
        case Ahead.REMINDS:
            yield f"is told again at {when(next_.at)}"
        case Ahead.RECOVERS:
            return


def show_messages(messages: Sequence[Sent], when: When) -> None:
    """Each message with its attempts."""
    print_table(
        "messages",
        ("message", "channel", "reason", "state", "made", "what became of it"),
        [
            (
                sent.shipment.id[:SHORT_ID],
                sent.shipment.channel,
                f"{sent.shipment.status} {sent.shipment.reason}",
                sent.shipment.disposition.value,
                when(sent.shipment.made_at),
                "; ".join(_fates(sent, when)) or "not tried yet",
            )
            for sent in messages
        ],
    )


def _fates(sent: Sent, when: When) -> Iterator[str]:
    row = sent.shipment
    if row.bundle is not None:
        word = "merged into" if row.disposition.value == "merged" else "travelled in"
        yield f"{word} {row.bundle[:SHORT_ID]}"
    for attempt in sent.attempts:
        said = " ".join(filter(None, (attempt.fate, attempt.code, attempt.detail)))
        yield f"try {attempt.number} at {when(attempt.begun_at)}: {said or 'in doubt'}"
    if row.why is not None:
        yield row.why
    if row.deferred is not None:
        yield f"late: {row.deferred}"
