"""What rules on input delays and on batch jobs must and must not have."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.config.sample import ENV, RULE, SOURCE, compose
from watcher.config.describe import describe
from watcher.config.faults import ConfigError
from watcher.config.load import load_text
from watcher.config.resolve import resolve
from watcher.core.rule import Rule

NOW = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)

BOTH = SOURCE.replace("jobs = [", 'jobs = [{ type = "FLINK_BATCH", names = ["nightly_*"] }, ')
DELAY = RULE.replace("state-mismatch", "input-delay")
LATE = RULE.replace("state-mismatch", "batch-late")
STORM = RULE.replace("state-mismatch", "incident")
DUE = 'deadline = "06:30"\n'


def rule_of(more: str, rule: str = LATE) -> Rule:
    return resolve(load_text(compose(source=BOTH, rule=rule + more), ENV)).plan.rules[0]


BAD = [
    # Rules begin in line 11, more keys in line 16.
    (LATE, 11, "rules[0].deadline", 'needs it, such as deadline = "06:30", or longer_than'),
    (LATE + 'deadline = "24:00"\n', 16, "rules[0].deadline",
     'found "24:00"; write a time of day in quotes, from "00:00" to "23:59"'),
    (LATE + 'deadline = "6.30"\n', 16, "rules[0].deadline", "write a time of day in quotes"),
    (LATE + "deadline = 06:30:00\n", 16, "rules[0].deadline",
     "found a date or time; write a time of day in quotes"),
    (LATE + "deadline = 630\n", 16, "rules[0].deadline", "found 630; write a time of day"),
    (LATE + DUE + 'zone = "Asia/Shangai"\n', 17, "rules[0].zone",
     'such as Asia/Shanghai; did you mean "Asia/Shanghai"?'),
    (LATE + DUE + 'zone = "Mars/Olympus"\n', 17, "rules[0].zone", 'found "Mars/Olympus"'),
    (LATE + DUE + 'zone = "CST8"\n', 17, "rules[0].zone", "no time zone"),
    (LATE + DUE + "zone = 8\n", 17, "rules[0].zone", "found 8, allowed: a text in quotes"),
    (LATE + DUE + 'days = ["mon", "tues"]\n', 17, "rules[0].days[1]", 'did you mean "tue"?'),
    (LATE + 'longer_than = 2.0\nzone = "UTC"\n', 17, "rules[0].zone",
     "found zone without deadline"),
    (LATE + 'longer_than = 2.0\ndays = "mon"\n', 17, "rules[0].days",
     "found days without deadline"),
    (LATE + "longer_than = 1\n", 16, "rules[0].longer_than", "greater than 1"),
    (LATE + 'longer_than = "2h"\n', 16, "rules[0].longer_than", "allowed: a number"),
    (LATE + DUE + 'count = 3\nwithin = "1h"\n', 17, "rules[0].count", "found count on batch-late"),
    (LATE + DUE + 'match = { job_type = "FLINK_STREAM" }\n', 17, "rules[0].match",
     "no configured job"),
    (LATE + DUE + 'match = { verdict = "stuck" }\n', 17, "rules[0].match.verdict",
     'found "stuck" on batch-late, allowed: late, long'),
    (LATE + DUE + 'threshold = "5m"\n', 17, "rules[0].threshold",
     "found threshold on batch-late; it is for input-delay only"),
    (RULE + DUE, 16, "rules[0].deadline",
     "found deadline on state-mismatch; it is for batch-late only; name that in on"),
    (RULE + 'zone = "UTC"\n', 16, "rules[0].zone", "it is for batch-late only"),
    (RULE + 'days = ["mon"]\n', 16, "rules[0].days", "it is for batch-late only"),
    (RULE + "longer_than = 2\n", 16, "rules[0].longer_than", "it is for batch-late only"),
    (RULE + "frozen_after = 60\n", 16, "rules[0].frozen_after", "it is for input-delay only"),
    (DELAY, 11, "rules[0].threshold", 'such as threshold = "5m", or frozen_after'),
    (DELAY + "frozen_after = 1\n", 16, "rules[0].frozen_after", "greater than or equal to 2"),
    (DELAY + 'frozen_after = "10m"\n', 16, "rules[0].frozen_after", "allowed: a whole number"),
    (DELAY + 'frozen_after = 60\nrecover_below = "1m"\n', 17, "rules[0].recover_below",
     "found recover_below without threshold"),
    (DELAY + 'threshold = "5m"\nmatch = { verdict = ["high", "late"] }\n', 17,
     "rules[0].match.verdict[1]", 'found "late" on input-delay, allowed: high, growing, frozen'),
    (DELAY + 'threshold = "5m"\nmatch = { verdict = ["growng"] }\n', 17,
     "rules[0].match.verdict[0]", 'did you mean "growing"?'),
    (RULE + 'match = { verdict = ["growing"] }\n', 16, "rules[0].match.verdict[0]",
     "allowed: stuck, stopped, failed, zombie, unknown"),
    (STORM + 'for = "5m"\n', 16, "rules[0].for",
     "found for on incident; it begins as soon as storm jobs have fallen together; take it out"),
    (STORM + 'keep_firing_for = "5m"\n', 16, "rules[0].keep_firing_for", "take it out"),
    (STORM + "count = 3\n", 16, "rules[0].count",
     "found count on incident; how many jobs are one is storm, how close they fall storm_within"),
    (STORM + 'within = "5m"\n', 16, "rules[0].within", "found within on incident; how many jobs"),
    (RULE.replace('"state-mismatch"', '["state-mismatch", "incident"]') + "count = 3\n", 16,
     "rules[0].count", "found count on state-mismatch, incident; how many jobs are one is storm"),
    (RULE.replace("state-mismatch", "config-refused") + "count = 3\n", 16, "rules[0].count",
     "it is one alert until a sound file comes into force; take it out, or give config-refused a"),
    (RULE.replace("state-mismatch", "config-refused") + 'match = { job = "a" }\n', 16,
     "rules[0].match", "config-refused"),
]  # fmt: skip


@pytest.mark.parametrize("rule, line, key, hint", BAD)
def test_each_slip_is_told_with_its_place(rule: str, line: int, key: str, hint: str) -> None:
    """One fault, with its line, its key and what to write."""
    with pytest.raises(ConfigError) as error:
        load_text(compose(source=BOTH, rule=rule), ENV)
    (fault,) = error.value.faults
    assert (line, key) == (fault.line, fault.key)
    assert hint in fault.describe("f")


def test_a_batch_rule_where_no_batch_job_is_watched() -> None:
    """It could never tell anything."""
    with pytest.raises(ConfigError, match="it can match no configured job"):
        load_text(compose(rule=LATE + DUE), ENV)


def test_a_deadline_is_in_the_file_s_zone_or_its_own() -> None:
    """Every day, where no days are given."""
    ours, own = rule_of(DUE), rule_of(DUE.replace("06", "6") + 'zone = "UTC"\ndays = "sun"\n')
    assert ours.deadline is not None
    assert own.deadline is not None
    assert "06:30 Asia/Shanghai" == ours.deadline.describe()
    assert "06:30 UTC sun" == own.deadline.describe()


def test_numbers_of_a_rule_reach_the_core() -> None:
    """A whole number is a factor too."""
    assert (2.0, None) == (rule_of("longer_than = 2\n").longer_than, rule_of(DUE).longer_than)
    rests = rule_of("frozen_after = 60\n", DELAY)
    assert (60, None, None) == (rests.frozen_after, rests.threshold_ms, rests.recover_below_ms)


def test_check_shows_them() -> None:
    """Deadline with zone and days, factor and polls stand under `more`."""
    rule = LATE + DUE + 'days = ["mon", "fri"]\nlonger_than = 1.5\n'
    described = describe(load_text(compose(source=BOTH, rule=rule), ENV), NOW)
    (rules,) = (section for section in described.sections if section.title == "rules")
    more = "deadline 06:30 Asia/Shanghai mon, fri, longer_than 1.5 times the usual"
    assert (more, "0s") == (rules.rows[0]["more"], rules.rows[0]["for"])
    rule = DELAY + 'threshold = "5m"\nfrozen_after = 60\n'
    described = describe(load_text(compose(source=BOTH, rule=rule), ENV), NOW)
    (rules,) = (section for section in described.sections if section.title == "rules")
    assert "threshold 5m, recover_below 150s, frozen_after 60 polls" == rules.rows[0]["more"]
