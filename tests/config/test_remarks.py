"""What `check` points out in a sound file."""

from __future__ import annotations

import pytest

from tests.config.sample import ENV, RULE, SOURCE, compose
from watcher.config.load import load_text
from watcher.config.remarks import remarks
from watcher.config.resolve import resolve


def only_remark(text: str) -> str:
    """The one remark on a file."""
    (remark,) = remarks_of(text)
    return remark


def remarks_of(text: str) -> list[str]:
    """The remarks on a file, a line each."""
    config = load_text(text, ENV)
    return [remark.describe("f") for remark in remarks(config, resolve(config).plan)]


def test_sample_has_none() -> None:
    """A file that does what it means has no remark."""
    assert [] == remarks_of(compose())


@pytest.mark.parametrize(
    "match",
    ['job = "payments"', 'job = "pay*"', 'labels = { team = "orders" }, job = ["payments", "x"]'],
)
def test_pattern_that_no_rule_covers(match: str) -> None:
    """A job that can die unnoticed is named with its line."""
    assert (
        'f:10: sources.prod.jobs[0].names[0]: no state-mismatch rule covers "orders_*" '
        "(FLINK_STREAM): nobody is told when it is down"
    ) == only_remark(compose(rule=RULE + f"match = {{ {match} }}\n"))


def test_pattern_that_rules_cover_in_part() -> None:
    """A rule for some of a pattern's jobs leaves the others open, and that is said."""
    rule = RULE + 'match = { job = ["payments", "orders_1"] }\n'
    assert (
        'f:10: sources.prod.jobs[0].names[0]: state-mismatch rules cover "orders_*" '
        "(FLINK_STREAM) only in part: job-down"
    ) == only_remark(compose(rule=rule))


def test_rule_that_tells_nobody_covers_nothing() -> None:
    """`notify = []` is no cover."""
    told = remarks_of(compose(rule=RULE.replace('["oncall"]', "[]")))
    assert 2 == sum("no state-mismatch rule covers" in remark for remark in told)


def test_interval_longer_than_for() -> None:
    """Who reads rarely learns which `for` cannot be kept; `failed`, at once, is none of them."""
    source = SOURCE + 'interval = "2m"\n'
    assert (
        "f:12: rules[0].for: prod is read every 2m, less often than this rule's for of 1m: "
        "it fires at the first reading that still shows it"
    ) == only_remark(compose(source=source))


def test_channel_that_nobody_names() -> None:
    """A channel that no rule and no fallback uses is pointed out."""
    webhook = '[channels.spare]\nkind = "webhook"\nurl = "https://h/"\n'
    assert ["f:24: channels.spare: no rule and no fallback names this channel"] == remarks_of(
        compose() + webhook
    )


def test_no_rules() -> None:
    """A file without rules is sound, and probably not what was meant."""
    assert any("only the built-in ones hold" in remark for remark in remarks_of(compose(rule="")))
