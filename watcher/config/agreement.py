"""Whether the parts of the file agree: every name that is used is there, and means one thing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from watcher.config.builtin import BUILTIN_NAMES
from watcher.config.complaints import Written
from watcher.config.faults import Fault, did_you_mean, quoted
from watcher.config.outline import Outline, RuleOutline
from watcher.config.positions import KeyPath
from watcher.config.reach import asks, can_have, can_reach_any
from watcher.core.event import Kind

PathFault = tuple[KeyPath, Fault]


def disagreements(parts: Outline, written: Written) -> Iterator[PathFault]:
    """Every fault that lies between two parts of the file."""
    yield from _absent_parts(parts, written)
    yield from _unknown_accounts(parts, written)
    yield from _unknown_channels(parts, written)
    yield from _fallbacks(parts, written)
    yield from _names_of_rules(parts, written)
    yield from _names_of_windows(parts, written)
    yield from _vain_rules(parts, written)
    yield from _vain_windows(parts, written)


def _absent_parts(parts: Outline, written: Written) -> Iterator[PathFault]:
    for key, there, sense in (
        ("sources", parts.sources, "nothing would be watched"),
        ("channels", parts.channels, "nobody would be told"),
    ):
        if not there and not written.document.get(key):
            hint = f"{sense}; write a [{key}.NAME] table"
            yield (key,), written.fault((key,), found="none", hint=hint)


def _unknown_accounts(parts: Outline, written: Written) -> Iterator[PathFault]:
    for source in parts.sources:
        if source.account is not None and source.account not in parts.accounts:
            path = (*source.path, "account")
            yield path, _unknown("account", source.account, parts.accounts, path, written)


def _unknown_channels(parts: Outline, written: Written) -> Iterator[PathFault]:
    for rule in parts.rules:
        for name, path in rule.notify.items():
            if name not in parts.channels:
                yield path, _unknown("channel", name, parts.channels, path, written)
    for channel, fallback in parts.fallbacks.items():
        if fallback not in parts.channels:
            path = ("channels", channel, "fallback")
            yield path, _unknown("channel", fallback, parts.channels, path, written)


def _unknown(
    word: str, name: str, known: frozenset[str] | tuple[str, ...], path: KeyPath, written: Written
) -> Fault:
    names = sorted(known)
    allowed = ", ".join(names) or f"none yet; write a [{word}s.{name}] table"
    return written.fault(
        path,
        found=f"unknown {word} {quoted(name)}",
        allowed=allowed,
        hint=did_you_mean(name, names),
    )


def _fallbacks(parts: Outline, written: Written) -> Iterator[PathFault]:
    told: set[str] = set()
    for start in parts.fallbacks:
        cycle = _cycle_from(start, parts.fallbacks)
        if cycle and not told & set(cycle):
            told |= set(cycle)
            path = ("channels", cycle[0], "fallback")
            round_trip = " → ".join((*cycle, cycle[0]))
            hint = "the last one needs none, or one that is not among them"
            yield path, written.fault(path, found=f"a cycle of fallbacks {round_trip}", hint=hint)


def _cycle_from(start: str, fallbacks: Mapping[str, str]) -> tuple[str, ...]:
    """The channels on the way from `start` back to it; none where it does not lead back."""
    way, after = {start: None}, fallbacks.get(start)
    while after is not None and after not in way:
        way[after] = None
        after = fallbacks.get(after)
    return tuple(way) if after == start else ()


def _names_of_rules(parts: Outline, written: Written) -> Iterator[PathFault]:
    yield from _second_names("rule", parts.rules, written)
    for rule in parts.rules:
        yield from _taken_name(rule, (*rule.path, "name"), parts, written)


def _names_of_windows(parts: Outline, written: Written) -> Iterator[PathFault]:
    yield from _second_names("window", parts.windows, written)


def _second_names(word: str, named: Iterable[RuleOutline], written: Written) -> Iterator[PathFault]:
    first: dict[str, KeyPath] = {}
    for one in named:
        if one.name is None:
            continue
        path = (*one.path, "name")
        before = first.setdefault(one.name, path)
        if before != path:
            found = f"a second {word} of the name {quoted(one.name)}"
            hint = f"the first one is in line {written.positions.line(before)}; rename one"
            yield path, written.fault(path, found=found, hint=hint)


def _taken_name(
    rule: RuleOutline, path: KeyPath, parts: Outline, written: Written
) -> Iterator[PathFault]:
    named = {kind for other in parts.rules for kind in other.on}
    if rule.name in BUILTIN_NAMES and rule.name not in named:
        hint = f'the built-in rule "{rule.name}" has this name; choose another'
        yield path, written.fault(path, found=quoted(rule.name), hint=hint)


def _vain_rules(parts: Outline, written: Written) -> Iterator[PathFault]:
    for rule in parts.rules:
        path = (*rule.path, "match")
        possible = tuple(kind for kind in rule.on if can_have(rule, kind))
        if rule.on and not possible:
            hint = f"it can match nothing: {_lacking(rule)}"
            yield path, written.fault(path, hint=hint)
        elif rule.on and parts.sources and not can_reach_any(rule, parts.sources):
            yield path, written.fault(path, hint=_vain(parts))


def _vain_windows(parts: Outline, written: Written) -> Iterator[PathFault]:
    """A window for no job that is watched: its maintenance would be told after all."""
    for window in parts.windows:
        jobs = msgspec.structs.replace(window, on=(Kind.STATE_MISMATCH,))
        if parts.sources and not can_reach_any(jobs, parts.sources):
            path = (*window.path, "match")
            yield path, written.fault(path, hint=_vain(parts))


def _lacking(rule: RuleOutline) -> str:
    asked = sorted(asks(rule) | ({"verdict"} if rule.verdicts else set()))
    return f"events of the kind {', '.join(rule.on)} do not have every one of {', '.join(asked)}"


def _vain(parts: Outline) -> str:
    known = (
        f"{source.name} ({source.project}): {target.job_type} {', '.join(target.names[:5])}"
        for source in parts.sources
        for target in (source.targets or ())[:5]
    )
    return f"it can match no configured job; there are {'; '.join(list(known)[:5])}"
