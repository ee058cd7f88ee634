"""The first page: how everything stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
from aiohttp import web

from watcher.core.alert import Alert
from watcher.core.plan import Plan
from watcher.core.rule import Severity
from watcher.store.views.jobs import ABSENT
from watcher.store.views.overview import Overview, StateCount
from watcher.web.at_a_glance import overview_of
from watcher.web.desk import DESK
from watcher.web.rendering import page
from watcher.web.tones import SEVERITIES, state_tone


class StateLine(msgspec.Struct, frozen=True):
    """How many jobs are `actual` where `expect` is asked for; the filter's values beside them."""

    expect_state: str | None
    actual_state: str | None
    jobs: int
    tone: str

    @property
    def query(self) -> dict[str, str]:
        """What finds these jobs."""
        return {"expect": self.expect_state or ABSENT, "actual": self.actual_state or ABSENT}


class Firing(msgspec.Struct, frozen=True):
    """One alert that fires, with its rule's severity where the rule is still in the file."""

    alert: Alert
    severity: Severity | None

    @property
    def tone(self) -> str:
        """The tone of its severity."""
        return "quiet" if self.severity is None else SEVERITIES[self.severity]


async def show(request: web.Request) -> web.Response:
    """The sources, the jobs by state, what fires and what waits."""
    desk = request.app[DESK]
    found = await overview_of(desk)
    reasons = [desk.redact(why) for why in desk.ready()]
    return await page(
        request,
        "overview.html",
        overview=found,
        reasons=reasons,
        mood=mood_of(found, reasons),
        states=list(state_lines(found.jobs)),
        firing=[Firing(alert, _severity(desk.plan, alert)) for alert in found.gravest],
        jobs_of={name: _jobs_of(found, name) for name in desk.plan.sources},
        unread=[name for name in desk.plan.sources if not _is_read(found, name)],
    )


def mood_of(found: Overview, reasons: Sequence[str]) -> str:
    """What the first sentence is about: `first`, `unready`, `firing`, `stuck` or `well`."""
    if not any(source.read_at for source in found.sources):
        return "first"
    if found.firing:
        return "firing"
    if reasons:
        return "unready"
    return "stuck" if found.dead else "well"


def state_lines(counts: Sequence[StateCount]) -> Iterator[StateLine]:
    """Jobs by both states, what is wrong first; of a pair whose types differ the worst tone."""
    order = ("bad", "warn", "quiet", "ok")
    lines: dict[tuple[str | None, str | None], StateLine] = {}
    for one in counts:
        key = (one.expect_state, one.actual_state)
        tone = state_tone(*key, one.job_type)
        known = lines.get(key, StateLine(*key, 0, tone))
        worst = min(tone, known.tone, key=order.index)
        lines[key] = StateLine(*key, known.jobs + one.jobs, worst)
    yield from sorted(lines.values(), key=lambda line: (order.index(line.tone), -line.jobs))


def _severity(plan: Plan, alert: Alert) -> Severity | None:
    rule = plan.rule(alert.rule)
    return rule.severity if rule else None


def _jobs_of(found: Overview, source: str) -> int:
    return sum(count.jobs for count in found.jobs if count.source == source)


def _is_read(found: Overview, source: str) -> bool:
    return any(one.name == source and one.read_at for one in found.sources)


ROUTES: Final = (web.get("/", show),)
