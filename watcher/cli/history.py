"""`watcher history`: what was seen of a job at a moment, and every change of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Final

import click

from watcher.cli import names
from watcher.cli.look import clock_face, since_option
from watcher.cli.root import FAILED, USAGE, takes_config, takes_json
from watcher.cli.tables import print_json, print_table, say

if TYPE_CHECKING:
    from watcher.config.glance import Glance
    from watcher.core.past import Seen
    from watcher.store.flight_reader import FlightReader
    from watcher.store.history import Change, Moment, Outage, Place

FIELDS: Final = (
    "expect_state",
    "actual_state",
    "instance_id",
    "engine_job_handler",
)
DAY: Final = timedelta(days=1)
FRESH: Final = timedelta(minutes=2)
"""What was seen in the last two minutes may not have been written yet."""
ERROR_LINES: Final = 12
_TIME: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@click.command(epilog="Example: watcher history payments --at 10:03")
@takes_config
@takes_json
@click.argument("job", shell_complete=names.jobs)
@click.option("--at", metavar="TIME", help="What was seen at 10:03 or 10:03:20 of --date.")
@click.option("--date", metavar="DAY", help="The day of --at, such as 2026-11-24; else today.")
@click.option("--since", metavar="SPAN", help="Every change in the last SPAN, such as 2h.")
@click.option("--source", help="Whose job, where several sources have one of that name.")
def history(
    config: str | None,
    job: str,
    at: str | None,
    date: str | None,
    since: str | None,
    source: str | None,
    *,
    as_json: bool,
) -> None:
    """Show what was seen of a job: at a moment, or each change (of the last day at first)."""
    from watcher.cli.loading import load_glance
    from watcher.clock import SystemClock
    from watcher.store.flight_reader import FlightReader

    if at is None and date is not None:
        raise click.UsageError("--date says the day of --at; give --at too")
    if at is not None and since is not None:
        raise click.UsageError("give --at or --since, not both")
    seen = load_glance(config)
    now = SystemClock().now()
    wanted = None if at is None else moment_meant(at, date, now, seen.timezone)
    reader = FlightReader(seen.store)
    try:
        for remark in reader.remarks:
            say(remark, error=True)
        place = _place(reader, seen, job, source)
        if wanted is not None:
            _show_moment(reader, seen, place, wanted, as_json=as_json)
        else:
            _show_changes(reader, seen, place, since_option(since) or now - DAY, as_json=as_json)
    finally:
        reader.close()


def moment_meant(at: str, date: str | None, now: datetime, zone: tzinfo) -> datetime:
    """The time meant, in the file's zone."""
    written, day = _TIME.fullmatch(at), now.astimezone(zone)
    if written is None:
        raise click.UsageError(f"--at: {at!r} is no time of day; write it as 10:03 or 10:03:20")
    if date is not None:
        day = _day(date, zone)
    hour, minute, second = (int(part or 0) for part in written.groups())
    local = day.replace(hour=hour, minute=minute, second=second, microsecond=0, fold=0)
    if local > now:
        when = f"{local:%Y-%m-%d %H:%M:%S}"
        raise click.UsageError(f"{when} ({zone}) is still to come; say which day with --date")
    return local.astimezone(now.tzinfo)


def _day(date: str, zone: tzinfo) -> datetime:
    wrong = click.UsageError(f"--date: {date!r} is no day; write it as 2026-11-24")
    if not _DATE.fullmatch(date):
        raise wrong
    try:
        return datetime.fromisoformat(date).replace(tzinfo=zone)
    except ValueError:
        raise wrong from None


def _place(reader: FlightReader, seen: Glance, job: str, source: str | None) -> Place:
    from watcher.cli.loading import end
    from watcher.core.span import format_span
    from watcher.store.history import places_of

    if not reader.paths:
        kept = format_span(seen.history)
        why = 'the file says history = "0s"' if not seen.history else f"history is {kept}"
        end(f"watcher: nothing has been recorded beside {seen.store} yet ({why})", FAILED)
    places = [place for place in places_of(reader, job) if source in (None, place.source)]
    if not places:
        where = f" of source {source}" if source else ""
        end(f"watcher: nothing is recorded of a job {job!r}{where}", FAILED)
    if len({place.source for place in places}) > 1:
        names = ", ".join(sorted({place.source for place in places}))
        end(f"watcher: several sources have a job {job!r}; say which with --source: {names}", USAGE)
    return places[-1]


def _show_moment(
    reader: FlightReader, seen: Glance, place: Place, at: datetime, *, as_json: bool
) -> None:
    from watcher.store.history import moment_of

    found = moment_of(reader, place, at)
    if as_json:
        print_json({"place": place, "moment": found})
        return
    when = clock_face(seen)
    for line in _moment_lines(found, place, when, seen):
        say(line)
    if found.outages:
        click.echo()
        _print_outages(found.outages, when)


When = Callable[[datetime | None], str | None]


