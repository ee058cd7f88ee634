"""The form for a silence: what was filled in, what is wrong with it, what it asks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Final

import msgspec

from watcher.core.event import NAMEABLE, Kind
from watcher.core.silence import Matchers, Silence
from watcher.core.until import EndError, end_after, end_at
from watcher.messages.plain import short_line, writable
from watcher.store.aim import Ambiguous, Hits, Miss, hits, in_full, misses
from watcher.store.known import Known
from watcher.web.query import choice_of, text_of

REASON_CHARACTERS: Final = 200
LONGEST_NAME: Final = 500
LONGEST_LIST: Final = 5000
MOST_GLOBS: Final = 50


class Wrong(StrEnum):
    """What is wrong with a field, beside what `aim` and `until` find."""

    NOTHING = "nothing"
    NAMELESS = "nameless"
    ENDLESS = "endless"
    TWO_ENDS = "two-ends"
    NO_RECOVERY = "no-recovery"


class Filled(msgspec.Struct, frozen=True):
    """The fields as they were filled in; "" where they were not.

    `job` and `source` hold a glob a line.
    """

    job: str = ""
    source: str = ""
    kind: Kind | None = None
    rule: str = ""
    error: str = ""
    lasts: str = ""
    until: str = ""
    until_recovered: bool = False
    reason: str = ""
    force: bool = False


class Objection(msgspec.Struct, frozen=True):
    """What is wrong with a field: the words' key, and what they name.

    `forcible`: whoever means it may add the silence all the same.
    """

    field: str
    key: str
    wanted: str = ""
    known: int = 0
    near: str = ""
    forcible: bool = False


class Judged(msgspec.Struct, frozen=True):
    """What a form comes to: the silence where nothing is wrong, and what it would hit now."""

    filled: Filled
    objections: tuple[Objection, ...] = ()
    silence: Silence | None = None
    hits: Hits | None = None

    @property
    def refused(self) -> bool:
        """Whether it is not added as it stands."""
        return any(not (one.forcible and self.filled.force) for one in self.objections)

    def wrong(self, field: str) -> tuple[Objection, ...]:
        """What is wrong with one field."""
        return tuple(one for one in self.objections if one.field == field)


def read_form(fields: Mapping[str, object]) -> Filled:
    """The fields of a form, or of an address that fills it in."""
    kind = choice_of(fields, "kind", Kind)
    return Filled(
        job=text_of(fields, "job", LONGEST_LIST),
        source=text_of(fields, "source", LONGEST_LIST),
        kind=kind if kind in NAMEABLE else None,
        rule=text_of(fields, "rule", LONGEST_NAME),
        error=text_of(fields, "error"),
        lasts=text_of(fields, "for"),
        until=text_of(fields, "until"),
        until_recovered=text_of(fields, "recovered") == "1",
        reason=text_of(fields, "reason", LONGEST_NAME),
        force=text_of(fields, "force") == "1",
    )


def judge_form(
    filled: Filled,
    known: Known,
    *,
    sources: Collection[str],
    rules: Collection[str],
    by: str,
    zone: tzinfo,
    now: datetime,
) -> Judged:
    """What the form asks for, by all that is known; `sources` and `rules` are the file's."""
    errors, ambiguous = in_full((filled.error,) if filled.error else (), known)
    matchers = Matchers(
        jobs=_lines(filled.job),
        sources=_lines(filled.source),
        kinds=(filled.kind,) if filled.kind else (),
        rules=(filled.rule,) if filled.rule else (),
        errors=errors,
    )
    end, wrong_end = _end(filled, zone, now)
    if not matchers.are_given:
        return Judged(filled, (Objection("job", f"wrong.{Wrong.NOTHING}"), *wrong_end))
    found = hits(matchers, known)
    objections = (
        *_nameless(filled),
        *map(_begins_several, ambiguous),
        *(_missed(miss) for miss in misses(matchers, known, sources, rules)),
        *wrong_end,
        *_no_recovery(filled, found),
    )
    silence = Silence(
        id="",
        matchers=matchers,
        created_by=by,
        created_at=now,
        reason=short_line(filled.reason, REASON_CHARACTERS),
        until=end,
        until_recovered=filled.until_recovered,
    )
    return Judged(filled, objections, silence, found)


def _lines(text: str) -> tuple[str, ...]:
    """The globs of a field, each once."""
    globs = (line.strip() for line in text.splitlines())
    return tuple(dict.fromkeys(glob for glob in globs if glob))[:MOST_GLOBS]


def _end(
    filled: Filled, zone: tzinfo, now: datetime
) -> tuple[datetime | None, tuple[Objection, ...]]:
    if filled.lasts and filled.until:
        return None, (Objection("for", f"wrong.{Wrong.TWO_ENDS}"),)
    if not (filled.lasts or filled.until or filled.until_recovered):
        return None, (Objection("for", f"wrong.{Wrong.ENDLESS}"),)
    field, written = ("for", filled.lasts) if filled.lasts else ("until", filled.until)
    try:
        if filled.lasts:
            return end_after(filled.lasts, now), ()
        return (end_at(filled.until, zone, now) if filled.until else None), ()
    except EndError as error:
        return None, (Objection(field, f"wrong.end.{error.fault}", wanted=written),)


def _nameless(filled: Filled) -> tuple[Objection, ...]:
    """Texts that no name can be."""
    named = ("job", "source", "rule", "error")
    return tuple(
        Objection(name, f"wrong.{Wrong.NAMELESS}")
        for name in named
        if writable(text := getattr(filled, name)) != text
    )


def _begins_several(one: Ambiguous) -> Objection:
    return Objection("error", "wrong.several", wanted=one.error, near=", ".join(one.fitting))


_FIELDS: Final = (("job", "job"), ("source", "source"), ("rule", "rule"), ("error", "error"))


def _missed(miss: Miss) -> Objection:
    flaw = miss.flaw.value
    field = next((name for end, name in _FIELDS if flaw == f"no-{end}"), "kind")
    return Objection(
        "job" if flaw == "none-of-both" else field,
        f"wrong.{flaw}",
        wanted=miss.wanted,
        known=miss.known,
        near=miss.near or "",
        forcible=True,
    )


def _no_recovery(filled: Filled, found: Hits) -> tuple[Objection, ...]:
    if not filled.until_recovered or found.alerts:
        return ()
    return (Objection("recovered", f"wrong.{Wrong.NO_RECOVERY}"),)
