"""Whether the keys of one rule agree, judged as far as they can be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from watcher.config.complaints import Written
from watcher.config.faults import Fault, quoted
from watcher.config.outline import RuleOutline
from watcher.config.positions import KeyPath
from watcher.config.reach import verdicts_of
from watcher.core.event import Kind
from watcher.core.span import format_span, parse_span
from watcher.core.verdict import VERDICT_WORDS

PathFault = tuple[KeyPath, Fault]

FEWEST_FLAPS: Final = 2
MOST_FLAPS: Final = 100
"""The times of so many changes are kept for every job that changes."""

_FLAPPING_ALONE: Final = "for flapping it means something else; give flapping a rule of its own"
_NO_FLAP_CLOCK: Final = "it begins with so many changes, count, within a span, within; take it out"
_NO_STORM_CLOCK: Final = "it begins as soon as storm jobs have fallen together; take it out"
_UNCOUNTED: Final = MappingProxyType(
    {
        Kind.INCIDENT: (
            "how many jobs are one is storm, how close they fall storm_within, both for the whole "
            "file; take it out, or give incident a rule of its own"
        ),
        Kind.CONFIG_REFUSED: (
            "it is one alert until a sound file comes into force; take it out, or give "
            "config-refused a rule of its own"
        ),
    }
)
"""Kinds that nothing counts, and what to do instead."""


def rule_faults(
    rule: RuleOutline, table: Mapping[str, object], written: Written
) -> Iterator[PathFault]:
    """Every fault that lies between two keys of `rule`, whose table is `table`."""
    yield from _uncounted(rule, written)
    yield from _counting(rule, table, written)
    yield from _delay(rule, table, written)
    yield from _batch(rule, written)
    yield from _verdicts(rule, written)
    yield from _gravity(rule, written)
    yield from _verdict_spans(rule, table, written)


def _counting(
    rule: RuleOutline, table: Mapping[str, object], written: Written
) -> Iterator[PathFault]:
    if Kind.FLAPPING in rule.on:
        yield from _flapping(rule, table, written)
        return
    for one, other in (("count", "within"), ("within", "count")):
        if one in rule.keys and other not in rule.keys:
            path = (*rule.path, one)
            hint = f"{other} must be given too: so many events within such a span"
            yield path, written.fault(path, found=f"{one} without {other}", hint=hint)


def _uncounted(rule: RuleOutline, written: Written) -> Iterator[PathFault]:
    """What would be passed over in silence: nothing counts incidents, and they have no clock."""
    for kind, hint in _UNCOUNTED.items():
        for key in ("count", "within"):
            if kind in rule.on and key in rule.keys:
                yield _fault_on(rule, key, hint, written)
    for key in ("for", "keep_firing_for"):
        if set(rule.on) == {Kind.INCIDENT} and key in rule.keys:
            yield _fault_on(rule, key, _NO_STORM_CLOCK, written)


def _fault_on(rule: RuleOutline, key: str, hint: str, written: Written) -> PathFault:
    path = (*rule.path, key)
    return path, written.fault(path, found=f"{key} on {', '.join(rule.on)}", hint=hint)


def _flapping(
    rule: RuleOutline, table: Mapping[str, object], written: Written
) -> Iterator[PathFault]:
    """Of flapping, `count` and `within` are what the kind is; of others they make it one alert."""
    alone = set(rule.on) == {Kind.FLAPPING}
    keys = ("for", "keep_firing_for") if alone else ("count", "within")
    wrong = next((key for key in keys if key in rule.keys), None)
    if wrong is not None:
        yield _fault_on(rule, wrong, _NO_FLAP_CLOCK if alone else _FLAPPING_ALONE, written)
    count = table.get("count")
    if alone and isinstance(count, int) and not FEWEST_FLAPS <= count <= MOST_FLAPS:
        path = (*rule.path, "count")
        allowed = f"{FEWEST_FLAPS} to {MOST_FLAPS} changes"
        yield path, written.fault(path, found=str(count), allowed=allowed)


def _delay(rule: RuleOutline, table: Mapping[str, object], written: Written) -> Iterator[PathFault]:
    on_delay = Kind.INPUT_DELAY in rule.on
    if on_delay and not {"threshold", "frozen_after"} & rule.keys:
        path = (*rule.path, "threshold")
        hint = 'a rule on input-delay needs it, such as threshold = "5m", or frozen_after'
        yield path, written.fault(path, found="nothing", hint=hint)
    if on_delay and "recover_below" in rule.keys and "threshold" not in rule.keys:
        path = (*rule.path, "recover_below")
        hint = "it is where an alert ends that began above threshold; give that too"
        yield path, written.fault(path, found="recover_below without threshold", hint=hint)
    yield from _strangers(rule, Kind.INPUT_DELAY, ("threshold", "recover_below"), written)
    yield from _strangers(rule, Kind.INPUT_DELAY, ("frozen_after",), written)
    yield from _recovery(rule, table, written)


def _batch(rule: RuleOutline, written: Written) -> Iterator[PathFault]:
    on_batch = Kind.BATCH_LATE in rule.on
    if on_batch and not {"deadline", "longer_than"} & rule.keys:
        path = (*rule.path, "deadline")
        hint = 'a rule on batch-late needs it, such as deadline = "06:30", or longer_than'
        yield path, written.fault(path, found="nothing", hint=hint)
    if on_batch and "count" in rule.keys:
        path = (*rule.path, "count")
        hint = "a deadline is missed once; take count and within out, or batch-late"
        yield path, written.fault(path, found="count on batch-late", hint=hint)
    for key in ("zone", "days"):
        if on_batch and key in rule.keys and "deadline" not in rule.keys:
            path = (*rule.path, key)
            hint = "it says of deadline where and when; give that too"
            yield path, written.fault(path, found=f"{key} without deadline", hint=hint)
    yield from _strangers(
        rule, Kind.BATCH_LATE, ("deadline", "zone", "days", "longer_than"), written
    )


def _strangers(
    rule: RuleOutline, kind: Kind, keys: tuple[str, ...], written: Written
) -> Iterator[PathFault]:
    """The keys that only rules on one kind have."""
    for key in keys:
        if key in rule.keys and rule.on and kind not in rule.on:
            hint = f"it is for {kind} only; name that in on, or take it out"
            yield _fault_on(rule, key, hint, written)


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


def _verdicts(rule: RuleOutline, written: Written) -> Iterator[PathFault]:
    """Verdicts that there are, but of another kind."""
    words = tuple(word for kind in rule.on for word in verdicts_of(kind))
    for number, verdict in enumerate(rule.verdicts):
        if words and verdict in VERDICT_WORDS and verdict not in words:
            # Where one word stands without a list, its place has no number.
            path, _ = written.reach((*rule.path, "match", "verdict", number))
            yield (
                path,
                written.fault(
                    path,
                    found=f"{quoted(verdict)} on {', '.join(rule.on)}",
                    allowed=", ".join(words),
                ),
            )
