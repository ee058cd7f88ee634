"""What is kept of a file so that it can be compared: every value, and no secret."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.config.sample import CHANNELS, ENV, RULE, SOURCE, compose
from watcher.config.load import load_text
from watcher.config.resolve import resolve
from watcher.config.sketch import MARK, is_mark, sketch
from watcher.core.in_force import Sketch

SALT = "00" * 16
HEARTBEAT = '[heartbeat]\nurl = "https://hc.example.com/ping/planted-uuid"\ninterval = "30s"\n'
SIGNS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def drawn(text: str | None = None, salt: str = SALT, **env: str) -> Sketch:
    return sketch(resolve(load_text(text or compose(), {**ENV, **env})), salt)


def test_each_part_has_its_things_and_keys() -> None:
    """Rules by name, jobs by source, type and name, settings one by one, spans as written."""
    rule = (
        RULE
        + 'for = { stuck = "20m" }\n'
        + 'match = { job = ["payments", "orders_1"], labels = { team = "orders" } }\n'
    )
    parts = drawn(compose(rule=rule)).parts
    assert {"": "Asia/Shanghai"} == parts["settings"]["timezone"]
    assert {"": "30d"} == parts["settings"]["retention"]
    assert {
        "on": "state-mismatch",
        "severity": "critical",
        "notify": "oncall",
        "match.job": "payments, orders_1",
        "match.labels.team": "orders",
        "for.stuck": "20m",
        "repeat_after": "1h",
        "stop": "false",
    } == parts["rules"]["job-down"]
    assert {
        "prod/FLINK_STREAM/orders_*": {"labels.team": "orders"},
        "prod/FLINK_STREAM/payments": {"labels.team": "orders"},
    } == parts["jobs"]
    assert "10s" == parts["sources"]["prod"]["interval"]
    assert "jobs" not in parts["sources"]["prod"]
    assert ("dingtalk", "data") == (
        parts["channels"]["oncall"]["kind"],
        parts["channels"]["oncall"]["fallback"],
    )


def test_no_secret_is_in_it() -> None:
    """Not one that stands in the environment, nor one in the file, nor a part of an address."""
    plain = CHANNELS.replace("${ROBOT_SECRET}", "SECstandsinthefile")
    encoded = msgspec.json.encode(drawn(compose(top=HEARTBEAT, channels=plain))).decode()
    for secret in (*ENV.values(), "SECstandsinthefile", "planted"):
        assert secret not in encoded


def test_a_secret_is_known_by_its_mark_alone() -> None:
    """The same one has the same mark under one salt, and another one under another salt."""
    mark = drawn().parts["channels"]["oncall"]["secret"]
    assert is_mark(mark)
    assert mark == drawn().parts["channels"]["oncall"]["secret"]
    assert mark != drawn(ROBOT_SECRET="SECanother").parts["channels"]["oncall"]["secret"]
    assert mark != drawn(salt="11" * 16).parts["channels"]["oncall"]["secret"]


def test_what_comes_from_a_variable_is_a_secret_wherever_it_stands() -> None:
    """A label or a project may hold a token too: nobody knows better."""
    text = compose(source=SOURCE.replace('"test_project"', '"${PROJECT}"'))
    assert is_mark(drawn(text, PROJECT="planted_project").parts["sources"]["prod"]["project"])


@given(secret=st.text(SIGNS, min_size=8, max_size=40))
def test_whatever_a_secret_is_it_is_not_in_it(secret: str) -> None:
    """Whatever it looks like: only eight digits or more of hex could be met by chance."""
    encoded = msgspec.json.encode(drawn(ROBOT_SECRET=secret, ROBOT_TOKEN=secret)).decode()
    known = msgspec.json.encode(drawn()).decode()
    assert secret not in encoded or secret in known


@pytest.mark.parametrize(
    "text, expected", [(f"{MARK}ab12", True), ("10s", False), ("", False), (None, False)]
)
def test_marks_are_told_from_texts(text: str | None, expected: bool) -> None:
    """What is not there is no secret."""
    assert expected is is_mark(text)
