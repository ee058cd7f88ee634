"""What the file resolves to, as plain tables for people and plain data for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, tzinfo
from itertools import islice

import msgspec

from watcher.config.faults import Remark
from watcher.config.heartbeat_table import HeartbeatTable
from watcher.config.kinds import address_of
from watcher.config.load import Config
from watcher.config.remarks import remarks
from watcher.config.resolve import Resolved, resolve
from watcher.config.web_table import WebTable
from watcher.config.window_table import DAYS
from watcher.core.event import LASTING, Kind
from watcher.core.plan import Plan
from watcher.core.rule import Match, Rule
from watcher.core.span import format_span
from watcher.core.verdict import Verdict
from watcher.core.window import Cron, Opening, Schedule, Window, openings
from watcher.telemetry.redaction import Redactor

Row = Mapping[str, str]


class Section(msgspec.Struct, frozen=True):
    """One table: its title, and rows that all have the same columns."""

    title: str
    rows: tuple[Row, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns, from left to right."""
        return tuple(self.rows[0]) if self.rows else ()


class Description(msgspec.Struct, frozen=True):
    """What `watcher check` shows of a sound file; free of secrets."""

    file: str
    sections: tuple[Section, ...]
    remarks: tuple[Remark, ...]

    def as_data(self) -> dict[str, object]:
        """The same for JSON: a list of rows under each section's title."""
        tables = {section.title: [dict(row) for row in section.rows] for section in self.sections}
        warnings = [
            {"line": remark.line, "key": remark.key, "text": remark.text} for remark in self.remarks
        ]
        return {"file": self.file, **tables, "warnings": warnings}


def describe(config: Config, now: datetime) -> Description:
    """Everything that the file resolves to, built-in rules and defaults included.

    `now` is from when on a window's next openings are told.
    """
    resolved = resolve(config)
    redactor = Redactor(resolved.secrets)
    sections = (
        Section("settings", tuple(_settings(resolved))),
        Section("rules", tuple(_rule(rule) for rule in resolved.plan.rules)),
        Section("windows", tuple(describe_window(one, now) for one in resolved.plan.windows)),
        Section("channels", tuple(_channels(resolved))),
        Section("sources", tuple(_sources(resolved))),
        Section("jobs", tuple(_jobs(resolved))),
    )
    clean = tuple(_redacted(section, redactor) for section in sections)
    return Description(config.file, clean, remarks(config, resolved.plan))


def _redacted(section: Section, redactor: Redactor) -> Section:
    rows = ({column: redactor.redact(cell) for column, cell in row.items()} for row in section.rows)
    return Section(section.title, tuple(rows))


def _settings(resolved: Resolved) -> Iterator[Row]:
    listen = resolved.listen
    for key, value in (
        ("store", str(resolved.store)),
        ("listen", f"{listen.host}:{listen.port}" if listen else "nothing is served"),
        ("web", _web(resolved.web)),
        ("timezone", str(resolved.timezone)),
        ("language", resolved.language),
        ("retention", format_span(resolved.retention)),
        ("history", format_span(resolved.history)),
        ("give_up", format_span(resolved.give_up)),
        ("redeploy_within", format_span(resolved.plan.redeploy_within)),
        ("storm", _storm(resolved.plan)),
        ("ca_file", resolved.ca_file or "only the system's authorities"),
        ("allow_addresses", ", ".join(map(str, resolved.allowed)) or "none"),
        ("heartbeat", _heartbeat(resolved.heartbeat)),
    ):
        yield {"key": key, "value": value}


def _web(table: WebTable) -> str:
    lock = "a token" if table.token else f"user {table.user}" if table.user else "no login"
    served = "https" if table.cert_file else "http"
    return f"{lock}, {served}" + (f", reached as {table.base_url}" if table.base_url else "")


def _storm(plan: Plan) -> str:
    if not plan.storm:
        return "0: no incidents"
    within = format_span(plan.storm_within)
    return f"{plan.storm} jobs of one application or error, or within {within}"


def _heartbeat(table: HeartbeatTable | None) -> str:
    if table is None:
        return "none"
    outbox = f"unless a delivery waits for {format_span(table.outbox_older_than)}"
    return f"{host_of(table.url.get_secret_value())} every {format_span(table.interval)}, {outbox}"


def _rule(rule: Rule) -> Row:
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
        "open": _times(window.schedule),
        "zone": str(zone),
        "match": describe_match(window.match) or "everything",
        **{
            word: _opening(following[number], zone) if number < len(following) else ""
            for number, word in enumerate(("next", "then"))
        },
    }


def _times(schedule: Schedule) -> str:
    if isinstance(schedule, Cron):
        return f"{schedule.expression} for {format_span(schedule.lasts)}"
    days = ", ".join(day for day, number in DAYS.items() if number in schedule.days)
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


def _channels(resolved: Resolved) -> Iterator[Row]:
    for name, table in resolved.channels.items():
        yield {
            "name": name,
            "kind": table.kind,
            "host": host_of(table.url.get_secret_value()),
            "fallback": table.fallback or "",
            "timeout": format_span(table.timeout),
        }


def host_of(url: str) -> str:
    """The part of an address that is no secret."""
    return url.partition("://")[2].partition("/")[0].partition("?")[0]


def _sources(resolved: Resolved) -> Iterator[Row]:
    for name, table in resolved.sources.items():
        yield {
            "name": name,
            "kind": table.kind,
            "project": table.project,
            "endpoint": address_of(table, resolved.account_of(name)),
            "interval": format_span(table.interval),
            "discover_interval": format_span(table.discover_interval),
        }


def _jobs(resolved: Resolved) -> Iterator[Row]:
    for source in resolved.plan.sources.values():
        for target in source.targets:
            yield {
                "source": source.name,
                "type": target.job_type,
                "names": ", ".join(target.names),
                "labels": ", ".join(f"{key}={value}" for key, value in target.labels.items()),
            }
