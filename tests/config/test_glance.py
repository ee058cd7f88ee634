"""A glance at the file gives what looking needs, whatever else is wrong with it."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from watcher.config.faults import ConfigError
from watcher.config.glance import Glance, glance, glance_at_text

HEAD = 'store = "/var/lib/watcher/w.db"\ntimezone = "Asia/Shanghai"\n'
EXPECTED = Glance(
    "rules.toml", Path("/var/lib/watcher/w.db"), ZoneInfo("Asia/Shanghai"), ("oncall", "audit")
)
CHANNELS = """
[channels.oncall]
kind = "dingtalk"
url = "${NOT_SET_HERE}"
[channels.audit]
"""


@pytest.mark.parametrize(
    "rest",
    [
        CHANNELS,
        CHANNELS + '[[rules]]\nname = 7\nno_such_key = "x"\n',
        f'listen = "nonsense"\n{CHANNELS}',
    ],
    ids=["a secret that is not at hand", "a rule that is wrong", "a key that is not looked at"],
)
def test_it_needs_no_secret_and_no_rule(rest: str) -> None:
    """One can look at 3 a.m. without the credentials of the unit, and with a file half edited."""
    assert EXPECTED == glance_at_text(HEAD + rest, {}, "rules.toml")


def test_the_store_is_where_the_unit_keeps_it() -> None:
    """As for `run`: in $STATE_DIRECTORY where the file does not say."""
    found = glance_at_text('language = "zh"', {"STATE_DIRECTORY": "/var/lib/watcher"}, "f")
    assert (Path("/var/lib/watcher/watcher.db"), ()) == (found.store, found.channels)


@pytest.mark.parametrize(
    "text, told",
    [
        ('store = "${NOT_SET_HERE}"', "rules.toml:1: store"),
        ('\ntimezone = "Asia/Shangai"', "rules.toml:2: timezone"),
        ("store = ", "rules.toml:1"),
    ],
)
def test_what_it_needs_must_be_right(text: str, told: str) -> None:
    """A fault there is told with its line and key, as `check` tells it."""
    with pytest.raises(ConfigError) as caught:
        glance_at_text(text, {}, "rules.toml")
    assert told in str(caught.value)


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    """The reason is the system's."""
    with pytest.raises(ConfigError, match="cannot be read"):
        glance(tmp_path, {})
