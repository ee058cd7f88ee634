"""What is said of one value while somebody answers questions."""

from __future__ import annotations

import pytest

from watcher.config.kinds import channel_tables, source_tables
from watcher.config.objection import objection
from watcher.tables import StrictTable

FOAS = source_tables()["foas"]
ROBOT = channel_tables()["dingtalk"]


@pytest.mark.parametrize(
    "table, key, value, said",
    [
        (FOAS, "region", "hangzhou", "none of Alibaba Cloud's"),
        (FOAS, "project", "a b", "letters, digits"),
        (FOAS, "endpoint", "foas", "no http:// or https:// address"),
        (FOAS, "access_key_secret", "planted key", "holds a blank"),
        (FOAS, "access_key_id", "${NOT_SET}", "the variable NOT_SET is not set"),
        (ROBOT, "url", "planted", "https://host/path"),
        (ROBOT, "keyword", " x", "pattern"),
    ],
)
def test_what_check_would_say(table: type[StrictTable], key: str, value: str, said: str) -> None:
    """The words are those of `watcher check`, without the value of a secret."""
    told = objection(table, key, value, {})
    assert said in (told or "")
    assert "planted" not in (told or "")


@pytest.mark.parametrize(
    "table, key, value",
    [
        (FOAS, "region", "cn-hangzhou"),
        (FOAS, "access_key_id", "${KEY}"),
        (ROBOT, "url", "https://h/x"),
        (ROBOT, "secret", "SECx"),
    ],
)
def test_what_is_right_is_not_spoken_of(table: type[StrictTable], key: str, value: str) -> None:
    """What the rest of the table still lacks is no objection to this key."""
    assert objection(table, key, value, {"KEY": "x"}) is None
