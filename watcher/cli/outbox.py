"""`watcher deliveries`, and `retry` and `drop` for what was not delivered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypedDict, Unpack

import click

from watcher.cli import names
from watcher.cli.look import clock_face, read, since_option
from watcher.cli.root import FAILED, USAGE, Command, takes_config, takes_json
from watcher.cli.tables import print_json, print_table
from watcher.cli.writing import user, write
from watcher.core.delivery import Disposition
from watcher.core.event import Kind

if TYPE_CHECKING:
    from watcher.config.glance import Glance
    from watcher.store.by_hand import Deed, Item, Order, Verb
    from watcher.store.queries import Shipment

SHORT_ID: Final = 12


class Which(TypedDict):
    """Which deliveries are meant, as `takes_order` takes it."""

    ids: tuple[str, ...]
    everything: bool
    channel: str | None
    job: str | None
    rule: str | None
    kind: str | None
    state: str | None
    since: str | None


WHICH: Final = (
    "say which deliveries: ids (`watcher deliveries --state dead` shows them, their beginnings are "
    "enough), or --channel, --job, --rule, --kind, --state, --since, or --all"
)


@click.group(
    epilog="Example: watcher deliveries --channel oncall --state dead", invoke_without_command=True
)
@takes_config
@takes_json
@click.option("--channel", shell_complete=names.channels, help="Only this channel.")
@click.option("--state", type=click.Choice([state.value for state in Disposition]))
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True)
@click.pass_context
def deliveries(
    ctx: click.Context,
    config: str | None,
    channel: str | None,
    state: str | None,
    limit: int,
    *,
    as_json: bool,
) -> None:
    """Show the latest rows of the outbox, the newest last: what was told, what waits, and why.

    `retry` and `drop` act on what was not delivered.
    """
    if ctx.invoked_subcommand is not None:
        if channel or state or as_json:
            name = ctx.invoked_subcommand
            raise click.UsageError(f"give the options after the word: deliveries {name} …")
        return
    wanted = Disposition(state) if state else None
    seen, found = read(
        config, lambda reader: reader.deliveries(limit=limit, channel=channel, disposition=wanted)
    )
    if as_json:
        print_json(found)
        return
    when = clock_face(seen)
    print_table(
        "deliveries",
        ("made", "channel", "state", "about", "what", "tries", "last", "id"),
        [
            (
                when(row.made_at),
                row.channel,
                row.disposition,
                row.lane or f"bundle of {row.members}",
                " ".join(filter(None, (row.kind, row.status, row.reason))),
                row.attempts,
                _last(row),
                row.id[:SHORT_ID],
            )
            for row in found
        ],
    )


def takes_order(command: Command) -> Command:
    """The options that say which deliveries are meant, and whether it is meant at all."""
    for option in (
        takes_json,
        click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing."),
        click.option("--all", "everything", is_flag=True, help="All that are not over."),
        click.option("--since", metavar="SPAN", help="Only those made in the last SPAN."),
        click.option("--state", type=click.Choice(["dead", "waiting"]), help="Only these."),
        click.option(
            "--kind", type=click.Choice([kind.value for kind in Kind]), help="Only these."
        ),
        click.option("--rule", shell_complete=names.rules, help="Only this rule's."),
        click.option("--job", shell_complete=names.jobs, help="Only those about this job."),
        click.option("--channel", shell_complete=names.channels, help="Only this channel's."),
        click.argument("ids", metavar="[ID]…", nargs=-1),
        takes_config,
    ):
        command = option(command)
    return command


@deliveries.command(epilog="Example: watcher deliveries retry --channel oncall --state dead")
@takes_order
def retry(config: str | None, *, dry_run: bool, as_json: bool, **which: Unpack[Which]) -> None:
    """Make dead deliveries, and those that wait, due now: same id, same text.

    A bundle goes as a whole.  A wait that the receiver itself asked for is kept.
    """
    from watcher.store.by_hand import Verb

    _carry_out(config, Verb.RETRY, which, dry_run=dry_run, as_json=as_json)


@deliveries.command(epilog="Example: watcher deliveries drop --job orders_1 --dry-run")
@takes_order
@click.option("--reason", metavar="TEXT", help="Kept with what is dropped.")
def drop(
    config: str | None, reason: str | None, *, dry_run: bool, as_json: bool, **which: Unpack[Which]
) -> None:
    """End dead deliveries, and those that wait: they are not told; the ledger says by whom."""
    from watcher.store.by_hand import Verb, dropped_by

    why = dropped_by(user(), reason)
    _carry_out(config, Verb.DROP, which, why, dry_run=dry_run, as_json=as_json)


def _carry_out(
    config: str | None, verb: Verb, which: Which, why: str = "", *, dry_run: bool, as_json: bool
) -> None:
    from watcher.cli.loading import end, load_glance

    _require_choice(which)
    seen = load_glance(config)
    order = _order(verb, which, why, seen.channels)
    deed = _foresee(config, order) if dry_run else _act(seen, order)
    if not deed.is_clear:
        end("\n".join(_unclear(deed)), USAGE)
    if as_json:
        print_json({"dry_run": dry_run, **_as_data(deed)})
    else:
        _show(seen, order, deed, dry_run=dry_run)
    if order.ids and not deed.done:
        raise click.exceptions.Exit(FAILED)


def _require_choice(which: Which) -> None:
    """Nothing is done by default, and what is meant is said in one way."""
    filters = ("channel", "job", "rule", "kind", "state", "since")
    ways = (bool(which["ids"]), any(which.get(name) for name in filters), which["everything"])
    if not any(ways):
        raise click.UsageError(WHICH)
    if sum(ways) > 1:
        raise click.UsageError("give ids, or what they have in common, or --all; not several")


def _order(verb: Verb, which: Which, why: str, channels: tuple[str, ...]) -> Order:
    from watcher.store.by_hand import Order

    state = which["state"]
    return Order(
        verb,
        ids=which["ids"],
        channel=which["channel"],
        job=which["job"],
        rule=which["rule"],
        kind=which["kind"],
        state=Disposition(state) if state else None,
        since=since_option(which["since"]),
        why=why,
        channels=channels,
    )


def _foresee(config: str | None, order: Order) -> Deed:
    _, deed = read(config, lambda reader: reader.foresee(order))
    return deed


def _act(seen: Glance, order: Order) -> Deed:
    from functools import partial

    from watcher.clock import SystemClock
    from watcher.store.by_hand import act

    return write(seen.store, partial(act, order=order, now=SystemClock().now()))


def _unclear(deed: Deed) -> list[str]:
    lines = [
        f"watcher: no delivery's id begins with {name!r}; `watcher deliveries` shows them"
        for name in deed.unknown
    ]
    lines += [
        f"watcher: more than one delivery's id begins with {name!r}; write more of it"
        for name in deed.ambiguous
    ]
    return [*lines, "nothing was done"]


def _as_data(deed: Deed) -> dict[str, object]:
    return {"done": list(map(_facts, deed.done)), "left": list(map(_facts, deed.left))}


def _facts(item: Item) -> dict[str, object]:
    row = item.row
    return {
        "id": row.id,
        "channel": row.channel,
        "state": row.disposition,
        "made_at": row.made_at,
        "lane": row.lane,
        "kind": row.kind,
        "status": row.status,
        "reason": row.reason,
        "why": row.why,
        "messages": len(item.messages),
        "ends": [one.id for one in item.ends],
        "notes": item.notes,
    }


def _show(seen: Glance, order: Order, deed: Deed, *, dry_run: bool) -> None:
    from watcher.store.by_hand import Verb
    from watcher.store.lock import holder_of

    if deed.done:
        _print_items(seen, "would be done" if dry_run else "done", "note", deed.done)
    if deed.left:
        _print_items(seen, "left as they are", "why", deed.left)
    messages = sum(len(item.messages) + len(item.ends) for item in deed.done)
    what = {Verb.RETRY: "due now", Verb.DROP: "dropped"}[order.verb]
    click.echo(f"{messages} messages {'would be' if dry_run else 'are'} {what}.")
    if order.verb is Verb.RETRY and deed.done and holder_of(seen.store) is None:
        click.echo("No `watcher run` uses this store now; they go when one is started.")


def _print_items(seen: Glance, title: str, last: str, items: Sequence[Item]) -> None:
    when = clock_face(seen)
    print_table(
        title,
        ("made", "channel", "was", "about", "what", last, "id"),
        [
            (
                when(item.row.made_at),
                item.row.channel,
                item.row.disposition,
                item.row.lane or f"bundle of {len(item.members)}",
                " ".join(filter(None, (item.row.kind, item.row.status, item.row.reason))),
                "; ".join(item.notes),
                item.row.id[:SHORT_ID],
            )
            for item in items
        ],
    )


def _last(row: Shipment) -> str | None:
    if row.last is None:
        return row.why
    code, detail = row.last.code, row.last.detail or ""
    # What the receiver said mostly holds its code.
    said = detail if code and code in detail else " ".join(filter(None, (code, detail)))
    return " ".join(filter(None, (row.last.fate or "in doubt", said)))
