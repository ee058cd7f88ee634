"""`--watch`: the same look again and again, until Ctrl-C."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Final, NoReturn

import click

from watcher.cli.root import USAGE, Command
from watcher.core.span import parse_span

DEFAULT: Final = "2s"
SHORTEST: Final = timedelta(seconds=1)
HOME: Final = "\x1b[H\x1b[J"
"""To the upper left corner, and everything below it gone: nothing flickers, nothing scrolls."""


def takes_watch(command: Command) -> Command:
    """`--watch`, or `--watch 10s`."""
    return click.option(
        "--watch",
        is_flag=False,
        flag_value=DEFAULT,
        metavar="[SPAN]",
        help=f"Look again each SPAN ({DEFAULT}) until Ctrl-C; with --json one document a line.",
    )(command)


def look(show: Callable[[], None], watch: str | None) -> None:
    """Show once, or again and again where `watch` says how often."""
    if watch is None:
        show()
    else:
        _repeat(show, _span(watch))


def _repeat(show: Callable[[], None], every: timedelta) -> NoReturn:
    import anyio

    from watcher.clock import SystemClock

    try:
        while True:
            if sys.stdout.isatty():
                click.echo(HOME, nl=False)
            show()
            sys.stdout.flush()
            anyio.run(SystemClock().sleep, every)
    except KeyboardInterrupt:
        # Ctrl-C is how a watch ends.
        raise click.exceptions.Exit(0) from None


def _span(written: str) -> timedelta:
    from watcher.cli.loading import end

    try:
        return max(parse_span(written), SHORTEST)
    except ValueError as error:
        end(f"--watch: {error}", USAGE)
