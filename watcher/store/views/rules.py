"""What each rule made of late: events, by what became of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from fnmatch import translate
from typing import Final

import msgspec
from sqlalchemy import Connection, case, func, select

from watcher.core.breaker import Breaker
from watcher.core.delivery import Disposition
from watcher.core.plan import Plan, SourcePlan, is_glob
from watcher.core.why import Why
from watcher.store import schema
from watcher.store.schema import decisions, deliveries, has
from watcher.store.upkeep import read_backlogs
from watcher.store.views.since import first_since

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)
NAMES_SHOWN: Final = 20
LATEST: Final = 20_000
"""Settled deliveries among which the last success of each channel is looked for."""


class Became(msgspec.Struct, frozen=True):
    """How many events came to the same under a rule in a day and in a week, and when last."""

    why: Why
    day: int
    week: int
    last_at: datetime | None


class RuleView(msgspec.Struct, frozen=True):
    """One rule of the file, or one that left it while alerts of it still live.

    `in_file` is its place there.  `day` and `week` count the events that it decided about.
    """

    name: str
    in_file: bool
    builtin: bool
    became: tuple[Became, ...]
    day: int
    week: int
    firing: int
    pending: int

    @property
    def last_at(self) -> datetime | None:
        """When it last decided about an event, within the week."""
        return max((one.last_at for one in self.became if one.last_at), default=None)


class PatternView(msgspec.Struct, frozen=True):
    """One glob of a source's `jobs`, or the exact names that stand together, and how many of the
    jobs that are known fit.

    Of exact names `names` holds the first ones, `named` counts all of them.
    """

    source: str
    job_type: str
    names: tuple[str, ...]
    named: int
    labels: dict[str, str]
    jobs: int
    is_glob: bool


class ChannelView(msgspec.Struct, frozen=True):
    """One channel: what waits, whether it takes messages, and when it last took one.

    `in_file` is false for one that has left it and of which deliveries are still kept open.
    """

    name: str
    in_file: bool
    fallback: str | None
    waiting: int
    oldest_made_at: datetime | None
    breaker: Breaker
    dead: int
    delivered_at: datetime | None


class RulesView(msgspec.Struct, frozen=True):
    """The rules of the file in its order, the patterns of its sources and its channels.

    `unheard` counts the events of a day and of a week that no rule was for.
    """

    rules: tuple[RuleView, ...]
    patterns: tuple[PatternView, ...]
    channels: tuple[ChannelView, ...]
    unheard: Became
    now: datetime


_of: Final = decisions.c


def read_rules(connection: Connection, plan: Plan, now: datetime) -> RulesView:
    """How the file's rules did until now."""
    day, week = (first_since(connection, decisions, _of.at, now - span) for span in (DAY, WEEK))
    became, events = _became(connection, day, week), _events(connection, day, week)
    alerts = _alerts(connection)
    known = {rule.name: rule.builtin for rule in plan.rules}
    strangers = sorted({name for name, _ in alerts}.difference(known))
    return RulesView(
        rules=tuple(
            RuleView(
                name=name,
                in_file=name in known,
                builtin=known.get(name, False),
                became=became.get(name, ()),
                day=events.get(name, (0, 0))[0],
                week=events.get(name, (0, 0))[1],
                firing=alerts[name, "firing"],
                pending=alerts[name, "pending"],
            )
            for name in (*known, *strangers)
        ),
        patterns=tuple(_patterns(connection, plan)),
        channels=tuple(_channels(connection, plan)),
        unheard=next(iter(became.get(None, ())), Became(Why.NO_RULE, 0, 0, None)),
        now=now,
    )


