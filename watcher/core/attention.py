"""Which readings of a job must be looked at although nothing in them has changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from watcher.core.alert import Alert
from watcher.core.course import Course
from watcher.core.event import Kind
from watcher.core.job import ALWAYS, NEVER, Job
from watcher.core.plan import Plan
from watcher.core.rule import Rule
from watcher.core.runs import Runs
from watcher.core.why import Why

BOUNDLESS: Final = 2**62


def quiet_until(alert: Alert, rule: Rule | None, shut: frozenset[str], *, going: bool) -> float:
    """How long an alert needs no look at readings that show no change (epoch seconds).

    What a gate holds that is still `shut` needs none until it is open, nor what an incident holds
    that is still `going`.
    """
    held = all(h.gate in shut or (going and h.why is Why.INCIDENT) for h in alert.hushed)
    if not alert.fires or alert.right_since or alert.times or not held or rule is None:
        return ALWAYS
    if alert.kind is Kind.FLAPPING:
        return ALWAYS
    told_at, remind = alert.last_told_at or alert.fired_at, rule.remind_for(alert.kind)
    if remind is None or told_at is None:
        return NEVER
    return (told_at + remind).timestamp()


def due_at(rules: Iterable[Rule], runs: Runs, now: datetime) -> float:
    """The next deadline, or when the present run becomes long (epoch seconds)."""
    times = [rule.deadline.next(now) for rule in rules if rule.deadline is not None]
    limits = (runs.long_at(rule.longer_than) for rule in rules if rule.longer_than is not None)
    times += (at for at in limits if at is not None and at > now)
    return min(times).timestamp() if times else NEVER


def delay_band(plan: Plan, job: Job, course: Course | None) -> tuple[int, int]:
    """The input delays (ms), from low up to but without high, at which no rule judges otherwise.

    After no reading there is no such delay: the next one is news.  Where one stands still, every
    other one is.
    """
    if course is not None and course.still is not None:
        return course.still.value, course.still.value + 1
    delay = job.run.input_delay_ms if job.run else None
    if delay is None or delay < 0:
        return 0, 0
    edges = sorted(
        edge
        for rule in plan.rules_for(Kind.INPUT_DELAY, job.record.subject)
        if rule.threshold_ms is not None
        for edge in (rule.threshold_ms, rule.threshold_ms + 1, rule.recover_ms)
    )
    low = max((edge for edge in edges if edge <= delay), default=-BOUNDLESS)
    return low, min((edge for edge in edges if edge > delay), default=BOUNDLESS)
