"""From validated tables to what the core and the loops need, every default filled in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta, tzinfo
from pathlib import Path
from typing import Final

import msgspec

from watcher.addresses import Network, parse_network
from watcher.config.builtin import builtin_rules, incident_rule
from watcher.config.file_table import Address, FileTable, parse_listen, parse_store, parse_timezone
from watcher.config.heartbeat_table import HeartbeatTable
from watcher.config.kinds import AccountTable, ChannelTable, SourceTable, bundles
from watcher.config.load import Config
from watcher.config.rule_table import LastsTable, MatchTable, RuleTable
from watcher.config.tokens import tokens_in
from watcher.config.web_table import WebTable
from watcher.config.window_table import WindowTable, resolve_window
from watcher.core.deadline import EVERY_DAY, NUMBERS, Deadline
from watcher.core.event import Kind
from watcher.core.plan import ChannelPlan, Plan, SourcePlan, Target
from watcher.core.rule import Match, Rule, Severity

MILLISECOND: Final = timedelta(milliseconds=1)


class Resolved(msgspec.Struct, frozen=True):
    """Everything that the file asks for.

    `plan` is for the core; the tables are for building the sources and channels; `secrets` are for
    the redactor.  `listen` is `None` where nothing shall be served; `allowed` are the link-local
    and metadata addresses that URLs may lead to.
    """

    file: str
    plan: Plan
    accounts: Mapping[str, AccountTable]
    sources: Mapping[str, SourceTable]
    channels: Mapping[str, ChannelTable]
    language: str
    timezone: tzinfo
    store: Path
    listen: Address | None
    retention: timedelta
    history: timedelta
    give_up: timedelta
    heartbeat: HeartbeatTable | None
    web: WebTable
    secrets: frozenset[str]
    ca_file: str | None
    allowed: tuple[Network, ...]
    top: FileTable
    rules: tuple[RuleTable, ...]
    windows: tuple[WindowTable, ...]

    def __repr__(self) -> str:
        """Which file, and how much of it; no values."""
        return f"Resolved({self.file!r}, {len(self.plan.rules)} rules)"

    def asks_the_same(self, other: Resolved) -> bool:
        """Whether both files ask for just the same, secrets included."""
        parts = ("top", "accounts", "sources", "channels", "rules", "windows", "store")
        return all(getattr(self, part) == getattr(other, part) for part in parts)

    def account_of(self, source: str) -> AccountTable | None:
        """The account that a source names, if any."""
        return self.accounts.get(self.sources[source].account or "")


def resolve(config: Config) -> Resolved:
    """Fill in every default; never fails, as `load` has judged everything."""
    top = config.top
    return Resolved(
        file=config.file,
        plan=_plan(config),
        accounts=config.accounts,
        sources=config.sources,
        channels=config.channels,
        language=top.language,
        timezone=parse_timezone(top.timezone),
        store=config.default_store if top.store is None else parse_store(top.store),
        listen=parse_listen(top.listen),
        retention=top.retention,
        history=top.history,
        give_up=top.give_up,
        heartbeat=top.heartbeat,
        web=top.web,
        secrets=config.secrets | _parts_of_addresses(config),
        ca_file=top.ca_file,
        allowed=tuple(map(parse_network, top.allow_addresses)),
        top=top,
        rules=config.rules,
        windows=config.windows,
    )


def _parts_of_addresses(config: Config) -> frozenset[str]:
    """The tokens inside secret addresses, which may come back without the rest of them."""
    beat = (config.top.heartbeat,) if config.top.heartbeat else ()
    urls = (table.url.get_secret_value() for table in (*config.channels.values(), *beat))
    return frozenset(token for url in urls for token in tokens_in(url))


def _plan(config: Config) -> Plan:
    zone = parse_timezone(config.top.timezone)
    rules = tuple(_rule(table, zone) for table in config.rules)
    channels = {
        name: ChannelPlan(name, bundles(table), table.fallback)
        for name, table in config.channels.items()
    }
    return Plan(
        rules=(*rules, *builtin_rules(rules, channels), *_on_incidents(rules, config)),
        channels=channels,
        storm=config.top.storm,
        storm_within=config.top.storm_within,
        sources={name: _source(name, table, config) for name, table in config.sources.items()},
        windows=tuple(resolve_window(table, config.top.timezone) for table in config.windows),
        redeploy_within=config.top.redeploy_within,
    )


def _on_incidents(rules: tuple[Rule, ...], config: Config) -> tuple[Rule, ...]:
    chats = [name for name, table in config.channels.items() if bundles(table)]
    return incident_rule(rules, chats) if config.top.storm else ()


def _source(name: str, table: SourceTable, config: Config) -> SourcePlan:
    targets = tuple(Target(jobs.type, jobs.names, dict(jobs.labels)) for jobs in table.jobs)
    account = config.accounts.get(table.account or "")
    region = account.region if account else table.region
    link = table.link.replace("{region}", region or "{region}") if table.link else None
    return SourcePlan(name, table.project, targets, link)


def _rule(table: RuleTable, zone: tzinfo) -> Rule:
    lasts = table.lasts
    return Rule(
        name=table.name,
        on=tuple(dict.fromkeys(table.on)),
        severity=Severity[table.severity.upper()],
        notify=tuple(dict.fromkeys(table.notify)),
        match=_match(table.match),
        lasts=lasts.by_verdict() if isinstance(lasts, LastsTable) else {},
        lasts_all=None if isinstance(lasts, LastsTable) else lasts,
        keep_firing_for=table.keep_firing_for,
        count=table.count,
        within=table.within,
        threshold_ms=_milliseconds(table.threshold),
        recover_below_ms=_recover_below(table),
        remind_every=table.remind_every,
        repeat_after=table.repeat_after,
        stop=table.stop,
        frozen_after=table.frozen_after,
        deadline=_deadline(table, zone),
        longer_than=table.longer_than,
    )


def _deadline(table: RuleTable, zone: tzinfo) -> Deadline | None:
    """The deadline in its own zone, or else the file's."""
    if table.deadline is None:
        return None
    days = frozenset(NUMBERS[day] for day in table.days) or EVERY_DAY
    return Deadline(table.deadline, parse_timezone(table.zone) if table.zone else zone, days)


def _match(table: MatchTable) -> Match:
    return Match(
        source=table.source,
        project=table.project,
        job=table.job,
        job_type=table.job_type,
        labels=dict(table.labels),
        verdicts=frozenset(table.verdict),
        came_from=frozenset(table.came_from),
        went_to=frozenset(table.went_to),
        error=table.error,
    )


def _recover_below(table: RuleTable) -> int | None:
    if table.threshold is None or Kind.INPUT_DELAY not in table.on:
        return None
    if table.recover_below is None:
        return _milliseconds(table.threshold / 2)
    return _milliseconds(table.recover_below)


def _milliseconds(span: timedelta | None) -> int | None:
    return None if span is None else span // MILLISECOND
