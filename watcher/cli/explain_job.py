"""What `watcher explain JOB` shows: how it stands, what waits and fires, who was told of what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from watcher.cli.explain_event import clock_words, run_line, show_alerts
from watcher.cli.look import became, clock_face, what_happened
from watcher.cli.tables import print_table, say
from watcher.core.event import JOB_KINDS, Kind
from watcher.core.span import format_span
from watcher.core.verdict import can_judge, judge

if TYPE_CHECKING:
    from watcher.config.resolve import Resolved
    from watcher.core.job import JobRecord
    from watcher.core.plan import Plan
    from watcher.core.rule import Rule
    from watcher.store.traces import JobTrace, Trace


def verdict_of(record: JobRecord) -> str:
    """How a job is judged now, in a word or two."""
    run, job_type = record.run, record.subject.job_type or ""
    if record.absent is not None:
        return "missing"
    if run is None:
        return "not seen yet"
    if not can_judge(run.expect_state, job_type):
        return "not judged"
    verdict = judge(
        run.expect_state, run.actual_state, job_type, ran=record.ran, stood=record.stood
    )
    return verdict.value if verdict else "right"


def rules_of(plan: Plan, record: JobRecord) -> list[tuple[Kind, Rule]]:
    """The rules whose place fits the job, by kind."""
    kinds = sorted(JOB_KINDS)
    return [(kind, rule) for kind in kinds for rule in plan.rules_for(kind, record.subject)]


def job_data(trace: JobTrace, plan: Plan) -> dict[str, object]:
    """The same for programs."""
    return {
        "record": trace.record,
        "verdict": verdict_of(trace.record),
        "labels": plan.labels_of(trace.record.subject),
        "rules": [
            {"kind": kind, "rule": rule.name, "notify": rule.notify}
            for kind, rule in rules_of(plan, trace.record)
        ],
        "alerts": trace.alerts,
        "told": trace.told,
        "events": [
            {"event": one.event, "decisions": one.decisions, "outcome": outcome(one)}
            for one in trace.events
        ],
    }


def show_job(trace: JobTrace, resolved: Resolved) -> None:
    """Everything about one job, for a person."""
    record, when = trace.record, clock_face(resolved)
    subject = record.subject
    say(f"{subject.job} ({subject.job_type}) of {subject.source}: {verdict_of(record)}")
    if record.run is not None:
        say(f"  seen     {run_line(record.run)}")
        say(f"  entered  {when(record.entered_at)}")
    if record.wrong is not None:
        say(f"  wrong    since {when(record.wrong.since)} (event {record.wrong.event})")
    if record.absent is not None:
        say(f"  missing  since {when(record.absent.since)} (event {record.absent.event})")
    labels = resolved.plan.labels_of(subject)
    if labels:
        say(f"  labels   {', '.join(f'{name}={value}' for name, value in labels.items())}")
    click.echo()
    _show_rules(record, resolved)
    show_alerts(trace.alerts, resolved)
    _show_told(trace, resolved)
    print_table(
        "last events",
        ("id", "when", "kind", "what", "what became of it"),
        [
            (
                one.event.id,
                when(one.event.detected_at),
                one.event.kind.value,
                what_happened(one.event),
                outcome(one),
            )
            for one in trace.events
        ],
    )


def outcome(trace: Trace) -> str:
    """What became of an event: the channels that were told, or the first gate that stopped it."""
    if not trace.decisions and any(not alert.fires for alert in trace.alerts):
        return "waits for its rule's `for`"
    return became(trace.decisions)


def _show_rules(record: JobRecord, resolved: Resolved) -> None:
    print_table(
        "rules that cover it",
        ("kind", "rule", "severity", "waits", "tells"),
        [
            (
                kind.value,
                rule.name,
                rule.severity.word,
                format_span(rule.span_for(kind, None)),
                ", ".join(rule.notify),
            )
            for kind, rule in rules_of(resolved.plan, record)
        ],
    )


def _show_told(trace: JobTrace, resolved: Resolved) -> None:
    when = clock_face(resolved)
    fires = {alert.kind: clock_words(alert, resolved) for alert in trace.alerts if alert.fires}
    print_table(
        "what channels were told of what goes on",
        ("channel", "kind", "rule", "messages", "began", "event", "now"),
        [
            (
                told.channel,
                told.kind.value,
                told.rule,
                told.number,
                when(told.began_at),
                told.event,
                fires.get(told.kind),
            )
            for told in trace.told
        ],
    )