def _moment_lines(found: Moment, place: Place, when: When, seen: Glance) -> Iterator[str]:
    yield f"{place.job} ({place.job_type}) of {place.source}, {when(found.at)} {seen.timezone}"
    if found.recorded_from is None or found.at < found.recorded_from:
        yield f"  The recording begins at {when(found.recorded_from)}: of before nothing is kept."
        return
    yield from _doubts(found, when)
    if found.seen is None:
        yield "  It was not watched then."
    else:
        yield from _seen_lines(found.seen, found, when)
    yield f"  before    {change_line(found.before, when) if found.before else 'nothing recorded'}"
    yield f"  after     {change_line(found.after, when) if found.after else 'nothing since'}"


def _doubts(found: Moment, when: When) -> Iterator[str]:
    """Why what follows may not be how it was: nobody looked, or nothing could be seen."""
    from watcher.core.flight import Reason

    pause = found.pause
    if pause is not None and (pause.until is not None or found.at - pause.since > FRESH):
        why = "could not write" if pause.reason is Reason.LOSS else "did not run"
        until = f" until {when(pause.until)}" if pause.until else ""
        yield f"  The recorder {why} from {when(pause.since)}{until}: this is what was seen last."
    for outage in found.outages:
        over = outage.until is not None and outage.until <= found.at
        if outage.of_job and outage.since <= found.at and not over:
            yield (
                f"  In an outage of its source since {when(outage.since)}"
                f" ({outage.cause}: {outage.detail}): this is what was seen last."
            )


def _seen_lines(seen: Seen, found: Moment, when: When) -> Iterator[str]:
    since = found.before.at if found.before else None
    began = f"since {when(since)}" if since else f"at least since {when(found.recorded_from)}"
    if seen.run is None:
        yield "  state     never seen until then"
        return
    run = seen.run
    yield f"  state     should be {run.expect_state}, is {run.actual_state} · {began}"
    yield f"  run       instance {run.instance_id} · {run.engine_job_handler}"
    yield f"  delay     {'–' if run.input_delay_ms is None else f'{run.input_delay_ms} ms'}"
    if seen.absent_since is not None:
        yield f"  missing   in no answer since {when(seen.absent_since)}"
    late = "; looks of the last minute may not be written yet" if found.unwritten else ""
    yield f"  looked at {when(found.looked_at)} the last time{late}"
    if found.error:
        lines = found.error.splitlines()
        yield f"  error     {_error_time(run.last_error_at, when)}{lines[0] if lines else ''}"
        yield from (f"            {line}" for line in lines[1:ERROR_LINES])
        if len(lines) > ERROR_LINES:
            yield f"            … {len(lines) - ERROR_LINES} more lines (--json has them)"


def _error_time(at: int | None, when: When) -> str:
    from watcher.core.flight import EPOCH
    from watcher.core.run_summary import LATEST_TIME

    return f"{when(EPOCH + timedelta(milliseconds=at))} " if at and 0 < at <= LATEST_TIME else ""


def _show_changes(
    reader: FlightReader, seen: Glance, place: Place, since: datetime, *, as_json: bool
) -> None:
    from watcher.clock import SystemClock
    from watcher.store.history import changes_of, outages_of, pauses_of

    changes = changes_of(reader, place, since)
    outages = outages_of(reader, place, since, SystemClock().now())
    pauses = [p for p in pauses_of(reader.stretches()) if p.until and p.until >= since]
    if as_json:
        data = {"place": place, "changes": changes, "outages": outages, "pauses": pauses}
        print_json(data)
        return
    when = clock_face(seen)
    print_table(
        f"changes of {place.job} ({place.job_type}) of {place.source} since {when(since)}",
        ("when", "what"),
        [(when(change.at), what_changed(change, when)) for change in changes],
    )
    _print_outages(outages, when)
    print_table(
        "nothing was recorded",
        ("from", "until", "why"),
        [(when(pause.since), when(pause.until), pause.reason.value) for pause in pauses],
    )


def _print_outages(outages: tuple[Outage, ...], when: When) -> None:
    print_table(
        "outages of its source around then",
        ("from", "until", "what could not be read", "why", "detail"),
        [
            (
                when(outage.since),
                when(outage.until),
                "this job" if outage.of_job else "the list of jobs" if outage.listing else "others",
                outage.cause,
                outage.detail,
            )
            for outage in outages
        ],
    )


def change_line(change: Change, when: When) -> str:
    """When, and what changed."""
    return f"{when(change.at)} {what_changed(change, when)}"


def what_changed(change: Change, when: When) -> str:
    """The fields that differ, old → new."""
    from watcher.messages.plain import root_line

    before, after = change.before, change.after
    if after is None:
        return "not watched any more"
    if before is None or before.run is None or after.run is None:
        return _first_seen(after)
    parts = [
        f"{name} {getattr(before.run, name)} → {getattr(after.run, name)}"
        for name in FIELDS
        if getattr(before.run, name) != getattr(after.run, name)
    ]
    if before.run.last_error_at != after.run.last_error_at:
        at = _error_time(after.run.last_error_at, when)
        parts.append(f"an error {at}{root_line(change.error)}".strip() if at else "no error")
    if before.absent_since != after.absent_since:
        missing = f"missing since {when(after.absent_since)}"
        parts.append(missing if after.absent_since else "in the answers again")
    return ", ".join(parts) or "the error's text"


def _first_seen(after: Seen) -> str:
    if after.run is None:
        return "watched from then on"
    return f"first seen: should be {after.run.expect_state}, is {after.run.actual_state}"
