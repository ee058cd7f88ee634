"""What a sound file gives before defaults are filled in."""

from __future__ import annotations

from tests.config.sample import ENV, RULE, compose
from watcher.config.load import load_text


def test_secrets_are_collected_for_the_redactor() -> None:
    """Expanded values, and secrets that are written out in the file, are known from the start."""
    text = compose().replace('"${ROBOT_SECRET}"', '"SECwrittenout"')
    expected = set(ENV.values()) - {ENV["ROBOT_SECRET"]} | {"SECwrittenout"}
    assert expected <= load_text(text, ENV).secrets


def test_header_values_are_secrets() -> None:
    """What a webhook sends as Authorization is known to the redactor."""
    webhook = '[channels.w]\nkind = "webhook"\nurl = "https://h/"\n'
    text = compose() + webhook + 'headers = { Authorization = "Bearer planted" }\n'
    assert "Bearer planted" in load_text(text, ENV).secrets


def test_repr_shows_no_secret() -> None:
    """A configuration in a traceback tells nothing."""
    config = load_text(compose(), ENV)
    shown = repr(config) + repr(config.top) + repr(config.channels) + repr(config.accounts)
    assert [] == [value for value in ENV.values() if value in shown]


def test_store_default_follows_the_state_directory() -> None:
    """Under systemd the store lies where the unit may write, else here."""
    under = load_text(compose(), {**ENV, "STATE_DIRECTORY": "/var/lib/watcher:/other"})
    assert "/var/lib/watcher/watcher.db" == str(under.default_store)
    assert "watcher.db" == str(load_text(compose(), ENV).default_store)


def test_rule_may_turn_a_builtin_off_without_severity() -> None:
    """A rule that tells nobody needs no severity."""
    text = compose(rule=RULE + '[[rules]]\nname = "quiet"\non = "missing"\nnotify = []\n')
    assert ("job-down", "quiet") == tuple(rule.name for rule in load_text(text, ENV).rules)


def test_undeliverable_may_have_a_rule() -> None:
    """A kind that is about no source is never called vain."""
    rule = '[[rules]]\nname = "u"\non = "undeliverable"\nseverity = "error"\nnotify = ["data"]\n'
    assert ["u"] == [rule.name for rule in load_text(compose(rule=rule), ENV).rules]


def test_labels_of_overlapping_targets_count_together() -> None:
    """A job that two targets name has the labels of both, so a rule may ask for both."""
    source = compose().replace(
        'labels = { team = "orders" } }]',
        'labels = { team = "orders" } }, '
        '{ type = "FLINK_STREAM", names = ["orders_1"], labels = { tier = "gold" } }]',
    )
    text = source.replace(
        'notify = ["oncall"]\n',
        'notify = ["oncall"]\nmatch = { labels = { team = "orders", tier = "gold" } }\n',
    )
    assert 1 == len(load_text(text, ENV).rules)
