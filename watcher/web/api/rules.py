"""Rules with what each made of late, channels, and windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Final

import msgspec
from anyio.to_thread import run_sync
from sqlalchemy import Connection

from watcher.core.event import Kind
from watcher.core.plan import Plan
from watcher.core.rule import Match
from watcher.core.window import Opening, Window, opened_at, openings
from watcher.store.silences import count_hidden
from watcher.store.views.rules import (
    Became,
    ChannelView,
    PatternView,
    RulesView,
    RuleView,
    read_rules,
)
from watcher.web.api.operation import Call, Nothing, Operation
from watcher.web.api.status import GateView, gate_of


class MatchView(msgspec.Struct, frozen=True):
    """What a rule or window is for; an empty field admits everything.

    Globs, but for `verdict`, `from` and `to`, which are lists, and `error`, a regular expression.
    """

    source: tuple[str, ...]
    project: tuple[str, ...]
    job: tuple[str, ...]
    job_type: tuple[str, ...]
    labels: dict[str, tuple[str, ...]]
    verdict: tuple[str, ...]
    came_from: tuple[str, ...] = msgspec.field(name="from")
    went_to: tuple[str, ...] = msgspec.field(name="to")
    error: str | None = None


class RuleStanding(msgspec.Struct, frozen=True):
    """One rule of the file in its place, or one that left it while alerts of it still live
    (`in_file` false; then it has no settings).

    `became` counts what came of the events that it decided about in a `day` and a `week`, `last_at`
    when it last decided about one; `firing` and `pending` count its alerts.
    """

    name: str
    in_file: bool
    builtin: bool
    on: tuple[Kind, ...]
    severity: str | None
    notify: tuple[str, ...]
    match: MatchView | None
    day: int
    week: int
    last_at: datetime | None
    became: tuple[Became, ...]
    firing: int
    pending: int


class Rules(msgspec.Struct, frozen=True):
    """The rules, what the sources' `jobs` find, and the events that no rule was for (`unheard`)."""

    rules: tuple[RuleStanding, ...]
    patterns: tuple[PatternView, ...]
    unheard: Became


class ChannelDetail(msgspec.Struct, frozen=True):
    """One channel: what waits, whether it takes messages, and when it last took one.

    `in_file` is false for one that has left the file and of which something is still kept.
    """

    name: str
    in_file: bool
    bundles: bool | None
    fallback: str | None
    waiting: int
    oldest_made_at: datetime | None
    dead: int
    delivered_at: datetime | None
    gate: GateView


class Channels(msgspec.Struct, frozen=True):
    """The channels, those of the file first in its order."""

    channels: tuple[ChannelDetail, ...]


class OpeningView(msgspec.Struct, frozen=True):
    """One time in which a window is open; without `ends_at` it does not end for long."""

    begins_at: datetime
    ends_at: datetime | None


class WindowStanding(msgspec.Struct, frozen=True):
    """One window of the file: whether it is `open`, what it has `hidden` since it was opened, and
    the next times (`openings`, the present one first).
    """

    name: str
    match: MatchView
    open: bool
    hidden: int
    openings: tuple[OpeningView, ...]


class Windows(msgspec.Struct, frozen=True):
    """The windows, in the file's order."""

    windows: tuple[WindowStanding, ...]


NEXT: Final = 3
"""Openings of a window that are given."""


async def list_rules(call: Call, _: Nothing) -> Rules:
    """The rules."""
    plan, found = call.desk.plan, await _read(call)
    rules = tuple(_rule(one, plan) for one in found.rules)
    return Rules(rules, found.patterns, found.unheard)


async def list_channels(call: Call, _: Nothing) -> Channels:
    """The channels."""
    plan, found = call.desk.plan, await _read(call)
    return Channels(tuple(_channel(one, plan) for one in found.channels))


async def list_windows(call: Call, _: Nothing) -> Windows:
    """The windows."""
    now, windows = call.desk.now(), call.desk.plan.windows
    # On a thread: a rare window is looked for a long way ahead.
    begun = await run_sync(lambda: {one.name: opened_at(one.schedule, now) for one in windows})
    hidden = await call.desk.read(partial(_hidden, begun=begun))
    return await run_sync(_windows, windows, hidden, now)


async def _read(call: Call) -> RulesView:
    desk = call.desk
    return await desk.read(partial(read_rules, plan=desk.plan, now=desk.now()))


def _rule(seen: RuleView, plan: Plan) -> RuleStanding:
    rule = plan.rule(seen.name)
    return RuleStanding(
        name=seen.name,
        in_file=seen.in_file,
        builtin=seen.builtin,
        on=rule.on if rule else (),
        severity=rule.severity.word if rule else None,
        notify=rule.notify if rule else (),
        match=match_of(rule.match) if rule else None,
        day=seen.day,
        week=seen.week,
        last_at=seen.last_at,
        became=seen.became,
        firing=seen.firing,
        pending=seen.pending,
    )


def _channel(seen: ChannelView, plan: Plan) -> ChannelDetail:
    planned = plan.channels.get(seen.name)
    return ChannelDetail(
        name=seen.name,
        in_file=seen.in_file,
        bundles=planned.bundles if planned else None,
        fallback=seen.fallback,
        waiting=seen.waiting,
        oldest_made_at=seen.oldest_made_at,
        dead=seen.dead,
        delivered_at=seen.delivered_at,
        gate=gate_of(seen.breaker),
    )


def match_of(match: Match) -> MatchView:
    """What a rule or window is for, as the API gives it."""
    return MatchView(
        source=match.source,
        project=match.project,
        job=match.job,
        job_type=match.job_type,
        labels=dict(match.labels),
        verdict=tuple(sorted(match.verdicts)),
        came_from=tuple(sorted(match.came_from)),
        went_to=tuple(sorted(match.went_to)),
        error=match.error.pattern if match.error else None,
    )


def _hidden(connection: Connection, begun: Mapping[str, datetime | None]) -> dict[str, int]:
    """What each window that is open has hidden since."""
    return {name: count_hidden(connection, name, since) for name, since in begun.items() if since}


def _windows(windows: Sequence[Window], hidden: Mapping[str, int], now: datetime) -> Windows:
    return Windows(
        tuple(
            WindowStanding(
                name=one.name,
                match=match_of(one.match),
                open=one.name in hidden,
                hidden=hidden.get(one.name, 0),
                openings=tuple(map(_opening, islice(openings(one.schedule, now), NEXT))),
            )
            for one in windows
        )
    )


def _opening(opening: Opening) -> OpeningView:
    return OpeningView(opening.begins_at, opening.ends_at)


OPERATIONS: Final = (
    Operation(
        "GET",
        "/rules",
        "list_rules",
        "The rules, with what each made of the events of a day and a week.",
        Rules,
        list_rules,
    ),
    Operation("GET", "/channels", "list_channels", "The channels.", Channels, list_channels),
    Operation(
        "GET", "/windows", "list_windows", "The windows and when they open.", Windows, list_windows
    ),
)
