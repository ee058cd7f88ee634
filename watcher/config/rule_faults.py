"""Whether the keys of one rule agree, judged as far as they can be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from watcher.config.complaints import Written
from watcher.config.faults import Fault
from watcher.config.outline import RuleOutline
from watcher.config.positions import KeyPath
from watcher.core.event import Kind
from watcher.core.span import format_span, parse_span

PathFault = tuple[KeyPath, Fault]


def rule_faults(
    rule: RuleOutline, table: Mapping[str, object], written: Written
) -> Iterator[PathFault]:
    """Every fault that lies between two keys of `rule`, whose table is `table`."""
    yield from _counting(rule, written)
    yield from _delay(rule, table, written)
    yield from _gravity(rule, written)
    yield from _verdict_spans(rule, table, written)


def _counting(rule: RuleOutline, written: Written) -> Iterator[PathFault]:
    for one, other in (("count", "within"), ("within", "count")):
        if one in rule.keys and other not in rule.keys:
            path = (*rule.path, one)
            hint = f"{other} must be given too: so many events within such a span"
            yield path, written.fault(path, found=f"{one} without {other}", hint=hint)


def _delay(rule: RuleOutline, table: Mapping[str, object], written: Written) -> Iterator[PathFault]:
    on_delay = Kind.INPUT_DELAY in rule.on
    if on_delay and "threshold" not in rule.keys:
        path = (*rule.path, "threshold")
        hint = 'a rule on input-delay needs it, such as threshold = "5m"'
        yield path, written.fault(path, found="nothing", hint=hint)
    for key in ("threshold", "recover_below"):
        if key in rule.keys and rule.on and not on_delay:
            path = (*rule.path, key)
            hint = "it is for input-delay only; name that in on, or take it out"
            yield path, written.fault(path, found=f"{key} on {', '.join(rule.on)}", hint=hint)
    yield from _recovery(rule, table, written)


def _recovery(
    rule: RuleOutline, table: Mapping[str, object], written: Written
) -> Iterator[PathFault]:
    threshold, recover = _span(table.get("threshold")), _span(table.get("recover_below"))
    if threshold is not None and recover is not None and recover > threshold:
        path = (*rule.path, "recover_below")
        allowed = f"at most threshold, {format_span(threshold)}"
        yield path, written.fault(path, found=format_span(recover), allowed=allowed)


def _span(value: object) -> timedelta | None:
    if not isinstance(value, str):
        return None
    try:
        return parse_span(value)
    except ValueError:
        return None


def _gravity(rule: RuleOutline, written: Written) -> Iterator[PathFault]:
    if "severity" not in rule.keys and rule.notify:
        path = (*rule.path, "severity")
        allowed = "critical, error, warning, info"
        yield (
            path,
            written.fault(path, found="nothing", allowed=allowed, hint="this key must be given"),
        )


def _verdict_spans(
    rule: RuleOutline, table: Mapping[str, object], written: Written
) -> Iterator[PathFault]:
    if isinstance(table.get("for"), dict) and rule.on and Kind.STATE_MISMATCH not in rule.on:
        path = (*rule.path, "for")
        hint = 'only state-mismatch has verdicts; write one span, such as for = "5m"'
        yield path, written.fault(path, found="a span for each verdict", hint=hint)
