"""The rules that hold where the file says nothing about a kind."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from watcher.core.event import Kind
from watcher.core.plan import ChannelPlan
from watcher.core.rule import Rule, Severity

SEVERITIES: Final = MappingProxyType(
    {
        Kind.BLIND: Severity.CRITICAL,
        Kind.FROZEN: Severity.WARNING,
        Kind.MISSING: Severity.WARNING,
        Kind.RECONCILED: Severity.INFO,
        Kind.UNDELIVERABLE: Severity.CRITICAL,
        Kind.FLAPPING: Severity.WARNING,
        Kind.REDEPLOYMENT: Severity.INFO,
        Kind.CONFIG_REFUSED: Severity.WARNING,
    }
)
"""The kinds that are told without being asked for; each built-in rule has its kind's name."""

BUILTIN_NAMES: Final = frozenset({*(kind.value for kind in SEVERITIES), Kind.INCIDENT.value})


def builtin_rules(rules: Sequence[Rule], channels: Mapping[str, ChannelPlan]) -> tuple[Rule, ...]:
    """A rule for each such kind that no rule's `on` names.

    They tell every channel that a rule of severity error or worse names, or else all.  Of
    `undeliverable` the core leaves out the channel itself and takes its fallback where it has one.
    Only who hears of mismatches is told of `redeployment`, and only the chats among them, whatever
    their rules' severity, of `flapping`: it stands there for many messages.  (The core leaves out
    who does not hear of that very job's.)
    """
    named = {kind for rule in rules for kind in rule.on}
    told = _grave_channels(rules) or tuple(channels)
    hearing = _hearing(rules)
    fewer = {
        Kind.FLAPPING: [name for name in hearing if name in channels and channels[name].bundles],
        Kind.REDEPLOYMENT: [name for name in told if name in hearing],
    }
    return tuple(
        Rule(
            name=kind.value,
            on=(kind,),
            severity=severity,
            notify=tuple(fewer.get(kind, told)),
            builtin=True,
        )
        for kind, severity in SEVERITIES.items()
        if kind not in named
    )


def _hearing(rules: Sequence[Rule]) -> tuple[str, ...]:
    """The channels that hear of a mismatch as soon as it has lasted."""
    heard = (rule.notify for rule in rules if Kind.STATE_MISMATCH in rule.on and not rule.counts)
    return tuple(dict.fromkeys(name for notify in heard for name in notify))


def incident_rule(rules: Sequence[Rule], chats: Collection[str]) -> tuple[Rule, ...]:
    """The rule on `incident`, unless a rule's `on` names it.

    It tells the chats that hear of `state-mismatch` and the webhooks that a rule of severity error
    or worse names.  Its severity is what the rules of the jobs say; the one here is never told.
    """
    if any(Kind.INCIDENT in rule.on for rule in rules):
        return ()
    hearing = (rule.notify for rule in rules if Kind.STATE_MISMATCH in rule.on)
    told = [name for notify in hearing for name in notify if name in chats]
    told += [name for name in _grave_channels(rules) if name not in chats]
    if not told:
        return ()
    name, kinds = Kind.INCIDENT.value, (Kind.INCIDENT,)
    notify = tuple(dict.fromkeys(told))
    return (Rule(name=name, on=kinds, severity=Severity.INFO, notify=notify, builtin=True),)


def _grave_channels(rules: Sequence[Rule]) -> tuple[str, ...]:
    grave = (rule.notify for rule in rules if rule.severity >= Severity.ERROR)
    return tuple(dict.fromkeys(name for notify in grave for name in notify))
