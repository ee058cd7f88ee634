"""Which of its channels a rule tells about a subject."""

from __future__ import annotations

from typing import Final

from watcher.core.event import Kind
from watcher.core.plan import Plan
from watcher.core.rule import Rule
from watcher.core.subject import Subject

ABOUT_STATES: Final = frozenset({Kind.FLAPPING, Kind.REDEPLOYMENT})
"""Kinds whose built-in rules tell only who hears of the job's mismatches: nobody asked for them."""


def channels_for(plan: Plan, rule: Rule, subject: Subject) -> tuple[str, ...]:
    """The channels that a rule tells about a subject, of those that are in the file.

    Never the channel that is itself in trouble; a built-in rule tells its fallback if it has one.
    """
    present = [name for name in dict.fromkeys(rule.notify) if name in plan.channels]
    if subject.channel is None:
        return tuple(_concerned(plan, rule, subject, present))
    troubled = plan.channels.get(subject.channel)
    fallback = troubled.fallback if troubled else None
    if rule.builtin and rule.notify and fallback in plan.channels and fallback != subject.channel:
        return (fallback or "",)
    return tuple(name for name in present if name != subject.channel)


def _concerned(plan: Plan, rule: Rule, subject: Subject, present: list[str]) -> list[str]:
    if not rule.builtin or not ABOUT_STATES.intersection(rule.on):
        return present
    hearing = plan.rules_for(Kind.STATE_MISMATCH, subject)
    named = {name for one in hearing if not one.counts for name in one.notify}
    return [name for name in present if name in named]
