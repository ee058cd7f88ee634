"""`watcher explain`: the way from an event to the message, or the first gate that stopped it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypedDict, Unpack

import click

from watcher.cli.look import read_by_rules
from watcher.cli.root import FAILED, USAGE, takes_config, takes_json
from watcher.cli.tables import print_json, say
from watcher.core.event import Kind
from watcher.core.span import parse_span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from watcher.config.resolve import Resolved
    from watcher.core.rehearsal import MadeUp
    from watcher.store.traces import JobTrace

LAST: Final = 5
CHANNEL_KINDS: Final = frozenset({Kind.UNDELIVERABLE})
WATCHER_KINDS: Final = frozenset({Kind.CONFIG_REFUSED, Kind.UNWRITABLE})


class Wish(TypedDict):
    """What is to be made up, as it was written."""

    kind: str | None
    job: str | None
    source: str | None
    channel: str | None
    actual: str | None
    expect: str | None
    error: str | None
    delay: str | None


@click.command(
    epilog="Example: watcher explain payments, or watcher explain --kind new-error --job payments"
)
@takes_config
@takes_json
@click.argument("what", required=False, metavar="[EVENT_ID|JOB]")
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]), help="Make one up.")
@click.option("--job", help="The job that it is about.")
@click.option("--source", help="Its source, where there are several.")
@click.option("--channel", help="The channel, for --kind undeliverable.")
@click.option("--actual", metavar="STATE", help="The ActualState that a reading would show.")
@click.option("--expect", metavar="STATE", help="The ExpectState that it would show.")
@click.option("--error", metavar="TEXT", help="What the error would say.")
@click.option("--delay", metavar="SPAN", help="How far behind it would be, such as 10m.")
def explain(config: str | None, what: str | None, *, as_json: bool, **wish: Unpack[Wish]) -> None:
    """Explain an event by its number, a job as it stands, or an event that is made up."""
    if (what is None) == (wish["kind"] is None):
        raise click.UsageError(
            "give an event's number (`watcher events` shows them), a job's name, or --kind"
        )
    if what is None:
        _explain_made_up(config, wish, as_json=as_json)
    elif what.isdecimal():
        _explain_event(config, int(what), as_json=as_json)
    else:
        _explain_job(config, what, wish["source"], as_json=as_json)


def _explain_event(config: str | None, number: int, *, as_json: bool) -> None:
    from watcher.cli.explain_event import event_data, show_event
    from watcher.cli.loading import end

    resolved, trace = read_by_rules(config, lambda reader: reader.trace(number))
    if trace is None:
        end(f"watcher: no event {number} is kept; `watcher events` shows those that are", FAILED)
    if as_json:
        print_json(event_data(trace, resolved.plan))
    else:
        show_event(trace, resolved)


def _explain_job(config: str | None, job: str, source: str | None, *, as_json: bool) -> None:
    from watcher.cli.explain_job import job_data, show_job
    from watcher.cli.loading import end

    resolved, found = read_by_rules(config, lambda reader: reader.job_traces(job, LAST))
    wanted = [one for one in found if source in (None, one.record.subject.source)]
    if not wanted:
        near = _nearest(resolved, job)
        end(f"watcher: no job {job!r} is watched{near}; an event is named by its number", FAILED)
    if len(wanted) > 1:
        names = _sources_of(wanted)
        end(f"watcher: several sources have a job {job!r}; say which with --source: {names}", USAGE)
    if as_json:
        print_json(job_data(wanted[0], resolved.plan))
    else:
        show_job(wanted[0], resolved)


def _sources_of(traces: Sequence[JobTrace]) -> str:
    return ", ".join(sorted({str(one.record.subject.source) for one in traces}))


def _nearest(resolved: Resolved, job: str) -> str:
    from difflib import get_close_matches

    names = [
        name
        for source in resolved.plan.sources.values()
        for target in source.targets
        for name in target.names
    ]
    near = get_close_matches(job, names, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _explain_made_up(config: str | None, wish: Wish, *, as_json: bool) -> None:
    from watcher.cli.explain_made_up import made_up_data, show_made_up
    from watcher.clock import SystemClock
    from watcher.core.rehearsal import PLAYED, rehearse

    resolved, saved = read_by_rules(config, lambda reader: reader.saved())
    made_up, now = _make_up(resolved, Kind(wish["kind"] or ""), wish), SystemClock().now()
    steps = rehearse(saved, resolved.plan, made_up, now) if made_up.kind in PLAYED else ()
    if as_json:
        print_json(made_up_data(made_up, steps, resolved, now))
        return
    if not steps:
        say(f"A {made_up.kind.value} cannot be played by one reading; these rules are for it:")
    show_made_up(made_up, steps, resolved, now)


def _make_up(resolved: Resolved, kind: Kind, wish: Wish) -> MadeUp:
    from watcher.core.rehearsal import MadeUp
    from watcher.core.run_summary import STREAM

    if kind in CHANNEL_KINDS:
        return MadeUp(kind, channel=_channel(resolved, wish["channel"]))
    if kind in WATCHER_KINDS:
        return MadeUp(kind)
    source = _source(resolved, kind, wish)
    place = resolved.plan.sources[source]
    types = [t for t in place.job_types() if wish["job"] and place.covers(t, wish["job"])]
    return MadeUp(
        kind,
        source,
        types[0] if types else (*place.job_types(), STREAM)[0],
        wish["job"] or "",
        expect=wish["expect"],
        actual=wish["actual"],
        error=wish["error"],
        delay_ms=_delay(kind, wish["delay"]),
    )


def _channel(resolved: Resolved, name: str | None) -> str:
    if name not in resolved.plan.channels or name is None:
        names = ", ".join(resolved.plan.channels)
        raise click.UsageError(f"--channel: say which channel; there is {names}")
    return name


def _source(resolved: Resolved, kind: Kind, wish: Wish) -> str:
    from watcher.core.event import JOB_KINDS

    sources = resolved.plan.sources
    if kind in JOB_KINDS and not wish["job"]:
        raise click.UsageError(f"a {kind.value} is about a job; say which with --job")
    if wish["source"] is not None and wish["source"] not in sources:
        raise click.UsageError(f"--source: there is {', '.join(sources) or 'no source'}")
    watching = [
        name
        for name, place in sources.items()
        if not wish["job"] or any(place.covers(t, wish["job"]) for t in place.job_types())
    ]
    if wish["source"] is not None and wish["source"] in watching:
        return wish["source"]
    if not watching or wish["source"] is not None:
        raise click.UsageError(f"--job: the file watches no job {wish['job']!r}{_where(wish)}")
    if len(watching) > 1:
        raise click.UsageError(f"several sources would fit; say --source: {', '.join(watching)}")
    return watching[0]


def _where(wish: Wish) -> str:
    return f" in source {wish['source']}" if wish["source"] else ""


def _delay(kind: Kind, written: str | None) -> int | None:
    if written is None:
        if kind is Kind.INPUT_DELAY:
            raise click.UsageError("--delay: say how far behind, such as 10m")
        return None
    try:
        return parse_span(written) // timedelta(milliseconds=1)
    except ValueError as error:
        raise click.UsageError(f"--delay: {error}") from error
