"""A person's word that beginnings, reminders and `worse` shall not be told for a time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Final

import msgspec

from watcher.core.event import Kind
from watcher.core.subject import Subject

MADE_BY_ERRORS: Final = frozenset({Kind.NEW_ERROR, Kind.STATE_MISMATCH})
"""Kinds for which a job's latest error counts."""


class Matchers(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a silence is about; each field that is given must fit with one of its texts.

    `jobs` and `sources` are globs; `errors` fingerprints: of a new error, or of the latest error
    of a job that is not what it should be.
    """

    jobs: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    rules: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def are_given(self) -> bool:
        """Whether anything is asked for at all."""
        return bool(self.jobs or self.sources or self.kinds or self.rules or self.errors)

    def fit(self, subject: Subject, kind: Kind, rule: str, error: str | None) -> bool:
        """Whether they fit what one rule would tell; `error` is the fingerprint that counts for it.

        Kinds that no error makes have none, so they never fit a silence of errors.
        """
        return (
            _fits(self.jobs, subject.job)
            and _fits(self.sources, subject.source)
            and (not self.kinds or kind in self.kinds)
            and (not self.rules or rule in self.rules)
            and (not self.errors or error in self.errors)
        )


def _fits(globs: tuple[str, ...], value: str | None) -> bool:
    return not globs or (value is not None and fits_any(globs, value))


def fits_any(globs: Iterable[str], value: str) -> bool:
    """Whether one of the globs fits."""
    return any(fnmatchcase(value, glob) for glob in globs)


class Silence(msgspec.Struct, frozen=True, omit_defaults=True):
    """What shall not be told, until when, and on whose word.

    It ends at `until`, or with `until_recovered` at the first Step after which nothing that it fits
    is firing, whichever comes first, or when somebody ends it; the latter two set `expired_at`.
    """

    id: str
    matchers: Matchers
    created_by: str
    created_at: datetime
    reason: str = ""
    until: datetime | None = None
    until_recovered: bool = False
    expired_at: datetime | None = None
    expired_by: str | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it is in force."""
        return self.expired_at is None and (self.until is None or now < self.until)

    @property
    def ended_at(self) -> datetime | None:
        """When it ended, or will at the latest."""
        return self.expired_at or self.until