def _became(connection: Connection, day: int, week: int) -> dict[str | None, tuple[Became, ...]]:
    """By rule (`None`: no rule heard of them), what came of its events, the most frequent first.

    `day` and `week` are where the decisions of each begin.
    """
    of_day = func.count(case((_of.seq >= day, _of.event)).distinct())
    rows = connection.execute(
        select(_of.rule, _of.why, of_day, func.count(_of.event.distinct()), func.max(_of.at))
        .where(_of.seq >= week)
        .group_by(_of.rule, _of.why)
    )
    found: dict[str | None, list[Became]] = {}
    for rule, why, today, in_week, last_at in rows:
        found.setdefault(rule, []).append(Became(Why(why), today, in_week, last_at))
    return {rule: tuple(sorted(some, key=lambda one: -one.week)) for rule, some in found.items()}


def _events(connection: Connection, day: int, week: int) -> dict[str | None, tuple[int, int]]:
    """By rule, how many events it decided about in a day and in a week."""
    of_day = func.count(case((_of.seq >= day, _of.event)).distinct())
    counted = select(_of.rule, of_day, func.count(_of.event.distinct())).where(_of.seq >= week)
    return {rule: (one, all_) for rule, one, all_ in connection.execute(counted.group_by(_of.rule))}


def _alerts(connection: Connection) -> Counter[tuple[str, str]]:
    alerts = schema.alerts.c
    counted = select(alerts.rule, alerts.phase, func.count()).group_by(alerts.rule, alerts.phase)
    return Counter({(rule, phase): number for rule, phase, number in connection.execute(counted)})


def _patterns(connection: Connection, plan: Plan) -> Iterator[PatternView]:
    jobs = schema.jobs.c
    known: dict[tuple[str, str], list[str]] = {}
    for source, job_type, lane in connection.execute(select(jobs.source, jobs.job_type, jobs.lane)):
        known.setdefault((source, job_type), []).append(lane.split("/", 2)[2])
    for place in plan.sources.values():
        yield from _patterns_of(place, known)


def _patterns_of(
    place: SourcePlan, known: Mapping[tuple[str, str], list[str]]
) -> Iterator[PatternView]:
    for target in place.targets:
        jobs = known.get((place.name, target.job_type), [])
        exact = tuple(name for name in target.names if not is_glob(name))
        for glob in filter(is_glob, target.names):
            fits = re.compile(translate(glob)).match
            number = sum(1 for job in jobs if fits(job))
            yield PatternView(
                place.name, target.job_type, (glob,), 1, dict(target.labels), number, is_glob=True
            )
        if exact:
            number = len(set(exact).intersection(jobs))
            yield PatternView(
                *(place.name, target.job_type, exact[:NAMES_SHOWN], len(exact)),
                *(dict(target.labels), number),
                is_glob=False,
            )


def _channels(connection: Connection, plan: Plan) -> Iterator[ChannelView]:
    backlogs = {one.channel: one for one in read_backlogs(connection)}
    dead, delivered = _dead(connection), _delivered(connection)
    strangers = sorted({name for name, one in backlogs.items() if one.waiting} | dead.keys())
    for name in dict.fromkeys((*plan.channels, *strangers)):
        found, planned = backlogs.get(name), plan.channels.get(name)
        yield ChannelView(
            name=name,
            in_file=planned is not None,
            fallback=planned.fallback if planned else None,
            waiting=found.waiting if found else 0,
            oldest_made_at=found.oldest_made_at if found else None,
            breaker=found.breaker if found else Breaker(),
            dead=dead.get(name, 0),
            delivered_at=delivered.get(name),
        )


def _dead(connection: Connection) -> dict[str, int]:
    row = deliveries.c
    counted = select(row.channel, func.count()).where(has(Disposition.DEAD), row.lane.is_not(None))
    return dict(connection.execute(counted.group_by(row.channel)).all())


def _delivered(connection: Connection) -> dict[str, datetime]:
    row = deliveries.c
    latest = (
        select(row.channel, row.disposition, row.settled_at)
        .where(row.settled_at.is_not(None))
        .order_by(row.settled_at.desc())
        .limit(LATEST)
        .subquery()
    )
    success = select(latest.c.channel, func.max(latest.c.settled_at)).where(
        latest.c.disposition == Disposition.DELIVERED.value
    )
    return dict(connection.execute(success.group_by(latest.c.channel)).all())
