"""`watcher ledger`: whether every notification and every event is accounted for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from watcher.cli.look import read, since_option
from watcher.cli.root import FAILED, takes_config, takes_json
from watcher.cli.tables import print_json, print_table

if TYPE_CHECKING:
    from watcher.store.ledger import Ledger


@click.command(epilog="Example: watcher ledger --since 1d")
@takes_config
@takes_json
@click.option("--since", metavar="SPAN", help="Only what was made in the last SPAN, such as 1d.")
def ledger(config: str | None, since: str | None, *, as_json: bool) -> None:
    """Account for every notification and every event; exit 1 where it does not balance."""
    after = since_option(since)
    _, book = read(config, lambda reader: reader.ledger(after))
    if as_json:
        print_json({"balances": book.balances, "ledger": book})
    else:
        _show_notifications(book)
        _show_events(book)
    if not book.balances:
        raise click.exceptions.Exit(FAILED)


def _show_notifications(book: Ledger) -> None:
    print_table(
        "notifications",
        ("channel", "made", "delivered", "waiting", "merged", "dead", "dropped", "balances"),
        [
            (
                a.channel,
                a.notifications,
                a.delivered,
                a.waiting,
                a.merged,
                a.dead,
                a.dropped,
                "yes" if a.balances else "NO",
            )
            for a in book.accounts
        ],
    )
    if book.endings:
        print_table(
            "not told as such",
            ("channel", "state", "why, by whom, or into what", "notifications"),
            [(e.channel, e.disposition, e.why, e.notifications) for e in book.endings],
        )


def _show_events(book: Ledger) -> None:
    if book.suppressions:
        print_table(
            "events of which nobody was told",
            ("why", "events"),
            [(one.why, one.events) for one in book.suppressions],
        )
    unexplained = ", ".join(map(str, book.unexplained)) or "none"
    click.echo(
        f"{book.events} events: {book.told} told, {book.suppressed} suppressed, "
        f"{book.open} not decided yet; without a decision: {unexplained}"
    )
