"""Whether a silence hits what was meant: a slip at three in the morning must not go unnoticed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

import msgspec

from watcher.core.event import JOB_KINDS
from watcher.core.silence import MADE_BY_ERRORS, Matchers, fits_any

if TYPE_CHECKING:
    from watcher.core.alert import Alert
    from watcher.store.known import Known

FEW_NAMES: Final = 3


class Hits(msgspec.Struct, frozen=True):
    """What a silence fits now: jobs by name, and alerts that fire."""

    jobs: tuple[str, ...]
    alerts: tuple[Alert, ...]


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


def in_full(errors: Iterable[str], known: Known) -> tuple[tuple[str, ...], list[str]]:
    """Fingerprints of which the beginning is enough, in full, and what is against them."""
    found, objections = list[str](), list[str]()
    for error in errors:
        fitting = sorted(one for one in known.errors if one.startswith(error))
        exact = error in known.errors
        if len(fitting) > 1 and not exact:
            some = ", ".join(fitting[:FEW_NAMES])
            objections.append(f"--error {error!r} begins more than one fingerprint: {some}")
        found.append(error if exact or len(fitting) != 1 else fitting[0])
    return tuple(found), objections


def misses(
    about: Matchers, known: Known, sources: Iterable[str], rules: Iterable[str]
) -> Iterator[str]:
    """Why the silence would hide nothing of what is known, one sentence for each word of it.

    `sources` and `rules` are the file's.
    """
    jobs = {subject.job or "" for subject in known.jobs}
    for word, globs, names in (
        ("job", about.jobs, jobs),
        ("source", about.sources, {*known.sources, *sources}),
    ):
        for glob in globs:
            if not any(fnmatchcase(name, glob) for name in names):
                yield f"--{word} {glob!r} fits none of the {len(names)} {word}s{_near(glob, names)}"
    known_rules = {*known.rules, *rules}
    for rule in about.rules:
        if rule not in known_rules:
            yield f"--rule {rule!r} is no rule of the file{_near(rule, known_rules)}"
    for error in about.errors:
        if error not in known.errors:
            yield f"--error {error!r} begins no error's fingerprint that was seen"
    yield from _contradictions(about, known)


def _contradictions(about: Matchers, known: Known) -> Iterator[str]:
    kinds = ", ".join(about.kinds)
    if about.kinds and about.jobs and JOB_KINDS.isdisjoint(about.kinds):
        yield f"--kind {kinds} is about no job, so no --job fits it"
    if about.kinds and about.errors and MADE_BY_ERRORS.isdisjoint(about.kinds):
        yield f"--kind {kinds} has no error, so no --error fits it"
    together = Matchers(jobs=about.jobs, sources=about.sources)
    each_alone = (Matchers(jobs=about.jobs), Matchers(sources=about.sources))
    alone = all(hits(one, known).jobs for one in each_alone)
    if about.jobs and about.sources and alone and not hits(together, known).jobs:
        yield "no job fits both --job and --source"


def _near(word: str, names: Collection[str]) -> str:
    from watcher.config.faults import did_you_mean

    hint = did_you_mean(word, names)
    return f"; {hint}" if hint else ""
