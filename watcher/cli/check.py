"""`watcher check`: validates the file and shows what it resolves to."""

from __future__ import annotations

import click

from watcher.cli.root import takes_config, takes_json
from watcher.cli.tables import print_json, print_table, say


@click.command(epilog="Example: watcher check --config rules.toml")
@takes_config
@takes_json
def check(config: str | None, *, as_json: bool) -> None:
    """Validate the file; print the rules, channels and sources that it resolves to."""
    from watcher.cli.loading import load_config
    from watcher.clock import SystemClock
    from watcher.config.describe import describe

    described = describe(load_config(config, as_json=as_json), SystemClock().now())
    if as_json:
        print_json(described.as_data())
        return
    for section in described.sections:
        print_table(section.title, section.columns, [tuple(row.values()) for row in section.rows])
    for remark in described.remarks:
        say(f"warning: line {remark.line}: {remark.key}: {remark.text}", error=True)
    say(f"{described.file}: no faults")
