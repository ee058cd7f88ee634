"""Windows that cannot be meant: each fault with its line, its key and what to write instead."""

from __future__ import annotations

import pytest

from tests.config.sample import ENV, compose
from watcher.config.faults import ConfigError
from watcher.config.load import load_text
from watcher.config.resolve import resolve
from watcher.core.window import Cron, Hours, Window

LINE = 1 + len(compose().splitlines())
"""The line of `[[windows]]`, behind a sound file."""

WEEK = '["mon", "tue", "wed", "thu", "fri", "sat", "sun"]'
SOUND = '[[windows]]\nname = "w"\ncron = "0 2 * * 6"\nfor = "2h"\n'


def faults_of(*keys: str) -> list[str]:
    with pytest.raises(ConfigError) as error:
        load_text(compose() + "\n".join(("[[windows]]", 'name = "w"', *keys)) + "\n", ENV)
    return [fault.describe("rules.toml") for fault in error.value.faults]


BAD = [
    # Those that never open.
    (('cron = "0 2 30 2 *"', 'for = "2h"'), 2, "cron", "no month that it names has that day"),
    (('cron = "0 2 * 2 MON#6"', 'for = "2h"'), 2, "cron", "day-of-week is none that cron knows"),
    (('cron = "0 2 29-31 2 MON#1"', 'for = "0s"'), 3, "for", "longer than 0s"),
    (("days = []", 'from = "02:00"', 'to = "04:00"'), 2, "days", "without a day it never opens"),
    (('days = ["sat"]', 'from = "02:00"', 'to = "02:00"'), 4, "to", "so it never opens"),
    # Those that never close.
    ((f"days = {WEEK}", 'from = "00:00"', 'to = "24:00"'), 2, "days", "more than 60d"),
    (('cron = "*/5 * * * *"', 'for = "5m"'), 2, "cron", "more than 60d"),
    (('cron = "0 2 1 1 *"', 'for = "90d"'), 3, "for", "at most 60d"),
    # Those that cannot be read.
    (('cron = "0 2 * *"', 'for = "2h"'), 2, "cron", "five fields"),
    (('cron = "61 2 * * 6"', 'for = "2h"'), 2, "cron", "its field minute"),
    (('cron = "@daily"', 'for = "2h"'), 2, "cron", "five fields"),
    (('cron = "' + "9" * 190 + ' 2 * * 6"', 'for = "2h"'), 2, "cron", "minute"),
    (('cron = "0 2 * * 6"', "for = 7200"), 3, "for", '"7200s"'),
    (('days = ["saturday"]', 'from = "02:00"', 'to = "04:00"'), 2, "days[0]", "mon, tue, wed"),
    (('days = ["sat"]', 'from = "2:00"', 'to = "04:00"'), 3, "from", '"02:00"'),
    (('days = ["sat"]', 'from = "24:00"', 'to = "04:00"'), 3, "from", '"00:00"'),
    (('days = ["sat"]', 'from = "02:00"', 'to = "24:01"'), 4, "to", '"24:00"'),
    (('days = ["sat"]', 'from = "02:60"', 'to = "04:00"'), 3, "from", '"02:00"'),
    (('cron = "0 2 * * 6"', 'for = "2h"', 'zone = "Asia/Shangai"'), 4, "zone",
     'did you mean "Asia/Shanghai"?'),
    # Those whose keys do not agree.
    ((), 0, "", "no time at which it opens"),
    (('cron = "0 2 * * 6"',), 0, "for", "this key must be given"),
    (('for = "2h"',), 0, "cron", "this key must be given"),
    (('days = ["sat"]', 'from = "02:00"'), 0, "to", "this key must be given"),
    (('cron = "0 2 * * 6"', 'for = "2h"', 'days = ["sat"]'), 4, "days", "found cron and days"),
    # Those for nobody.
    (('cron = "0 2 * * 6"', 'for = "2h"', 'match = { job = "ordres_*" }'), 4, "match",
     "it can match no configured job"),
    (('cron = "0 2 * * 6"', 'for = "2h"', 'match = { verdict = "failed" }'), 4, "match.verdict",
     "allowed: source, project, job, job_type, labels"),
]  # fmt: skip


@pytest.mark.parametrize("keys, line, key, words", BAD)
def test_a_bad_window_is_one_fault(keys: tuple[str, ...], line: int, key: str, words: str) -> None:
    """Refused before it runs, and told where and why."""
    (fault,) = faults_of(*keys)
    place = f"rules.toml:{LINE + line}: windows[0]{'.' if key else ''}{key}: "
    assert fault.startswith(place), fault
    assert words in fault


def test_all_faults_of_a_window_are_told_at_once() -> None:
    """One look at the file mends it."""
    found = faults_of('days = ["sat", "caturday"]', 'from = "2:00"', 'zone = "Mars"', 'nmae = "x"')
    keys = [fault.split(": ")[1] for fault in found]
    assert [f"windows[0]{key}" for key in (".to", ".days[1]", ".from", ".zone", ".nmae")] == keys


def test_a_name_means_one_window() -> None:
    """Decisions and messages name the window that hid something."""
    with pytest.raises(ConfigError, match="a second window of the name"):
        load_text(compose() + SOUND + SOUND, ENV)


def test_a_sound_window_goes_by_the_file_s_zone() -> None:
    """Both forms, with every default filled in."""
    hours = '[[windows]]\nname = "h"\ndays = ["sat", "sun"]\nfrom = "22:00"\nto = "06:00"\n'
    windows = resolve(load_text(compose() + SOUND + hours, ENV)).plan.windows
    cron, days = windows
    assert isinstance(cron, Window)
    assert isinstance(cron.schedule, Cron)
    assert isinstance(days.schedule, Hours)
    assert ("0 2 * * 6", 7200, "Asia/Shanghai") == (
        cron.schedule.expression,
        cron.schedule.lasts.total_seconds(),
        str(cron.schedule.zone),
    )
    assert (frozenset({5, 6}), 1320, 360) == (
        days.schedule.days,
        days.schedule.begin,
        days.schedule.end,
    )
