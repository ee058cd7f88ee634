"""What the core and the loops get from the tables."""

from __future__ import annotations

from datetime import UTC, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.config.sample import CHANNELS, ENV, RULE, SOURCE, compose
from watcher.config.file_table import Address
from watcher.config.load import load_text
from watcher.config.resolve import Resolved, resolve
from watcher.core.event import Kind
from watcher.core.plan import ChannelPlan, SourcePlan, Target
from watcher.core.rule import Rule, Severity
from watcher.core.verdict import Verdict


def resolved(text: str) -> Resolved:
    """The file, resolved."""
    return resolve(load_text(text, ENV))


def rule_of(more: str, on: str = "state-mismatch") -> Rule:
    """The sample's rule with more keys."""
    return resolved(compose(rule=RULE.replace("state-mismatch", on) + more)).plan.rules[0]


def test_plain_rule() -> None:
    """A rule with nothing but what it must have takes every default."""
    expected = Rule(
        name="job-down",
        on=(Kind.STATE_MISMATCH,),
        severity=Severity.CRITICAL,
        notify=("oncall",),
    )
    assert expected == rule_of("")


def test_every_key_of_a_rule() -> None:
    """Each key of a rule arrives in the core under its own meaning."""
    rule = rule_of(
        'for = "3m"\nkeep_firing_for = "2m"\nremind_every = "1h"\nrepeat_after = "0s"\n'
        'stop = true\ncount = 3\nwithin = "10m"\nthreshold = "5m"\n',
        on="input-delay",
    )
    assert (timedelta(minutes=3), timedelta(minutes=2)) == (rule.lasts_all, rule.keep_firing_for)
    assert (timedelta(hours=1), timedelta(0)) == (rule.remind_every, rule.repeat_after)
    assert (True, 3, timedelta(minutes=10)) == (rule.stop, rule.count, rule.within)
    assert (300_000, 150_000) == (rule.threshold_ms, rule.recover_below_ms)


def test_recover_below_as_given() -> None:
    """Half of the threshold is only the default."""
    rule = rule_of('threshold = "5m"\nrecover_below = "0s"\n', on="input-delay")
    assert 0 == rule.recover_below_ms


def test_spans_by_verdict() -> None:
    """A table of spans holds for the verdicts that it names, the defaults for the others."""
    rule = rule_of('for = { stuck = "20m", failed = "5s" }\n')
    spans = {verdict: rule.span_for(Kind.STATE_MISMATCH, verdict) for verdict in Verdict}
    assert {
        Verdict.STUCK: timedelta(minutes=20),
        Verdict.FAILED: timedelta(seconds=5),
        Verdict.STOPPED: timedelta(seconds=60),
        Verdict.UNKNOWN: timedelta(minutes=5),
        Verdict.ZOMBIE: timedelta(minutes=15),
    } == spans


def test_match() -> None:
    """One value and a list of them mean the same."""
    match = rule_of(
        'match = { source = "prod", project = ["test_*"], job = ["orders_*", "x"], '
        'job_type = "FLINK_*", labels = { team = "ord*" }, verdict = "failed", '
        'from = "RUNNING", to = ["FAILED", "ODD"], error = "Out.*Memory" }\n'
    ).match
    assert (("prod",), ("test_*",)) == (match.source, match.project)
    assert (("orders_*", "x"), ("FLINK_*",)) == (match.job, match.job_type)
    assert {"team": ("ord*",)} == match.labels
    assert frozenset({"failed"}) == match.verdicts
    assert (frozenset({"RUNNING"}), frozenset({"FAILED", "ODD"})) == (
        match.came_from,
        match.went_to,
    )
    assert match.error is not None
    assert "Out.*Memory" == match.error.pattern


def test_a_link_knows_its_region() -> None:
    """The region stands in the account, or in the source itself."""
    linked = SOURCE + 'link = "https://c/{region}/{job}"\n'
    assert (
        "https://c/cn-hangzhou/{job}" == resolved(compose(source=linked)).plan.sources["prod"].link
    )


def test_plan_of_sources_and_channels() -> None:
    """Sources and channels keep what deciding needs."""
    plan = resolved(compose()).plan
    target = Target("FLINK_STREAM", ("orders_*", "payments"), {"team": "orders"})
    assert {"prod": SourcePlan("prod", "test_project", (target,))} == plan.sources
    assert {
        "oncall": ChannelPlan("oncall", bundles=True, fallback="data"),
        "data": ChannelPlan("data", bundles=True),
    } == plan.channels


def builtin(text: str) -> dict[str, Rule]:
    """The built-in rules of a file by name."""
    return {rule.name: rule for rule in resolved(text).plan.rules if rule.builtin}


def test_builtin_rules_stand_last_with_their_severities() -> None:
    """What nobody asked for is told all the same, each kind as gravely as the contract says."""
    rules = resolved(compose()).plan.rules
    assert [
        ("job-down", Severity.CRITICAL, False),
        ("blind", Severity.CRITICAL, True),
        ("frozen", Severity.WARNING, True),
        ("missing", Severity.WARNING, True),
        ("reconciled", Severity.INFO, True),
        ("undeliverable", Severity.CRITICAL, True),
        ("flapping", Severity.WARNING, True),
        ("redeployment", Severity.INFO, True),
        ("config-refused", Severity.WARNING, True),
        ("incident", Severity.INFO, True),
    ] == [(rule.name, rule.severity, rule.builtin) for rule in rules]


def test_builtin_rules_tell_the_channels_of_grave_rules() -> None:
    """Only the channels of rules of severity error or worse hear of the watcher's own trouble."""
    assert {("oncall",)} == {rule.notify for rule in builtin(compose()).values()}


