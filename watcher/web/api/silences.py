"""Silences: those that are kept, a new one, and the end of one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType
from typing import Annotated, Final

import msgspec
from anyio.to_thread import run_sync
from msgspec import Meta
from sqlalchemy import Connection

from watcher.core.event import NAMEABLE, Kind
from watcher.core.silence import Matchers, Silence
from watcher.core.until import EndError, end_after, end_at
from watcher.messages.plain import short_line, writable
from watcher.store.aim import Flaw, Hits, Miss, hits, in_full, misses
from watcher.store.known import Known, read_known
from watcher.store.silences import Heard, add_silence, expire_silence, read_heard
from watcher.web.api.given import LONGEST
from watcher.web.api.operation import Call, Operation
from watcher.web.api.problem import Fault, Refused, shown, unfit

REASON_CHARACTERS: Final = 200
MOST_WORDS: Final = 100
NO_MATCHER: Final = "one of jobs, sources, kinds, rules, errors: what to silence"
NO_END: Final = "one of lasts, until, until_recovered: without an end trouble would hide for good"

MOST_JOBS: Final = 1_000
"""Names of jobs that a new silence fits are given up to this many."""

MISSED: Final = MappingProxyType(
    {
        Flaw.NO_JOB: "jobs",
        Flaw.NO_SOURCE: "sources",
        Flaw.NO_RULE: "rules",
        Flaw.NO_ERROR: "errors",
        Flaw.KIND_WITHOUT_JOB: "kinds",
        Flaw.KIND_WITHOUT_ERROR: "kinds",
        Flaw.NONE_OF_BOTH: "jobs",
    }
)
WHY: Final = MappingProxyType(
    {
        Flaw.NO_JOB: "a glob that fits a job that is known",
        Flaw.NO_SOURCE: "a glob that fits a source that is known",
        Flaw.NO_RULE: "a rule of the file",
        Flaw.NO_ERROR: "the beginning of an error's fingerprint that was seen",
        Flaw.KIND_WITHOUT_JOB: "kinds that are about a job, as jobs are given",
        Flaw.KIND_WITHOUT_ERROR: "kinds that have an error, as errors are given",
        Flaw.NONE_OF_BOTH: "a job that fits both jobs and sources",
    }
)

Word = Annotated[str, Meta(min_length=1, max_length=LONGEST)]
Words = Annotated[tuple[Word, ...], Meta(max_length=MOST_WORDS)]
Span = Annotated[str, Meta(pattern="^[0-9]{1,9}(ms|s|m|h|d)$")]
SilenceId = Annotated[str, Meta(pattern="^[0-9a-f]{8}$", description="The silence's id.")]


class SilencesAsked(msgspec.Struct, frozen=True):
    """Which silences."""

    all: Annotated[bool, Meta(description="Also those that are over.")] = False


class SilenceAsked(msgspec.Struct, frozen=True):
    """Which silence."""

    id: SilenceId


class EndAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which silence."""

    id: SilenceId


