"""`watcher status` and `events`, and how every command looks at what the store holds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar

import click

from watcher.cli.root import FAILED, USAGE, takes_config, takes_json
from watcher.cli.tables import print_json, print_table
from watcher.core.event import Event, Kind
from watcher.core.span import format_span, parse_span

if TYPE_CHECKING:
    from watcher.config.glance import Glance
    from watcher.config.resolve import Resolved
    from watcher.store.queries import Reader, Standing
    from watcher.store.traces import Decided

Result = TypeVar("Result")

STANDS_STILL: Final = timedelta(minutes=3)
"""A recorder that works writes once a minute at least."""


def read(config: str | None, ask: Callable[[Reader], Awaitable[Result]]) -> tuple[Glance, Result]:
    """A glance at the file, and what a question to its store gave; exit 1 where that cannot be."""
    import anyio

    from watcher.cli.loading import end, load_glance
    from watcher.ports import StoreError
    from watcher.store.open import open_reader

    seen = load_glance(config)

    async def answer() -> Result:
        reader = await open_reader(seen.store)
        try:
            return await ask(reader)
        finally:
            await reader.close()

    try:
        return seen, anyio.run(answer)
    except StoreError as error:
        end(f"watcher: {error}", FAILED)


def read_by_rules(
    config: str | None, ask: Callable[[Reader], Awaitable[Result]]
) -> tuple[Resolved, Result]:
    """As `read`, with all that the file asks for, which must be without faults then."""
    from watcher.cli.loading import load_resolved

    _, resolved = load_resolved(config)
    _, found = read(config, ask)
    return resolved, found


def since_option(given: str | None) -> datetime | None:
    """The time that lies a span such as `2h` ago."""
    from watcher.cli.loading import end
    from watcher.clock import SystemClock

    if given is None:
        return None
    try:
        return SystemClock().now() - parse_span(given)
    except ValueError as error:
        end(f"--since: {error}", USAGE)


@click.command(epilog="Example: watcher status --json")
@takes_config
@takes_json
def status(config: str | None, *, as_json: bool) -> None:
    """Show the sources, the jobs by state, the alerts and the channels as they stand."""
    from watcher.cli.quiet import quiet_now
    from watcher.clock import SystemClock
    from watcher.store.lock import holder_of

    seen, now = read(config, lambda reader: reader.status())
    quiet, pid = quiet_now(config, seen, now.silences), holder_of(seen.store)
    if as_json:
        service = {"running": pid is not None, "pid": pid}
        print_json({"service": service, **now.as_data(), **quiet.as_data()})
        return
    when = clock_face(seen)
    if pid is None:
        click.echo("No `watcher run` uses this store now; this is how everything stood last.\n")
    else:
        click.echo(f"`watcher run` uses this store (pid {pid}).\n")
    if now.anchor is not None and now.anchor.moved_by is not None:
        click.echo(f"{when(now.anchor.moved_at)}: {clock_was_set(now.anchor.moved_by)}\n")
    click.echo(history_line(seen, SystemClock().now(), running=pid is not None) + "\n")
    _show_standing(now, when)
    quiet.show(when)


def _show_standing(now: Standing, when: Callable[[datetime | None], str | None]) -> None:
    """The tables of `status`."""
    print_table(
        "sources",
        ("source", "last good reading (to 30 s)", "blind since"),
        [(s.name, when(s.read_at), when(s.blind.since if s.blind else None)) for s in now.sources],
    )
    print_table(
        "jobs",
        ("source", "expected", "actual", "jobs"),
        [(j.source, j.expect_state, j.actual_state, j.jobs) for j in now.jobs],
    )
    print_table(
        "alerts",
        ("phase", "kind", "about", "verdict", "since", "rule"),
        [(a.phase, a.kind, a.subject.lane, a.verdict, when(a.since), a.rule) for a in now.alerts],
    )
    print_table(
        "channels",
        ("channel", "waiting", "oldest", "takes messages", "next try", "why"),
        [
            (
                b.channel,
                b.waiting,
                when(b.oldest_made_at),
                "no" if b.breaker.is_open else "yes",
                when(b.breaker.probe_at),
                b.breaker.reason,
            )
            for b in now.backlogs
        ],
    )


def history_line(seen: Glance, now: datetime, *, running: bool) -> str:
    """How the flight recorder stands: from when, how large, and whether it still writes."""
    from watcher.store.flight_reader import FlightReader

    if not seen.history:
        return 'history: nothing is recorded (history = "0s")'
    reader = FlightReader(seen.store)
    try:
        stretches, size, remarks = reader.stretches(), reader.size, reader.remarks
    finally:
        reader.close()
    lines = list(remarks)
    if not stretches:
        lines.append("history: nothing has been recorded yet")
        return "\n".join(lines)
    when, last = clock_face(seen), max(stretch.until for stretch in stretches)
    still = "" if not running or now - last < STANDS_STILL else " - IT STANDS STILL: see the log"
    lines.append(
        f"history: recorded from {when(stretches[0].at)} until {when(last)}{still}, "
        f"{size / 2**20:.1f} MiB"
    )
    return "\n".join(lines)


@click.command(epilog="Example: watcher events --since 2h --kind restart --job payments")
@takes_config
@takes_json
@click.option("--since", metavar="SPAN", help="Only those of the last SPAN, such as 2h.")
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]), help="Only this kind.")
@click.option("--job", help="Only this job.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True)
def events(
    config: str | None,
    since: str | None,
    kind: str | None,
    job: str | None,
    limit: int,
    *,
    as_json: bool,
) -> None:
    """Show the latest of what happened, the newest last."""
    wanted = Kind(kind) if kind else None
    after = since_option(since)

    async def ask(reader: Reader) -> tuple[Sequence[Event], dict[int, tuple[Decided, ...]]]:
        found = await reader.events(limit=limit, since=after, kind=wanted, job=job)
        return found, await reader.decisions([event.id for event in found])

    seen, (found, decided) = read(config, ask)
    if as_json:
        print_json(found)
        return
    when = clock_face(seen)
    print_table(
        "events",
        ("id", "when", "kind", "about", "what", "what became of it"),
        [
            (
                *(e.id, when(e.occurred_at), e.kind, e.subject.lane, what_happened(e)),
                became(decided.get(e.id, ())),
            )
            for e in found
        ],
    )


def became(decided: Sequence[Decided]) -> str:
    """Who was told of an event, or the first gate that stopped it, in words."""
    from watcher.messages.decisions import words_of

    told = dict.fromkeys(one.channel or "" for one in decided if one.notification)
    if told:
        return f"told {', '.join(told)}"
    if not decided:
        return "open: nothing is decided yet"
    first = decided[0]
    where = f" on {first.channel}" if first.channel else ""
    return f"not told{where}: {words_of(first.why, first.by)}"


def clock_was_set(by: timedelta) -> str:
    """What is said of a wall clock that was set, and what became of everything open."""
    span = format_span(timedelta(seconds=round(abs(by).total_seconds())))
    way = "forward" if by > timedelta(0) else "back"
    return f"the clock was set {way} by {span}; all open clocks and waits went with it."


def clock_face(seen: Glance | Resolved) -> Callable[[datetime | None], str | None]:
    """How a table writes a time: in the operator's zone."""
    zone = seen.timezone

    def when(at: datetime | None) -> str | None:
        return None if at is None else f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"

    return when


def what_happened(event: Event) -> str:
    """One line on an event for the table of `watcher events`."""
    facts = event.facts
    many = f"{facts.affected} of {facts.total} jobs" if facts.basis else None
    told = (event.verdict, facts.restart, facts.cause, many, facts.detail, _of_run(event))
    return " ".join(str(part) for part in told if part)


def _of_run(event: Event) -> str | None:
    """What a job's run summary says about an event of its kind."""
    from watcher.core.event import Kind
    from watcher.core.fingerprint import short_name
    from watcher.messages.plain import root_line

    run, before = event.run, event.previous
    if run is None:
        return None
    match event.kind:
        case Kind.NEW_ERROR:
            name = short_name(event.fingerprint) if event.fingerprint else ""
            return f"{name} {root_line(run.last_error_message)}".strip()
        case Kind.STATE_CHANGE:
            return f"{before.actual_state if before else None} → {run.actual_state}"
        case Kind.INPUT_DELAY:
            return f"{run.input_delay_ms} ms"
        case Kind.RESTART:
            return f"instance {run.instance_id}"
        case _:
            return f"should be {run.expect_state}, is {run.actual_state}"