def test_builtin_rules_tell_all_where_no_rule_is_grave() -> None:
    """Where nothing is grave, every channel hears."""
    text = compose(rule=RULE.replace("critical", "warning"))
    rules = builtin(text)
    mine = ("flapping", "redeployment", "incident")
    assert {("oncall",)} == {rules.pop(name).notify for name in mine}
    assert {("oncall", "data")} == {rule.notify for rule in rules.values()}


def test_flapping_is_told_to_the_chats_that_hear_of_mismatches() -> None:
    """A webhook, and who hears of other things or of counts alone, is not told unasked."""
    hook = '[channels.audit]\nkind = "webhook"\nurl = "https://hooks.example.com/watcher"\n'
    more = (
        RULE.replace("job-down", "also").replace('["oncall"]', '["audit", "oncall"]')
        + RULE.replace("job-down", "often").replace('["oncall"]', '["data"]')
        + 'count = 3\nwithin = "1h"\n'
    )
    assert ("oncall",) == builtin(compose(rule=RULE + more) + hook)["flapping"].notify


def test_redeployments_are_known_by_a_span_of_the_file() -> None:
    """A quarter of an hour unless the file says otherwise."""
    assert timedelta(minutes=15) == resolved(compose()).plan.redeploy_within
    text = compose(top='redeploy_within = "1h"\n')
    assert timedelta(hours=1) == resolved(text).plan.redeploy_within


HOOK = '[channels.audit]\nkind = "webhook"\nurl = "https://h.example/x"\n'


def test_incidents_are_told_to_chats_that_hear_of_jobs_and_to_grave_webhooks() -> None:
    """A chat of another kind of trouble hears of none, nor does a webhook of lesser rules."""
    errors = (
        '[[rules]]\nname = "e"\non = "new-error"\nnotify = ["data", "audit"]\nseverity = "{}"\n'
    )
    for severity, told in (("warning", ("oncall",)), ("error", ("oncall", "audit"))):
        text = compose(rule=RULE + errors.format(severity), channels=CHANNELS + HOOK)
        assert told == builtin(text)["incident"].notify


@pytest.mark.parametrize(
    "top, rule", [("storm = 0\n", RULE), ("", RULE.replace("state-mismatch", "restart"))]
)
def test_no_storm_no_rule_on_incidents(top: str, rule: str) -> None:
    """Where none can be, or nobody would be told, there is no rule."""
    assert "incident" not in builtin(compose(top=top, rule=rule))


def test_storms_are_as_the_file_says() -> None:
    """Ten jobs within two minutes, or what is given."""
    assert (10, timedelta(minutes=2)) == storm_of("")
    assert (3, timedelta(seconds=30)) == storm_of('storm = 3\nstorm_within = "30s"\n')


def storm_of(top: str) -> tuple[int, timedelta]:
    plan = resolved(compose(top=top)).plan
    return plan.storm, plan.storm_within


@pytest.mark.parametrize("notify", ['["data"]', "[]"])
def test_rule_on_a_kind_replaces_its_builtin(notify: str) -> None:
    """A kind that the file names is the file's own matter, also where it tells nobody."""
    own = (
        '[[rules]]\nname = "own"\non = ["blind", "missing"]\nseverity = "info"\n'
        f"notify = {notify}\n"
    )
    left = {"frozen", "reconciled", "undeliverable", "flapping", "redeployment", "incident"}
    left |= {"config-refused"}
    assert left == set(builtin(compose(rule=RULE + own)))


def test_defaults_of_the_top() -> None:
    """A file that says nothing gets what the contract names."""
    plain = resolved(compose(top=""))
    assert (Path("watcher.db"), None, "en", UTC) == (
        plain.store,
        plain.listen,
        plain.language,
        plain.timezone,
    )
    assert (timedelta(days=30), timedelta(hours=24)) == (plain.retention, plain.give_up)


def test_top_as_given() -> None:
    """What the file says holds."""
    top = 'listen = "[::1]:0"\nlanguage = "zh"\ntimezone = "Asia/Shanghai"\nstore = "sqlite:////a/b"\n'
    given = resolved(compose(top=top))
    assert (Path("/a/b"), Address("::1", 0), "zh", ZoneInfo("Asia/Shanghai")) == (
        given.store,
        given.listen,
        given.language,
        given.timezone,
    )


def test_account_of_a_source() -> None:
    """A source is built with the account that it names."""
    given = resolved(compose())
    assert given.accounts["main"] is given.account_of("prod")


def test_repr_shows_no_secret() -> None:
    """A resolved file in a traceback tells nothing."""
    assert [] == [value for value in ENV.values() if value in repr(resolved(compose()))]


def test_tokens_inside_addresses_are_secrets_and_plain_words_are_not() -> None:
    """A receiver may echo a token by itself; a path's plain word must not blot the log."""
    url = "https://hooks.example.com/watcher/T0KENabcdefghijk?key=planted-value"
    channel = f'[channels.audit]\nkind = "webhook"\nurl = "{url}"\n'
    secrets = resolve(load_text(compose() + channel, ENV)).secrets
    assert {"T0KENabcdefghijk", "planted-value", url} <= secrets
    assert "watcher" not in secrets


def test_the_heartbeat_has_defaults_and_a_secret_address() -> None:
    """A minute, ten seconds, fifteen minutes; the token of its address is masked everywhere."""
    assert resolved(compose()).heartbeat is None
    found = resolved(compose(top='heartbeat = { url = "https://h/ping/0A1b2c3d4e5f6a7b" }\n'))
    table = found.heartbeat
    assert table is not None
    assert (60, 10, 900) == tuple(
        span.total_seconds() for span in (table.interval, table.timeout, table.outbox_older_than)
    )
    assert "0A1b2c3d4e5f6a7b" in found.secrets
    assert "0A1b2c3d4e5f6a7b" not in repr(table)
