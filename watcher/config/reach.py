"""Which of the configured jobs a rule can reach, before any job was seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Final

from watcher.config.globs import covers, overlap_any
from watcher.config.outline import RuleOutline, SourceOutline, TargetOutline
from watcher.core.event import JOB_KINDS, Kind
from watcher.core.run_summary import BATCH, STREAM
from watcher.core.verdict import BatchVerdict, DelayVerdict, Verdict

LACKS: Final = MappingProxyType(
    {
        Kind.BLIND: frozenset({"job", "job_type", "labels"}),
        Kind.FROZEN: frozenset({"job", "job_type", "labels"}),
        Kind.RECONCILED: frozenset({"job", "job_type", "labels"}),
        Kind.INCIDENT: frozenset({"job", "job_type", "labels"}),
        Kind.UNDELIVERABLE: frozenset({"source", "project", "job", "job_type", "labels"}),
        Kind.CONFIG_REFUSED: frozenset({"source", "project", "job", "job_type", "labels"}),
    }
)
"""What events about no job do not have, so that a `match` that asks for it fails."""


OF_NO_SOURCE: Final[frozenset[str]] = frozenset({Kind.UNDELIVERABLE, Kind.CONFIG_REFUSED})

ONE_TYPE: Final[Mapping[str, str]] = MappingProxyType(
    {Kind.FLAPPING: STREAM, Kind.REDEPLOYMENT: STREAM, Kind.BATCH_LATE: BATCH}
)
"""Kinds of which only jobs of one type know."""

VERDICTS: Final = MappingProxyType(
    {
        Kind.STATE_MISMATCH: tuple(word.value for word in Verdict),
        Kind.INPUT_DELAY: tuple(word.value for word in DelayVerdict),
        Kind.BATCH_LATE: tuple(word.value for word in BatchVerdict),
    }
)
"""The kinds that have verdicts, with their words."""


def verdicts_of(kind: str) -> tuple[str, ...]:
    """The verdicts of a kind as the file writes it; none where it has none."""
    return next((words for known, words in VERDICTS.items() if known == kind), ())


def asks(rule: RuleOutline) -> frozenset[str]:
    """The keys of `match` that say where a rule holds."""
    asked = {key for key, globs in rule.place.items() if globs}
    return frozenset(asked | ({"labels"} if rule.labels else set()))


def can_have(rule: RuleOutline, kind: str) -> bool:
    """Whether events of a kind have everything that the rule's `match` asks for."""
    if rule.verdicts and not verdicts_of(kind):
        return False
    lacks = next((lacks for known, lacks in LACKS.items() if known == kind), frozenset[str]())
    return not lacks & asks(rule)


def can_reach_any(rule: RuleOutline, sources: Sequence[SourceOutline]) -> bool:
    """Whether some job, or for other kinds some source, of the file can fit the rule's `match`."""
    return any(
        kind in OF_NO_SOURCE or any(_can_reach(rule, kind, source) for source in sources)
        for kind in rule.on
    )


def _can_reach(rule: RuleOutline, kind: str, source: SourceOutline) -> bool:
    if not reaches_source(rule, source):
        return False
    if source.targets is None or kind not in JOB_KINDS:
        return True
    return any(
        _can_reach_target(rule, target, source.targets)
        for target in source.targets
        if kind not in ONE_TYPE or target.job_type == ONE_TYPE[kind]
    )


def reaches_source(rule: RuleOutline, source: SourceOutline) -> bool:
    """Whether the rule's `match` admits the source and its project."""
    return _fits(rule.globs("source"), source.name) and (
        source.project is None or _fits(rule.globs("project"), source.project)
    )


def _fits(globs: Iterable[str], value: str) -> bool:
    return any(fnmatchcase(value, glob) for glob in globs)


def _can_reach_target(
    rule: RuleOutline, target: TargetOutline, siblings: Sequence[TargetOutline]
) -> bool:
    return (
        _fits(rule.globs("job_type"), target.job_type)
        and overlap_any(rule.globs("job"), target.names)
        and _can_carry(rule.labels, target, siblings)
    )


def _can_carry(
    asked: Mapping[str, tuple[str, ...]], target: TargetOutline, siblings: Sequence[TargetOutline]
) -> bool:
    """Whether a job of `target` can have the labels, its own and those of overlapping targets."""
    others = [each for each in asked.items() if not _carries(target.labels, *each)]
    # Siblings are many, and most rules ask for nothing that a target does not say itself.
    carried = list(_labels_with(target, siblings)) if others else []
    return all(any(_carries(labels, key, globs) for labels in carried) for key, globs in others)


def _carries(labels: Mapping[str, str], key: str, globs: Iterable[str]) -> bool:
    return key in labels and _fits(globs, labels[key])


def _labels_with(
    target: TargetOutline, siblings: Sequence[TargetOutline]
) -> Iterator[Mapping[str, str]]:
    for other in siblings:
        if other.job_type == target.job_type and overlap_any(target.names, other.names):
            yield other.labels


def reaches_name(
    rule: RuleOutline, name: str, target: TargetOutline, source: SourceOutline
) -> bool:
    """Whether the rule can hear of a job that `name` (a name or glob of `target`) stands for."""
    only = TargetOutline(target.path, target.job_type, (name,), target.labels)
    return reaches_source(rule, source) and _can_reach_target(
        rule, only, (only, *(source.targets or ()))
    )


def covers_name(rule: RuleOutline, name: str, target: TargetOutline, source: SourceOutline) -> bool:
    """Whether the rule surely hears of every job that `name` stands for."""
    return (
        reaches_name(rule, name, target, source)
        and any(covers(glob, name) for glob in rule.globs("job"))
        and all(
            _fits(globs, target.labels[key])
            for key, globs in rule.labels.items()
            if key in target.labels
        )
    )
