"""Whether a silence hits what was meant: a slip at three in the morning must not go unnoticed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from fnmatch import fnmatchcase
from itertools import count
from typing import Final

import msgspec

from watcher.core.alert import Alert
from watcher.core.event import JOB_KINDS
from watcher.core.nearest import nearest
from watcher.core.silence import MADE_BY_ERRORS, Matchers, fits_any
from watcher.store.known import Known

FEW_NAMES: Final = 3
MOST_NEAR: Final = 3
"""For so many slips the name that was meant is sought: among 10,000 jobs that takes a second."""


class Hits(msgspec.Struct, frozen=True):
    """What a silence fits now: jobs by name, and alerts that fire."""

    jobs: tuple[str, ...]
    alerts: tuple[Alert, ...]


class Flaw(StrEnum):
    """Why a silence would hide nothing of what is known."""

    NO_JOB = "no-job"
    NO_SOURCE = "no-source"
    NO_RULE = "no-rule"
    NO_ERROR = "no-error"
    KIND_WITHOUT_JOB = "kind-without-job"
    KIND_WITHOUT_ERROR = "kind-without-error"
    NONE_OF_BOTH = "none-of-both"


class Miss(msgspec.Struct, frozen=True):
    """One thing that a silence asks for in vain: `wanted` as it was written, of `known` names, of
    which `near` was probably meant.
    """

    flaw: Flaw
    wanted: str = ""
    known: int = 0
    near: str | None = None


class Ambiguous(msgspec.Struct, frozen=True):
    """The beginning of several fingerprints, some of which are `fitting`."""

    error: str
    fitting: tuple[str, ...]


def hits(about: Matchers, known: Known) -> Hits:
    """What of all that is known the matchers fit."""
    jobs = sorted(
        subject.job or ""
        for subject, error in known.jobs.items()
        if (not about.jobs or fits_any(about.jobs, subject.job or ""))
        and (not about.sources or fits_any(about.sources, subject.source or ""))
        and (not about.errors or error in about.errors)
    )
    alerts = tuple(
        alert
        for alert in known.firing
        if about.fit(alert.subject, alert.kind, alert.rule, _error_of(alert, known))
    )
    return Hits(tuple(jobs), alerts)


def _error_of(alert: Alert, known: Known) -> str | None:
    return known.jobs.get(alert.subject) if alert.kind in MADE_BY_ERRORS else None


def in_full(errors: Iterable[str], known: Known) -> tuple[tuple[str, ...], list[Ambiguous]]:
    """Fingerprints of which the beginning is enough, in full, and those that begin several."""
    found, ambiguous = list[str](), list[Ambiguous]()
    for error in errors:
        fitting = sorted(one for one in known.errors if one.startswith(error))
        exact = error in known.errors
        if len(fitting) > 1 and not exact:
            ambiguous.append(Ambiguous(error, tuple(fitting[:FEW_NAMES])))
        found.append(error if exact or len(fitting) != 1 else fitting[0])
    return tuple(found), ambiguous


def misses(
    about: Matchers, known: Known, sources: Iterable[str], rules: Iterable[str]
) -> Iterator[Miss]:
    """Why the silence would hide nothing of what is known, one for each word of it.

    `sources` and `rules` are the file's.
    """
    jobs = {subject.job or "" for subject in known.jobs}
    sought = count()
    for flaw, globs, names in (
        (Flaw.NO_JOB, about.jobs, jobs),
        (Flaw.NO_SOURCE, about.sources, {*known.sources, *sources}),
    ):
        for glob in globs:
            if not any(fnmatchcase(name, glob) for name in names):
                near = nearest(glob, names) if next(sought) < MOST_NEAR else None
                yield Miss(flaw, glob, len(names), near)
    known_rules = {*known.rules, *rules}
    for rule in about.rules:
        if rule not in known_rules:
            yield Miss(Flaw.NO_RULE, rule, len(known_rules), nearest(rule, known_rules))
    for error in about.errors:
        if error not in known.errors:
            yield Miss(Flaw.NO_ERROR, error, len(known.errors))
    yield from _contradictions(about, known)


def _contradictions(about: Matchers, known: Known) -> Iterator[Miss]:
    kinds = ", ".join(about.kinds)
    if about.kinds and about.jobs and JOB_KINDS.isdisjoint(about.kinds):
        yield Miss(Flaw.KIND_WITHOUT_JOB, kinds)
    if about.kinds and about.errors and MADE_BY_ERRORS.isdisjoint(about.kinds):
        yield Miss(Flaw.KIND_WITHOUT_ERROR, kinds)
    together = Matchers(jobs=about.jobs, sources=about.sources)
    each_alone = (Matchers(jobs=about.jobs), Matchers(sources=about.sources))
    alone = all(hits(one, known).jobs for one in each_alone)
    if about.jobs and about.sources and alone and not hits(together, known).jobs:
        yield Miss(Flaw.NONE_OF_BOTH)
