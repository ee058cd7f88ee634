"""`watcher status`: the sources, the jobs by state, the alerts and the channels as they stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from functools import partial
from typing import TYPE_CHECKING, Final

import click

from watcher.cli import names
from watcher.cli.look import clock_face, read
from watcher.cli.root import takes_config, takes_json
from watcher.cli.tables import print_json, print_line, print_table
from watcher.cli.watching import look, takes_watch
from watcher.core.span import format_span

if TYPE_CHECKING:
    from watcher.config.glance import Glance
    from watcher.core.alert import Alert
    from watcher.store.queries import Standing

STANDS_STILL: Final = timedelta(minutes=3)
"""A recorder that works writes once a minute at least."""
PHASES: Final = ("firing", "pending")


@click.command(epilog="Example: watcher status --watch --source 'prod*' --phase firing")
@takes_config
@takes_json
@takes_watch
@click.option(
    "--source", metavar="GLOB", shell_complete=names.sources, help="Only such sources, and theirs."
)
@click.option(
    "--job", metavar="GLOB", shell_complete=names.jobs, help="Only alerts about such jobs."
)
@click.option("--phase", type=click.Choice(PHASES), help="Only alerts that fire, or do not yet.")
def status(
    config: str | None,
    watch: str | None,
    source: str | None,
    job: str | None,
    phase: str | None,
    *,
    as_json: bool,
) -> None:
    """Show the sources, the jobs by state, the alerts and the channels as they stand."""
    choose = partial(narrowed, source=source, job=job, phase=phase)
    look(partial(_show, config, choose, as_json=as_json, line=watch is not None), watch)


def narrowed(now: Standing, source: str | None, job: str | None, phase: str | None) -> Standing:
    """What the filters leave; a filter that is `None` leaves everything."""
    import msgspec

    def fits(alert: Alert) -> bool:
        about = ((source, alert.subject.source), (job, alert.subject.job))
        named = all(glob is None or fnmatchcase(name or "", glob) for glob, name in about)
        return named and phase in (None, alert.phase.value)

    return msgspec.structs.replace(
        now,
        sources=tuple(one for one in now.sources if fnmatchcase(one.name, source or "*")),
        jobs=tuple(one for one in now.jobs if fnmatchcase(one.source, source or "*")),
        alerts=tuple(filter(fits, now.alerts)),
    )


def _show(
    config: str | None, choose: Callable[[Standing], Standing], *, as_json: bool, line: bool
) -> None:
    from watcher.cli.quiet import quiet_now
    from watcher.store.lock import holder_of

    seen, whole = read(config, lambda reader: reader.status())
    now = choose(whole)
    quiet, pid = quiet_now(config, seen, now.silences), holder_of(seen.store)
    if as_json:
        service = {"running": pid is not None, "pid": pid}
        (print_line if line else print_json)(
            {"service": service, **now.as_data(), **quiet.as_data()}
        )
        return
    when = clock_face(seen)
    click.echo("\n\n".join(_preface(seen, now, pid, when)) + "\n")
    _show_standing(now, when)
    quiet.show(when)


def _preface(
    seen: Glance, now: Standing, pid: int | None, when: Callable[[datetime | None], str | None]
) -> Sequence[str]:
    """What is to be known before the tables are read."""
    from watcher.clock import SystemClock

    lines = [f"`watcher run` uses this store (pid {pid})."]
    if pid is None:
        lines = ["No `watcher run` uses this store now; this is how everything stood last."]
    if now.anchor is not None and now.anchor.moved_by is not None:
        lines.append(f"{when(now.anchor.moved_at)}: {clock_was_set(now.anchor.moved_by)}")
    lines.append(history_line(seen, SystemClock().now(), running=pid is not None))
    return lines


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
        [
            (phase_of(a), a.kind, a.subject.lane, a.verdict, when(a.since), a.rule)
            for a in now.alerts
        ],
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


def phase_of(alert: Alert) -> str:
    """How an alert stands: one whose trouble is over may end soon, if it stays so."""
    ending = alert.fired_at is not None and alert.right_since is not None
    return f"{alert.phase}, right again" if ending else alert.phase.value


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


def clock_was_set(by: timedelta) -> str:
    """What is said of a wall clock that was set, and what became of everything open."""
    span = format_span(timedelta(seconds=round(abs(by).total_seconds())))
    way = "forward" if by > timedelta(0) else "back"
    return f"the clock was set {way} by {span}; all open clocks and waits went with it."
