"""What the file resolves to, as plain tables for people and plain data for programs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from watcher.config.faults import Remark
from watcher.config.heartbeat_table import HeartbeatTable
from watcher.config.kinds import address_of
from watcher.config.load import Config
from watcher.config.remarks import remarks
from watcher.config.resolve import Resolved, resolve
from watcher.config.web_table import WebTable
from watcher.core.plan import Plan
from watcher.core.span import format_span
from watcher.messages.terms import Row, describe_rule, describe_window
from watcher.telemetry.redaction import Redactor


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
        Section("rules", tuple(describe_rule(rule) for rule in resolved.plan.rules)),
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
