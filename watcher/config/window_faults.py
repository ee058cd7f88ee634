"""Whether the keys of one window agree, and whether it ever opens and closes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import ValidationError

from watcher.config.complaints import Written
from watcher.config.faults import Fault
from watcher.config.outline import RuleOutline
from watcher.config.positions import KeyPath
from watcher.config.window_table import DAYS, SOME_DAY, WindowTable, resolve_window
from watcher.core.window import LONGEST_OPENING, Cron, Schedule, openings

PathFault = tuple[KeyPath, Fault]

BY_CRON: Final = ("cron", "for")
BY_DAYS: Final = ("days", "from", "to")
EITHER: Final = 'give cron and for, or days, from and to, such as cron = "0 2 * * 6", for = "2h"'


def window_faults(
    window: RuleOutline, table: Mapping[str, object], written: Written
) -> Iterator[PathFault]:
    """Every fault that lies between two keys of `window`, whose table is `table`."""
    cron = [key for key in BY_CRON if key in window.keys]
    days = [key for key in BY_DAYS if key in window.keys]
    if bool(cron) == bool(days):
        path = (*window.path, days[0]) if days else window.path
        found = f"{cron[0]} and {days[0]}" if days else "no time at which it opens"
        yield path, written.fault(path, found=found, hint=EITHER)
        return
    for key in BY_CRON if cron else BY_DAYS:
        if key not in window.keys:
            path = (*window.path, key)
            yield (
                path,
                written.fault(path, found="nothing", hint=f"this key must be given; {EITHER}"),
            )
    yield from _never(window, table, written)


def _never(
    window: RuleOutline, table: Mapping[str, object], written: Written
) -> Iterator[PathFault]:
    """Whether it is open at no time, or at all times."""
    if table.get("days") == []:
        path = (*window.path, "days")
        hint = f"without a day it never opens; allowed: {', '.join(DAYS)}"
        yield path, written.fault(path, found="an empty list", hint=hint)
    if "from" in window.keys and table.get("from") == table.get("to"):
        path = (*window.path, "to")
        hint = 'from and to are the same, so it never opens; a whole day is "00:00" to "24:00"'
        yield path, written.fault(path, hint=hint)
    schedule = _schedule(table)
    if schedule is not None and next(openings(schedule, SOME_DAY)).ends_at is None:
        path = (*window.path, "cron" if isinstance(schedule, Cron) else "days")
        hint = f"it stays open for more than {LONGEST_OPENING.days}d, and nobody would be told"
        yield path, written.fault(path, hint=f"{hint}; turn a rule off instead")


def _schedule(table: Mapping[str, object]) -> Schedule | None:
    """The times of a sound table; its zone does not matter to whether it ever closes."""
    try:
        window = WindowTable.model_validate({**table, "zone": None})
    except ValidationError:
        return None
    return resolve_window(window, "UTC").schedule if window.opens else None
