"""`watcher events`, and how every command looks at what the store holds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import click

from watcher.cli import names
from watcher.cli.root import FAILED, USAGE, takes_config, takes_json
from watcher.cli.tables import print_json, print_table
from watcher.core.event import Event, Kind
from watcher.core.span import parse_span

if TYPE_CHECKING:
    from watcher.config.glance import Glance
    from watcher.config.resolve import Resolved
    from watcher.store.queries import Reader
    from watcher.store.traces import Decided

Result = TypeVar("Result")


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


@click.command(epilog="Example: watcher events --since 2h --kind restart --job payments")
@takes_config
@takes_json
@click.option("--since", metavar="SPAN", help="Only those of the last SPAN, such as 2h.")
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]), help="Only this kind.")
@click.option("--job", shell_complete=names.jobs, help="Only this job.")
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
