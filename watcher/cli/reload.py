"""`watcher reload`: puts the file into force in the service that runs, and shows what changes."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

import click

from watcher.cli.root import FAILED, USAGE, takes_config, takes_json
from watcher.cli.tables import print_json, say
from watcher.core.span import format_span, parse_span

if TYPE_CHECKING:
    from watcher.config.difference import Difference
    from watcher.config.glance import Glance
    from watcher.config.resolve import Resolved
    from watcher.core.in_force import InForce, Reload
    from watcher.store.queries import Reader

LOOK_EVERY: Final = timedelta(milliseconds=200)
SETTLES_WITHIN: Final = timedelta(seconds=3)
"""How long another reload may follow the first that is seen: ours may have met one under way."""

ENDS_IT: Final = "`sudo systemctl reload watcher`, or `sudo watcher reload`"


class Seen(NamedTuple):
    """What the store says."""

    in_force: InForce | None
    last: Reload | None
    waiting: Mapping[str, int] = {}


class Answer(NamedTuple):
    """What became of a reload: how it went, and what is in force then."""

    reload: Reload
    in_force: InForce | None


@click.command(epilog="Example: watcher reload --dry-run, then watcher reload")
@takes_config
@takes_json
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option(
    "--timeout", default="30s", show_default=True, metavar="SPAN", help="How long to wait for it."
)
def reload(config: str | None, *, dry_run: bool, timeout: str, as_json: bool) -> None:
    """Put the file into force in the service that runs, and show what changes.

    A file with faults is not sent.  Clocks, alerts and deliveries go on as they are.
    """
    from watcher.cli.loading import load_glance

    within = _span(timeout)
    seen = load_glance(config)
    pid = _service_of(seen)
    resolved = _validated(seen, _environment_of(pid))
    if pid is None:
        words = f"no `watcher run` uses {seen.store} now; start it, or restart the one that uses "
        _end(f"{words}another `store`", seen, as_json=as_json)
    before = _look(seen)
    _require_same_file(before, seen)
    difference = _difference(before, resolved)
    if not as_json:
        _show_difference(before, difference, pid)
    if dry_run:
        _tell_dry(seen, pid, difference, as_json=as_json)
        return
    _send(seen, pid)
    answer = _await_answer(seen, resolved, before, within)
    _tell(seen, pid, difference, answer, within, as_json=as_json)


def _span(written: str) -> timedelta:
    try:
        return parse_span(written)
    except ValueError as error:
        raise click.UsageError(f"--timeout: {error}") from error


def _service_of(seen: Glance) -> int | None:
    """The pid of the service that uses the store, which must be a process of this machine."""
    from watcher.cli.loading import end
    from watcher.store.lock import holder_of, may_look

    if not may_look(seen.store):
        end(f"watcher: {seen.store} is another user's: {ENDS_IT}", FAILED)
    pid = holder_of(seen.store)
    if pid is not None and _is_here(seen, pid) is False:
        where = "in another container or on another machine"
        end(f"watcher: the service that uses {seen.store} runs {where}; reload it there", FAILED)
    return pid


def _is_here(seen: Glance, pid: int) -> bool | None:
    """Whether that is a process of this machine that uses the store; `None`: we may not look."""
    from watcher.store.lock import is_here

    try:
        return is_here(seen.store, pid)
    except PermissionError:
        return None


def _environment_of(pid: int | None) -> Mapping[str, str]:
    """What the service began with, by which it reads the file; our own where we may not see it."""
    if pid is None:
        return os.environ
    try:
        written = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return os.environ
    lines = (os.fsdecode(line) for line in written.split(b"\0") if b"=" in line)
    return dict(line.split("=", 1) for line in lines)


def _validated(seen: Glance, env: Mapping[str, str]) -> Resolved:
    from watcher.cli.loading import end, hide_in_crashes
    from watcher.config.faults import ConfigError
    from watcher.config.load import load
    from watcher.config.resolve import resolve
    from watcher.telemetry.redaction import Redactor

    try:
        resolved = resolve(load(Path(seen.file), env))
    except ConfigError as error:
        end(f"{error}\nnothing is sent; what is in force stays in force", USAGE)
    hide_in_crashes(Redactor(resolved.secrets))
    return resolved


def _look(seen: Glance) -> Seen:
    import anyio

    from watcher.cli.loading import end
    from watcher.ports import StoreError
    from watcher.store.open import open_reader

    async def ask() -> Seen:
        reader = await open_reader(seen.store)
        try:
            backlogs = (await reader.status()).backlogs
            waiting = {one.channel: one.waiting for one in backlogs}
            return Seen(await reader.in_force(), await reader.last_reload(), waiting)
        finally:
            await reader.close()

    try:
        return anyio.run(ask)
    except StoreError as error:
        end(f"watcher: {error}", FAILED)


def _require_same_file(before: Seen, seen: Glance) -> None:
    """The service takes its own file anew, whichever one was validated here."""
    from watcher.cli.loading import end

    known = before.in_force
    if known is None or Path(known.file) == Path(seen.file).absolute():
        return
    if Path(known.file).exists() and Path(known.file).samefile(seen.file):
        return
    end(
        f"watcher: the service reads {known.file}, not {seen.file}; "
        f"give it with --config {known.file}",
        USAGE,
    )


def _difference(before: Seen, resolved: Resolved) -> Difference | None:
    from watcher.config.difference import compare
    from watcher.config.sketch import sketch

    if before.in_force is None:
        return None
    known = before.in_force.sketch
    return compare(known, sketch(resolved, known.salt)).with_waiting(before.waiting)


def _show_difference(before: Seen, difference: Difference | None, pid: int) -> None:
    if before.in_force is None or difference is None:
        say(f"The service (pid {pid}) has not said yet what is in force.")
    elif difference:
        say(f"What changes for the service (pid {pid}, {before.in_force.file}):")
        say("\n".join(difference.lines()))
    else:
        say(f"The service (pid {pid}) has just this in force; nothing changes.")


def _tell_dry(seen: Glance, pid: int, difference: Difference | None, *, as_json: bool) -> None:
    if as_json:
        print_json(_data(seen, pid, difference, "dry-run"))
    else:
        say("Nothing is sent (--dry-run).")


def _send(seen: Glance, pid: int) -> None:
    from watcher.cli.loading import end
    from watcher.store.lock import is_here

    try:
        # A pid may be another process's by now.
        if is_here(seen.store, pid):
            os.kill(pid, signal.SIGHUP)
            return
    except PermissionError:
        end(f"watcher: the service (pid {pid}) is another user's: {ENDS_IT}", FAILED)
    except ProcessLookupError:
        pass
    end(f"watcher: the service (pid {pid}) that used {seen.store} has just ended", FAILED)


def _await_answer(
    seen: Glance, resolved: Resolved, before: Seen, within: timedelta
) -> Answer | None:
    """What the service says of it; `None` where it says nothing in time."""
    import anyio

    from watcher.cli.loading import end
    from watcher.ports import StoreError
    from watcher.store.open import open_reader

    async def ask() -> Answer | None:
        reader = await open_reader(seen.store)
        try:
            return await _watch(reader, resolved, before, within)
        finally:
            await reader.close()

    try:
        return anyio.run(ask)
    except StoreError as error:
        end(f"watcher: {error}", FAILED)


async def _watch(
    reader: Reader, resolved: Resolved, before: Seen, within: timedelta
) -> Answer | None:
    """The answer that fits what was read here, or else the last that came."""
    from watcher.clock import SystemClock

    clock, answer, last = SystemClock(), None, before.last
    until = clock.monotonic() + within.total_seconds()
    while clock.monotonic() < until:
        found = await reader.last_reload()
        if found is not None and (last is None or found.id != last.id):
            last, answer = found, Answer(found, await reader.in_force())
            if not found.refused and not _strange(answer, resolved):
                break
            until = min(until, clock.monotonic() + SETTLES_WITHIN.total_seconds())
        await clock.sleep(LOOK_EVERY)
    return answer


def _strange(answer: Answer, resolved: Resolved) -> Difference | None:
    """How what is in force differs from what was read here; `None` where it does not."""
    return _difference(Seen(answer.in_force, answer.reload), resolved) or None


def _tell(
    seen: Glance,
    pid: int,
    difference: Difference | None,
    answer: Answer | None,
    within: timedelta,
    *,
    as_json: bool,
) -> None:
    outcome = _outcome(answer)
    if as_json:
        faults = answer.reload.faults if answer else ()
        print_json({**_data(seen, pid, difference, outcome), "faults": faults})
    elif outcome == "in-force":
        say("It is in force.")
    elif answer is not None:
        lines = "\n".join(answer.reload.faults)
        say(f"{lines}\nThe service refused it; what was in force stays in force.", error=True)
    else:
        say(
            f"The service (pid {pid}) was told and has said nothing for {format_span(within)}; "
            "its log says why (`journalctl -u watcher`), `watcher status` how it is.",
            error=True,
        )
    if outcome != "in-force":
        raise click.exceptions.Exit(FAILED)


def _outcome(answer: Answer | None) -> str:
    if answer is None:
        return "no-answer"
    return "refused" if answer.reload.refused else "in-force"


def _data(
    seen: Glance, pid: int | None, difference: Difference | None, outcome: str
) -> dict[str, object]:
    entries = None if difference is None else difference.entries
    return {"file": seen.file, "pid": pid, "outcome": outcome, "difference": entries}


def _end(words: str, seen: Glance, *, as_json: bool) -> NoReturn:
    from watcher.cli.loading import end

    if as_json:
        print_json(_data(seen, None, None, "not-running"))
    end(f"watcher: {words}", FAILED)
