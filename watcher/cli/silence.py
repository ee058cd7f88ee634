"""`watcher silence add|list|expire`: what shall not be told for a time, and what that hides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypedDict, Unpack

import click

from watcher.cli import names
from watcher.cli.look import clock_face, read
from watcher.cli.root import FAILED, USAGE, Command, takes_config, takes_json
from watcher.cli.tables import print_json, print_table, say
from watcher.core.event import NAMEABLE
from watcher.core.silence import Matchers, Silence
from watcher.messages.plain import writable

if TYPE_CHECKING:
    from watcher.config.glance import Glance
    from watcher.store.aim import Ambiguous, Hits, Miss
    from watcher.store.known import Known
    from watcher.store.silences import Heard

REASON_CHARACTERS: Final = 200
NAMES_SHOWN: Final = 5
NO_MATCHER: Final = "say what to silence: --job, --source, --kind, --rule or --error"
NO_END: Final = (
    "a silence without end would hide trouble for good: "
    "give --for 2h, --until '2026-11-25 10:00' or --until-recovered"
)
MISSED: Final = MappingProxyType(
    {
        "no-job": "--job {wanted} fits none of the {n} jobs",
        "no-source": "--source {wanted} fits none of the {n} sources",
        "no-rule": "--rule {wanted} is no rule of the file",
        "no-error": "--error {wanted} begins no error's fingerprint that was seen",
        "kind-without-job": "--kind {kinds} is about no job, so no --job fits it",
        "kind-without-error": "--kind {kinds} has no error, so no --error fits it",
        "none-of-both": "no job fits both --job and --source",
    }
)


class Asked(TypedDict):
    """What a silence shall be about and until when, as `add` takes it."""

    job: tuple[str, ...]
    source: tuple[str, ...]
    kind: tuple[str, ...]
    rule: tuple[str, ...]
    error: tuple[str, ...]
    lasts: str | None
    until: str | None
    until_recovered: bool
    reason: str | None


@click.group(epilog="Example: watcher silence add --job 'orders_*' --for 2h --reason upgrade")
@takes_config
def silence(config: str | None) -> None:
    """Hide what is known for a time: beginnings, reminders and what gets worse, on every channel.

    The end of what was told is told.  What still lasts when the silence ends is told then.
    """


def takes_asked(command: Command) -> Command:
    """The options that say what a silence is about, and until when."""
    kinds = click.Choice([kind.value for kind in NAMEABLE])
    for option in (
        takes_json,
        click.option("--force", is_flag=True, help="Also where nothing known fits."),
        click.option("--reason", metavar="TEXT", help="Kept with it, for those who ask later."),
        click.option("--until-recovered", is_flag=True, help="Until nothing of it fires any more."),
        click.option("--until", metavar="TIME", help="Until then, in the file's timezone."),
        click.option("--for", "lasts", metavar="SPAN", help="For so long, such as 2h."),
        click.option("--error", multiple=True, help="Errors of this fingerprint (or its begin)."),
        click.option(
            "--rule", multiple=True, shell_complete=names.rules, help="What this rule would tell."
        ),
        click.option("--kind", multiple=True, type=kinds, help="Events of this kind."),
        click.option(
            "--source",
            multiple=True,
            metavar="GLOB",
            shell_complete=names.sources,
            help="Sources of such names.",
        ),
        click.option(
            "--job",
            multiple=True,
            metavar="GLOB",
            shell_complete=names.jobs,
            help="Jobs of such names.",
        ),
        takes_config,
    ):
        command = option(command)
    return command


@silence.command(epilog="Example: watcher silence add --job 'orders_*' --for 2h --reason upgrade")
@takes_asked
def add(config: str | None, *, force: bool, as_json: bool, **asked: Unpack[Asked]) -> None:
    """Add a silence: all that is given must fit, of options given twice one.

    Where nothing that is known fits, it is refused, as it is likely a slip.
    """
    from functools import partial

    from watcher.cli.writing import write
    from watcher.clock import SystemClock
    from watcher.store.aim import hits
    from watcher.store.silences import add_silence

    _require_words(asked)
    seen, known = read(config, lambda reader: reader.known())
    now = SystemClock().now()
    wanted = _wanted(asked, seen, known, now)
    found = hits(wanted.matchers, known)
    _require_aim(wanted, found, seen, known, force=force)
    made = write(seen.store, partial(add_silence, silence=wanted))
    if as_json:
        print_json({**as_data(made, now), "jobs": found.jobs, "alerts": len(found.alerts)})
    else:
        _show_made(made, found, seen)


def _require_words(asked: Asked) -> None:
    words = (*asked["job"], *asked["source"], *asked["kind"], *asked["rule"], *asked["error"])
    if not words:
        raise click.UsageError(NO_MATCHER)
    for word in words:
        if not word.strip() or writable(word) != word:
            raise click.UsageError(f"{word!r} names nothing; {NO_MATCHER}")
    if not (asked["lasts"] or asked["until"] or asked["until_recovered"]):
        raise click.UsageError(NO_END)
    if asked["lasts"] and asked["until"]:
        raise click.UsageError("give --for or --until, not both")


def _wanted(asked: Asked, seen: Glance, known: Known, now: datetime) -> Silence:
    from watcher.cli.loading import end
    from watcher.cli.writing import user
    from watcher.core.event import Kind
    from watcher.messages.plain import short_line
    from watcher.store.aim import in_full

    errors, objections = in_full(asked["error"], known)
    if objections:
        end("\n".join(map(_ambiguous, objections)), USAGE)
    return Silence(
        id="",
        matchers=Matchers(
            jobs=asked["job"],
            sources=asked["source"],
            kinds=tuple(map(Kind, asked["kind"])),
            rules=asked["rule"],
            errors=errors,
        ),
        created_by=user(),
        created_at=now,
        reason=short_line(asked["reason"], REASON_CHARACTERS),
        until=_end(asked, seen, now),
        until_recovered=asked["until_recovered"],
    )


def _end(asked: Asked, seen: Glance, now: datetime) -> datetime | None:
    from watcher.cli.loading import end
    from watcher.core.until import end_after, end_at

    word = "--for" if asked["lasts"] else "--until"
    try:
        if asked["lasts"]:
            return end_after(asked["lasts"], now)
        return end_at(asked["until"], seen.timezone, now) if asked["until"] else None
    except ValueError as error:
        end(f"watcher: {word}: {error}", USAGE)


def _require_aim(wanted: Silence, found: Hits, seen: Glance, known: Known, *, force: bool) -> None:
    from watcher.cli.loading import end
    from watcher.config.builtin import BUILTIN_NAMES
    from watcher.store.aim import misses

    rules = {*seen.rules, *BUILTIN_NAMES}
    objections = list(map(_missed, misses(wanted.matchers, known, seen.sources, rules)))
    if objections and not force:
        lines = [f"watcher: {one}" for one in objections]
        end("\n".join([*lines, "nothing is silenced; --force adds it all the same"]), USAGE)
    for one in objections:
        say(f"warning: {one}", error=True)
    if wanted.until_recovered and not found.alerts:
        words = "nothing that it fits fires now, so there is no recovery to wait for"
        end(f"watcher: --until-recovered: {words}; give --for 2h", FAILED)


def _ambiguous(one: Ambiguous) -> str:
    some = ", ".join(one.fitting)
    return f"watcher: --error {one.error!r} begins more than one fingerprint: {some}"


def _missed(miss: Miss) -> str:
    """Why a silence hides nothing, in the words of the command line."""
    hint = f'; did you mean "{miss.near}"?' if miss.near else ""
    return (
        MISSED[miss.flaw].format(wanted=repr(miss.wanted), kinds=miss.wanted, n=miss.known) + hint
    )


def _show_made(made: Silence, found: Hits, seen: Glance) -> None:
    from watcher.store.lock import holder_of

    say(f"silence {made.id}: {about(made.matchers)}; until {until(made, clock_face(seen))}")
    names = ", ".join(found.jobs[:NAMES_SHOWN])
    more = len(found.jobs) - NAMES_SHOWN
    shown = f" ({names}{f' and {more} more' if more > 0 else ''})" if names else ""
    say(f"It fits {len(found.jobs)} jobs{shown}; {len(found.alerts)} alerts of it fire now.")
    if holder_of(seen.store) is None:
        say("No `watcher run` uses this store now; it holds when one is started.")


@silence.command("list", epilog="Example: watcher silence list --all")
@takes_config
@takes_json
@click.option("--all", "everything", is_flag=True, help="Also those that are over.")
def list_silences(config: str | None, *, everything: bool, as_json: bool) -> None:
    """Show the silences in force, and how many messages each has hidden."""
    from watcher.clock import SystemClock

    seen, found = read(config, lambda reader: reader.silences())
    now = SystemClock().now()
    wanted = [one for one in found if everything or one.silence.holds(now)]
    if as_json:
        print_json([{**as_data(one.silence, now), "hidden": one.hidden} for one in wanted])
    else:
        show_silences(wanted, clock_face(seen), now)


def show_silences(
    found: Sequence[Heard], when: Callable[[datetime | None], str | None], now: datetime
) -> None:
    """The table of silences."""
    print_table(
        "silences",
        ("id", "about", "until", "hidden", "by", "since", "reason"),
        [
            (
                one.silence.id,
                about(one.silence.matchers),
                until(one.silence, when, now),
                one.hidden,
                one.silence.created_by,
                when(one.silence.created_at),
                one.silence.reason,
            )
            for one in found
        ],
    )


@silence.command(epilog="Example: watcher silence expire 3f9c21ab")
@takes_config
@takes_json
@click.argument("which", metavar="ID")
def expire(config: str | None, which: str, *, as_json: bool) -> None:
    """End a silence now; the beginning of its id is enough.

    What still lasts is told after the next good reading.
    """
    from functools import partial

    from watcher.cli.loading import end, load_glance
    from watcher.cli.writing import user, write
    from watcher.clock import SystemClock
    from watcher.store.silences import expire_silence

    if not which.strip():
        raise click.UsageError("give an id; `watcher silence list` shows them")
    seen, now = load_glance(config), SystemClock().now()
    found = write(seen.store, partial(expire_silence, prefix=which, now=now, by=user()))
    if len(found) != 1:
        words = "more than one silence's id begins" if found else "no silence's id begins"
        end(f"watcher: {words} with {which!r}; `watcher silence list` shows them", USAGE)
    if found[0].expired_at != now:
        when = clock_face(seen)(found[0].ended_at)
        end(f"watcher: silence {found[0].id} is over since {when}", FAILED)
    if as_json:
        print_json(as_data(found[0], now))
    else:
        say(f"silence {found[0].id} is over; what still lasts is told at the next good reading.")


def about(matchers: Matchers) -> str:
    """What a silence is about, on one line."""
    wanted = {
        "job": matchers.jobs,
        "source": matchers.sources,
        "kind": matchers.kinds,
        "rule": matchers.rules,
        "error": matchers.errors,
    }
    return "; ".join(f"{word} {' | '.join(texts)}" for word, texts in wanted.items() if texts)


def until(
    silence: Silence,
    when: Callable[[datetime | None], str | None],
    now: datetime | None = None,
) -> str:
    """When it ends, or how it has ended."""
    if silence.expired_at is not None:
        return f"{when(silence.expired_at)}, {_ended_by(silence)}"
    if now is not None and not silence.holds(now):
        return f"{when(silence.until)}, over"
    ends = [when(silence.until), "recovered" if silence.until_recovered else None]
    return " or ".join(end for end in ends if end)


def _ended_by(silence: Silence) -> str:
    return f"ended by {silence.expired_by}" if silence.expired_by else "recovered"


def as_data(silence: Silence, now: datetime) -> dict[str, object]:
    """A silence for programs."""
    matchers = silence.matchers
    return {
        "id": silence.id,
        "in_force": silence.holds(now),
        "about": {
            "job": matchers.jobs,
            "source": matchers.sources,
            "kind": matchers.kinds,
            "rule": matchers.rules,
            "error": matchers.errors,
        },
        "reason": silence.reason,
        "created_by": silence.created_by,
        "created_at": silence.created_at,
        "until": silence.until,
        "until_recovered": silence.until_recovered,
        "expired_at": silence.expired_at,
        "expired_by": silence.expired_by,
    }