class NewSilence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What shall not be told, and until when.

    Each of `jobs`, `sources` (both globs), `kinds`, `rules` and `errors` (fingerprints, their
    beginnings are enough) that is given must fit with one of its texts; one of them is needed.  It
    ends at `until`, or after `lasts` ("2h"; one of the two), or with `until_recovered` at the
    latest when nothing that it fits fires any more.  What would hide nothing that is known is
    refused, unless `force` is given.
    """

    jobs: Words = ()
    sources: Words = ()
    kinds: Annotated[tuple[Kind, ...], Meta(max_length=MOST_WORDS)] = ()
    rules: Words = ()
    errors: Words = ()
    lasts: Span | None = None
    until: Annotated[datetime, Meta(tz=True)] | None = None
    until_recovered: bool = False
    reason: Annotated[str, Meta(max_length=LONGEST)] = ""
    force: bool = False


class SilenceView(msgspec.Struct, frozen=True):
    """A person's word that beginnings, reminders and what gets worse shall not be told for a time.

    `in_force` says whether it holds now; `hidden` counts the messages that it has hidden, as far as
    the store goes back.  `expired_by` is null where it ended because all recovered.
    """

    id: str
    in_force: bool
    jobs: tuple[str, ...]
    sources: tuple[str, ...]
    kinds: tuple[Kind, ...]
    rules: tuple[str, ...]
    errors: tuple[str, ...]
    reason: str
    created_by: str
    created_at: datetime
    until: datetime | None
    until_recovered: bool
    expired_at: datetime | None
    expired_by: str | None
    hidden: int


class Made(msgspec.Struct, frozen=True):
    """The new silence, and what it fits now: jobs by name, and how many alerts that fire."""

    silence: SilenceView
    jobs: tuple[str, ...]
    alerts: int


class Silences(msgspec.Struct, frozen=True):
    """Silences, the oldest first."""

    silences: tuple[SilenceView, ...]


async def list_silences(call: Call, asked: SilencesAsked) -> Silences:
    """The silences in force, or all that are kept."""
    now = call.desk.now()
    found = await call.desk.read(read_heard)
    shown_ = [one for one in found if asked.all or one.silence.holds(now)]
    return Silences(tuple(_view(one, now) for one in shown_))


async def show_silence(call: Call, asked: SilenceAsked) -> SilenceView:
    """One silence."""
    heard = _find(await call.desk.read(read_heard), asked.id)
    if heard is None:
        raise _not_kept(asked.id)
    return _view(heard, call.desk.now())


async def make_silence(call: Call, asked: NewSilence) -> Made:
    """Add a silence."""
    desk, now = call.desk, call.desk.now()
    known = await desk.read(read_known)
    wanted = _wanted(call, asked, known, now)
    found = await run_sync(hits, wanted.matchers, known)
    if not asked.force:
        # To find what was probably meant takes seconds among 10,000 jobs.
        await run_sync(_require_aim, call, wanted, found, known)
    made = await desk.write(partial(add_silence, silence=wanted))
    call.note(silence=made.id)
    return Made(_view(Heard(made, 0), now), found.jobs[:MOST_JOBS], len(found.alerts))


async def end_silence(call: Call, asked: EndAsked) -> SilenceView:
    """End a silence now."""
    now = call.desk.now()
    end = partial(_end_now, which=asked.id, now=now, by=call.who)
    heard, was_in_force = await call.desk.write(end)
    if heard is None:
        raise _not_kept(asked.id)
    if not was_in_force:
        raise Refused(409, f"Silence {asked.id} is over already.")
    call.note(silence=asked.id)
    return _view(heard, now)


def _end_now(
    connection: Connection, which: str, now: datetime, by: str
) -> tuple[Heard | None, bool]:
    """The silence as it is then, and whether it was in force until now."""
    before = _find(read_heard(connection), which)
    if before is None or not before.silence.holds(now):
        return before, False
    expire_silence(connection, which, now, by)
    return _find(read_heard(connection), which), True


def _find(found: Iterable[Heard], which: str) -> Heard | None:
    return next((heard for heard in found if heard.silence.id == which), None)


def _not_kept(which: str) -> Refused:
    return Refused(404, f"No silence {which} is kept.")


def _wanted(call: Call, asked: NewSilence, known: Known, now: datetime) -> Silence:
    errors, ambiguous = in_full(asked.errors, known)
    matchers = Matchers(asked.jobs, asked.sources, asked.kinds, asked.rules, errors)
    faults = _faults(asked, matchers)
    faults += [
        Fault("errors", found=shown(one.error), expected=f"one of: {', '.join(one.fitting)} …")
        for one in ambiguous
    ]
    if faults:
        raise unfit(faults)
    return Silence(
        id="",
        matchers=matchers,
        created_by=call.who,
        created_at=now,
        reason=short_line(asked.reason, REASON_CHARACTERS),
        until=_end(asked, now),
        until_recovered=asked.until_recovered,
    )


def _faults(asked: NewSilence, matchers: Matchers) -> list[Fault]:
    found = [] if matchers.are_given else [Fault("body", expected=NO_MATCHER)]
    if not (asked.lasts or asked.until or asked.until_recovered):
        found.append(Fault("body", expected=NO_END))
    if asked.lasts and asked.until:
        found.append(Fault("lasts", expected="it or until, not both"))
    if Kind.UNWRITABLE in asked.kinds:
        known = ", ".join(NAMEABLE)
        found.append(Fault("kinds", found=Kind.UNWRITABLE, expected=f"one of: {known}"))
    words = (*asked.jobs, *asked.sources, *asked.rules, *asked.errors)
    found += [
        Fault("body", found=shown(word), expected="a text that names something")
        for word in words
        if not word.strip() or writable(word) != word
    ]
    return found


def _end(asked: NewSilence, now: datetime) -> datetime | None:
    word = "lasts" if asked.lasts else "until"
    try:
        if asked.lasts:
            return end_after(asked.lasts, now)
        return end_at(asked.until.isoformat(), UTC, now) if asked.until else None
    except EndError as error:
        raise unfit([Fault(word, found=asked.lasts, expected=str(error))]) from None


def _require_aim(call: Call, wanted: Silence, found: Hits, known: Known) -> None:
    """Refuse what hides nothing that is known: it is likely a slip."""
    plan = call.desk.plan
    rules = [rule.name for rule in plan.rules]
    faults = [_missed(one) for one in misses(wanted.matchers, known, plan.sources, rules)]
    if wanted.until_recovered and not found.alerts:
        words = "something that it fits to fire now, or there is no recovery to wait for"
        faults.append(Fault("until_recovered", expected=words))
    if faults:
        raise Refused(409, "It would hide nothing of what is known; `force` adds it.", faults)


def _missed(miss: Miss) -> Fault:
    hint = f'did you mean "{miss.near}"?' if miss.near else None
    return Fault(
        MISSED[miss.flaw], found=shown(miss.wanted) or None, expected=WHY[miss.flaw], hint=hint
    )


def _view(heard: Heard, now: datetime) -> SilenceView:
    silence, about = heard.silence, heard.silence.matchers
    return SilenceView(
        id=silence.id,
        in_force=silence.holds(now),
        jobs=about.jobs,
        sources=about.sources,
        kinds=about.kinds,
        rules=about.rules,
        errors=about.errors,
        reason=silence.reason,
        created_by=silence.created_by,
        created_at=silence.created_at,
        until=silence.until,
        until_recovered=silence.until_recovered,
        expired_at=silence.expired_at,
        expired_by=silence.expired_by,
        hidden=heard.hidden,
    )


OPERATIONS: Final = (
    Operation(
        "GET",
        "/silences",
        "list_silences",
        "The silences in force, or all that are kept.",
        Silences,
        list_silences,
        SilencesAsked,
    ),
    Operation(
        "POST",
        "/silences",
        "make_silence",
        "Add a silence.",
        Made,
        make_silence,
        NewSilence,
        detail="It holds within a second.  The end of what was told is told all the same, and what "
        "still lasts when the silence ends is told then.",
        status=201,
        refusals=(
            (409, "It would hide nothing of what is known; `force` adds it all the same."),
            (422, "It has no end, names nothing, or says two things at once."),
        ),
    ),
    Operation(
        "POST",
        "/silences/expire",
        "expire_silence",
        "End a silence now; what still lasts is told after the next good reading.",
        SilenceView,
        end_silence,
        EndAsked,
        detail="It stays in the list of all, with who ended it.",
        refusals=((404, "It is not kept, or never was."), (409, "It is over already.")),
    ),
    Operation(
        "GET",
        "/silences/{id}",
        "show_silence",
        "One silence.",
        SilenceView,
        show_silence,
        SilenceAsked,
        refusals=((404, "It is not kept, or never was."),),
    ),
)
