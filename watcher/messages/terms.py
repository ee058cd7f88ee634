"""The file's rules, matches and windows in the file's own words, each on one line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from itertools import islice

from watcher.core.deadline import DAYS
from watcher.core.event import LASTING, Kind
from watcher.core.rule import Match, Rule
from watcher.core.span import format_span
from watcher.core.verdict import Verdict
from watcher.core.window import Cron, Opening, Schedule, Window, openings

Row = Mapping[str, str]


def describe_rule(rule: Rule) -> Row:
    """What a rule hears of, how patient it is and whom it tells."""
    return {
        "name": rule.name,
        "on": ", ".join(rule.on),
        "severity": _severity(rule),
        "notify": ", ".join(rule.notify) or "nobody",
        "match": describe_match(rule.match),
        "for": _lasts(rule),
        "more": _more(rule),
        "from": "built in" if rule.builtin else "file",
    }


def _severity(rule: Rule) -> str:
    inherits = rule.builtin and Kind.INCIDENT in rule.on
    return "as of its jobs" if inherits else rule.severity.word


def describe_window(window: Window, now: datetime) -> Row:
    """When a window is open, and its next two openings (or the one that it is in) on its clock."""
    zone = window.schedule.zone
    following = tuple(islice(openings(window.schedule, now), 2))
    return {
        "name": window.name,
        "open": times_of(window.schedule),
        "zone": str(zone),
        "match": describe_match(window.match) or "everything",
        **{
            word: _opening(following[number], zone) if number < len(following) else ""
            for number, word in enumerate(("next", "then"))
        },
    }


def times_of(schedule: Schedule) -> str:
    """When a window is open, as the file says it."""
    if isinstance(schedule, Cron):
        return f"{schedule.expression} for {format_span(schedule.lasts)}"
    days = ", ".join(DAYS[number] for number in sorted(schedule.days))
    return f"{days} {_clock(schedule.begin)}–{_clock(schedule.end)}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _opening(opening: Opening, zone: tzinfo) -> str:
    """With both days where it lasts over midnight."""
    begin, end = opening.begins_at.astimezone(zone), opening.ends_at
    if end is None:
        return f"{begin:%a %Y-%m-%d %H:%M}–"
    end = end.astimezone(zone)
    until = f"{end:%H:%M}" if end.date() == begin.date() else f"{end:%a %Y-%m-%d %H:%M}"
    return f"{begin:%a %Y-%m-%d %H:%M}–{until}"


def describe_match(match: Match) -> str:
    """What a `match` asks for, on one line; "" where it asks for nothing."""
    wanted = {
        "source": match.source,
        "project": match.project,
        "job": match.job,
        "job_type": match.job_type,
        **{f"labels.{name}": globs for name, globs in match.labels.items()},
        "verdict": sorted(match.verdicts),
        "from": sorted(match.came_from),
        "to": sorted(match.went_to),
        "error": (match.error.pattern,) if match.error else (),
    }
    return "; ".join(f"{key} {' | '.join(globs)}" for key, globs in wanted.items() if globs)


def _clocked(rule: Rule) -> tuple[Kind, ...]:
    """The kinds that must last for a span before the rule tells of them."""
    lasting = LASTING - {Kind.FLAPPING}
    return tuple(kind for kind in rule.on if kind in lasting and not rule.counts)


def _lasts(rule: Rule) -> str:
    spans: dict[str, timedelta] = {}
    for kind in _clocked(rule):
        verdicts = tuple(Verdict) if kind is Kind.STATE_MISMATCH else (None,)
        spans |= {verdict or kind: rule.span_for(kind, verdict) for verdict in verdicts}
    if len(set(spans.values())) == 1 and len(_clocked(rule)) == len(rule.on):
        return format_span(next(iter(spans.values())))
    if len(set(spans.values())) == 1:
        kinds = " and ".join(_clocked(rule))
        return f"{kinds} {format_span(next(iter(spans.values())))}"
    return ", ".join(f"{word} {format_span(span)}" for word, span in spans.items())


def _more(rule: Rule) -> str:
    said = (
        _count(rule),
        _milliseconds("threshold", rule.threshold_ms),
        _milliseconds("recover_below", rule.recover_below_ms),
        f"frozen_after {rule.frozen_after} polls" if rule.frozen_after else None,
        f"deadline {rule.deadline.describe()}" if rule.deadline else None,
        f"longer_than {rule.longer_than:g} times the usual" if rule.longer_than else None,
        _span("keep_firing_for", rule.keep_firing_for),
        _remind(rule),
        _span("repeat_after", rule.repeat_after) if Kind.NEW_ERROR in rule.on else None,
        "stop" if rule.stop else None,
    )
    return ", ".join(word for word in said if word)


def _count(rule: Rule) -> str | None:
    if Kind.FLAPPING in rule.on:
        return f"count {rule.flaps} within {format_span(rule.flaps_within)}"
    return f"count {rule.count} within {format_span(rule.within)}" if rule.within else None


def _remind(rule: Rule) -> str | None:
    """How often it is told again, where not for every kind alike for which."""
    spans = {kind: rule.remind_for(kind) for kind in rule.on}
    if len(set(spans.values())) == 1:
        return _span("remind_every", next(iter(spans.values())))
    said = (f"{kind} {format_span(span)}" for kind, span in spans.items() if span)
    return f"remind_every {', '.join(said)}"


def _span(word: str, span: timedelta | None) -> str | None:
    return None if span is None else f"{word} {format_span(span)}"


def _milliseconds(word: str, value: int | None) -> str | None:
    return None if value is None else _span(word, timedelta(milliseconds=value))
