"""Every fault of a file: its line, its key, and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.config.sample import ACCOUNT, CHANNELS, ENV, RULE, SOURCE, TOP, compose
from watcher.config.faults import ConfigError, Fault
from watcher.config.load import load, load_text


def faults_of(text: str) -> tuple[Fault, ...]:
    """What is wrong with a file."""
    with pytest.raises(ConfigError) as error:
        load_text(text, ENV)
    return error.value.faults


def only_fault(text: str) -> str:
    """The one fault of a file, as people read it."""
    faults = faults_of(text)
    assert 1 == len(faults), faults
    return faults[0].describe("rules.toml")


BAD = [
    # The top, in line 1.
    (compose(top='stroe = "x"\n'), 1, "stroe", 'did you mean "store"?'),
    (compose(top="listen = 9109\n"), 1, "listen", "found 9109, allowed: a text in quotes"),
    (compose(top='listen = "9109"\n'), 1, "listen", '"127.0.0.1:9109"'),
    (compose(top='listen = "::1:9109"\n'), 1, "listen", '"[::1]:9109"'),
    (compose(top='listen = "a:65536"\n'), 1, "listen", '"127.0.0.1:9109"'),
    (compose(top='timezone = "Asia/Shangai"\n'), 1, "timezone", 'did you mean "Asia/Shanghai"?'),
    (compose(top='timezone = "../etc/passwd"\n'), 1, "timezone", "no time zone"),
    (compose(top='timezone = "Asia"\n'), 1, "timezone", "no time zone"),
    (compose(top='language = "EN"\n'), 1, "language", 'allowed: en, zh; did you mean "en"?'),
    (compose(top='store = "postgresql://h/d"\n'), 1, "store", "not there yet"),
    (compose(top='store = "mysql://h/d"\n'), 1, "store", "give a path"),
    (compose(top='store = "sqlite://"\n'), 1, "store", "give a path"),
    (compose(top='store = ":memory:"\n'), 1, "store", "needs a file"),
    (compose(top='store = ""\n'), 1, "store", "needs a file"),
    (compose(top='retention = "30"\n'), 1, "retention", "write a whole number and a unit"),
    (compose(top="retention = 30\n"), 1, "retention", '"30s"'),
    (compose(top='give_up = "0s"\n'), 1, "give_up", "longer than 0s"),
    (compose(top="storm = 1\n"), 1, "storm", "at least 2, or 0 for none"),
    (compose(top="storm = -3\n"), 1, "storm", "0"),
    (compose(top='storm = "many"\n'), 1, "storm", "a whole number"),
    (compose(top='storm_within = "0s"\n'), 1, "storm_within", "longer than 0s"),
    (compose(top='ca_file = "/not/there.pem"\n'), 1, "ca_file",
     "no certificate can be read from /not/there.pem (No such file or directory)"),
    (compose(top='ca_file = "/dev/null"\n'), 1, "ca_file", "a file of PEM certificates"),
    (compose(top='allow_addresses = ["metadata"]\n'), 1, "allow_addresses[0]",
     "neither an address such as 169.254.1.1 nor a network"),
    (compose(top='allow_addresses = "169.254.1.1"\n'), 1, "allow_addresses",
     'allowed: a list, ["169.254.1.1"]'),
    (compose(top='heartbeat = { interval = "60s" }\n'), 1, "heartbeat.url",
     "this key must be given"),
    (compose(top='heartbeat = { url = "ftp://h/x" }\n'), 1, "heartbeat.url", "https://host/path"),
    (compose(top='heartbeat = { url = "https://h/x", interval = "10ms" }\n'), 1,
     "heartbeat.interval", "1"),
    (compose(rule=RULE.replace("state-mismatch", "unwritable")), 13, "rules[0].on",
     'found "unwritable", allowed: state-mismatch, new-error'),
    # The parts.
    (compose(source="sources = 1\n", top="", account=""), 1, "sources", "allowed: a table"),
    (compose(channels="", rule=""), 1, "channels", "nobody would be told"),
    (compose(source=""), 1, "sources", "nothing would be watched"),
    ("# only this\n", 1, "", "rules.example.toml"),
    ("", 1, "", "rules.example.toml"),
    # Accounts begin in line 2.
    (compose(account=ACCOUNT.replace("KEY_ID}", "KEY_IT}")), 4, "accounts.main.access_key_id",
     'the variable KEY_IT is not set; did you mean "KEY_ID"?'),
    (compose(account=ACCOUNT.replace("region =", "regoin =")), 2, "accounts.main.region",
     "this key must be given"),
    (compose(account=ACCOUNT.replace('"${KEY_ID}"', "5")), 4, "accounts.main.access_key_id",
     "a value that is not shown, allowed: a text in quotes"),
    (compose(account='[accounts.main]\nregion = "cn-hangzhou"\ncredentials = "chain"\n'), 4,
     "accounts.main.credentials", "not there yet"),
    (compose(account='[accounts.main]\nregion = "cn-hangzhou"\n'), 2, "accounts.main",
     "access_key_id is missing"),
    # Sources begin in line 6.
    (compose(source=SOURCE.replace('"main"', '"mian"')), 8, "sources.prod.account",
     'allowed: main; did you mean "main"?'),
    (compose(source=SOURCE.replace('"foas"', '"fosa"')), 7, "sources.prod.kind",
     'found "fosa", allowed: foas; did you mean "foas"?'),
    (compose(source=SOURCE.replace('kind = "foas"', "")), 6, "sources.prod.kind",
     "this key must be given"),
    (compose(source=SOURCE.replace("test_project", "a b")), 9, "sources.prod.project",
     "letters, digits"),
    (compose(source=SOURCE.replace("payments", "a,b")), 10, "sources.prod.jobs[0].names[1]",
     "comma"),
    (compose(source=SOURCE.replace("FLINK_STREAM", "FLINK_STREAMS")), 10,
     "sources.prod.jobs[0].type", 'did you mean "FLINK_STREAM"?'),
    (compose(source=SOURCE.replace('["orders_*", "payments"]', "[]")), 10,
     "sources.prod.jobs[0].names", "found an empty list, allowed: at least 1"),
    (compose(source=SOURCE + 'interval = "10"\n'), 11, "sources.prod.interval", "no span"),
    (compose(source=SOURCE + '[sources.prod]\nkind = "foas"\n'), 11, "sources.prod",
     "the first one is in line 6"),
    (compose(source=SOURCE + 'endpoint = "http://100.100.100.200"\n'), 11,
     "sources.prod.endpoint", 'found the host "100.100.100.200"; it leads to 100.100.100.200'),
    (compose(source=SOURCE + 'link = "https://c/{jobs}/{job}"\n'), 11, "sources.prod.link",
     "names {jobs}, which is nothing of a job; known: {job}, {job_type}"),
    (compose(source=SOURCE + 'link = "https://c/{job"\n'), 11, "sources.prod.link",
     "a brace without its other"),
    (compose(source=SOURCE + 'link = "c/{job}"\n'), 11, "sources.prod.link",
     "no http:// or https:// address"),
    (compose(source=SOURCE + 'link = "https://c/{job} x"\n'), 11, "sources.prod.link",
     "write a blank as %20"),
    # Rules begin in line 11.
    (compose(rule=RULE.replace("critical", "critcal")), 14, "rules[0].severity",
     'found "critcal", allowed: critical, error, warning, info; did you mean "critical"?'),
    (compose(rule=RULE.replace('severity = "critical"', "")), 11, "rules[0].severity",
     "this key must be given"),
    (compose(rule=RULE.replace("state-mismatch", "state-mismtch")), 13, "rules[0].on",
     'did you mean "state-mismatch"?'),
    (compose(rule=RULE.replace('"state-mismatch"', "[]")), 13, "rules[0].on", "at least 1"),
    (compose(rule=RULE.replace('"oncall"', '"oncal"')), 15, "rules[0].notify[0]",
     'found unknown channel "oncal", allowed: data, oncall; did you mean "oncall"?'),
    (compose(rule=RULE.replace('["oncall"]', '"oncall"')), 15, "rules[0].notify",
     'found "oncall", allowed: a list, ["oncall"]'),
    (compose(rule=RULE.replace("name =", "nmae =")), 12, "rules[0].nmae",
     'did you mean "name"?'),
    (compose(rule=RULE + 'mtach = { job = "x" }\n'), 16, "rules[0].mtach",
     'did you mean "match"?'),
    (compose(rule=RULE + 'match = { jbo = "orders_1" }\n'), 16, "rules[0].match.jbo",
     'did you mean "job"?'),
    (compose(rule=RULE + 'match = { error = "(" }\n'), 16, "rules[0].match.error",
     "no regular expression"),
    (compose(rule=RULE + 'match = { verdict = ["stoped"] }\n'), 16,
     "rules[0].match.verdict[0]", 'did you mean "stopped"?'),
    (compose(rule=RULE + 'match = { job = "order_*" }\n'), 16, "rules[0].match",
     "no configured job; there are prod (test_project): FLINK_STREAM orders_*, payments"),
    (compose(rule=RULE + 'match = { job_type = "FLINK_BATCH" }\n'), 16, "rules[0].match",
     "no configured job"),
    (compose(rule=RULE + 'match = { source = "test" }\n'), 16, "rules[0].match",
     "no configured job"),
    (compose(rule=RULE + 'match = { project = "prod_*" }\n'), 16, "rules[0].match",
     "no configured job"),
    (compose(rule=RULE + 'match = { labels = { team = "sales" } }\n'), 16, "rules[0].match",
     "no configured job"),
    (compose(rule=RULE + 'match = { labels = { owner = "*" } }\n'), 16, "rules[0].match",
     "no configured job"),
    (compose(rule=RULE.replace("state-mismatch", "blind") + 'match = { job = "orders_1" }\n'),
     16, "rules[0].match", "events of the kind blind do not have every one of job"),
    (compose(rule=RULE.replace("state-mismatch", "restart") + 'match = { verdict = "stuck" }\n'),
     16, "rules[0].match", "do not have every one of verdict"),
    (compose(rule=RULE + "count = 3\n"), 16, "rules[0].count", "within must be given too"),
    (compose(rule=RULE + 'within = "3m"\n'), 16, "rules[0].within", "count must be given too"),
    (compose(rule=RULE + 'count = 0\nwithin = "3m"\n'), 16, "rules[0].count",
     "greater than or equal to 1"),
    (compose(rule=RULE.replace("state-mismatch", "flapping") + 'for = "3m"\n'), 16,
     "rules[0].for", "found for on flapping; it begins with so many changes"),
    (compose(rule=RULE.replace("state-mismatch", "flapping") + "count = 1\n"), 16,
     "rules[0].count", "found 1, allowed: 2 to 100 changes"),
    (compose(rule=RULE.replace("state-mismatch", "flapping") + "count = 101\n"), 16,
     "rules[0].count", "found 101, allowed: 2 to 100 changes"),
    (compose(rule=RULE.replace('"state-mismatch"', '["flapping", "restart"]')
             + 'count = 3\nwithin = "3m"\n'), 16, "rules[0].count",
     "found count on flapping, restart; for flapping it means something else"),
    (compose(source=SOURCE.replace("FLINK_STREAM", "FLINK_BATCH"),
             rule=RULE.replace("state-mismatch", "flapping")), 11, "rules[0].match",
     "no configured job"),
    (compose(top='redeploy_within = "0s"\n'), 1, "redeploy_within", "longer than 0s"),
    (compose(rule=RULE.replace("state-mismatch", "input-delay")), 11, "rules[0].threshold",
     'threshold = "5m"'),
    (compose(rule=RULE + 'threshold = "3m"\n'), 16, "rules[0].threshold",
     "for input-delay only"),
    (compose(rule=RULE + 'recover_below = "3m"\n'), 16, "rules[0].recover_below",
     "for input-delay only"),
    (compose(rule=RULE.replace("state-mismatch", "input-delay")
             + 'threshold = "3m"\nrecover_below = "4m"\n'), 17, "rules[0].recover_below",
     "found 4m, allowed: at most threshold, 3m"),
    (compose(rule=RULE + 'for = "5 minutes"\n'), 16, "rules[0].for", "no span"),
    (compose(rule=RULE + "for = { stuck = 20 }\n"), 16, "rules[0].for.stuck", '"20s"'),
    (compose(rule=RULE + "[rules.for]\n\n" + 'stuk = "20m"\n'), 18, "rules[0].for.stuk",
     'did you mean "stuck"?'),
    (compose(rule=RULE.replace("state-mismatch", "restart") + 'for = { stuck = "20m" }\n'),
     16, "rules[0].for", "only state-mismatch has verdicts"),
    (compose(rule=RULE + 'remind_every = "0s"\n'), 16, "rules[0].remind_every", "longer than 0s"),
    (compose(rule=RULE + "stop = 1\n"), 16, "rules[0].stop", "found 1, allowed: true or false"),
    (compose(rule=RULE + RULE), 17, "rules[1].name", "the first one is in line 12"),
    (compose(rule=RULE.replace("job-down", "blind")), 12, "rules[0].name", "built-in rule"),
    (compose(top='rules = "x"\n', rule=""), 1, "rules", "allowed: a list"),
    # Channels begin in line 16.
    (compose(channels=CHANNELS.replace('fallback = "data"', 'fallback = "dta"')), 20,
     "channels.oncall.fallback", 'did you mean "data"?'),
    (compose(channels=CHANNELS + 'fallback = "oncall"\n'), 20, "channels.oncall.fallback",
     "a cycle of fallbacks oncall → data → oncall"),
    (compose(channels=CHANNELS.replace('fallback = "data"', 'fallback = "oncall"')), 20,
     "channels.oncall.fallback", "a cycle of fallbacks oncall → oncall"),
    (compose(channels=CHANNELS.replace('"slack"', '"slak"')), 22, "channels.data.kind",
     'found "slak", allowed: dingtalk, slack, webhook; did you mean "slack"?'),
    (compose(channels=CHANNELS.replace("secret =", "sekret =")), 19,
     "channels.oncall.sekret", 'did you mean "secret"?'),
    (compose(channels=CHANNELS.replace('"${SLACK_URL}"', '"nonsense"')), 23,
     "channels.data.url", "a value that is not shown"),
    (compose(channels=CHANNELS + '[channels.oncall]\nkind = "slack"\n'), 24,
     "channels.oncall", "the first one is in line 16"),
    (compose(channels=CHANNELS.replace("${SLACK_URL}", "${file:/not/there}")), 23,
     "channels.data.url", "/not/there cannot be read"),
    (compose(channels=CHANNELS.replace("${SLACK_URL}", "http://[::ffff:a9fe:a9fe]/x")), 23,
     "channels.data.url", "a link-local address, where clouds keep their metadata"),
    # No TOML at all.
    (compose(top="listen = \n"), 1, "", "no TOML"),
    (compose(channels=CHANNELS + "[channels.x\n"), 24, "", "no TOML"),
]  # fmt: skip


@pytest.mark.parametrize("text, line, key, hint", BAD)
def test_bad_file(text: str, line: int, key: str, hint: str) -> None:
    """Each way to get the file wrong is told with its line, its key and what to do."""
    faults = faults_of(text)
    told = [fault for fault in faults if (fault.line, fault.key) == (line, key)]
    assert [True] == [hint in fault.describe("f") for fault in told], faults


SEVERAL_FAULTS_EXPECTED = {"regoin", "nmae"}


@pytest.mark.parametrize(
    "text", [row[0] for row in BAD if not any(w in row[0] for w in SEVERAL_FAULTS_EXPECTED)]
)
def test_one_slip_is_one_fault(text: str) -> None:
    """A slip is told once: nobody searches for faults that only follow from another one."""
    only_fault(text)


def test_sample_is_sound() -> None:
    """What the table breaks is sound before it is broken."""
    assert ["job-down"] == [rule.name for rule in load_text(compose(), ENV).rules]


def test_all_faults_at_once() -> None:
    """Faults of every sort stand in one report, in the file's order."""
    text = compose(
        top=TOP.replace("Shanghai", "Shangai"),
        account=ACCOUNT.replace("KEY_ID}", "NOPE}"),
        source=SOURCE.replace('"main"', '"mian"').replace("payments", "a,b"),
        rule=RULE.replace("critical", "critcal").replace('"oncall"', '"oncal"') + "count = 3\n",
        channels=CHANNELS.replace("secret =", "sekret =")
        + 'fallback = "oncall"\n[channels.data]\n',
    )
    expected = [
        (1, "timezone"),
        (4, "accounts.main.access_key_id"),
        (8, "sources.prod.account"),
        (10, "sources.prod.jobs[0].names[1]"),
        (14, "rules[0].severity"),
        (15, "rules[0].notify[0]"),
        (16, "rules[0].count"),
        (20, "channels.oncall.sekret"),
        (21, "channels.oncall.fallback"),
        (26, "channels.data"),
    ]
    assert expected == [(fault.line, fault.key) for fault in faults_of(text)]


@pytest.mark.parametrize("kind", ['kind = "slak"', "kind = 5", "", 'kind = "${NOPE}"'])
def test_a_wrong_kind_hides_no_other_fault(kind: str) -> None:
    """What would be a fault of every kind is told beside it; what one kind takes is none."""
    text = compose(
        channels=CHANNELS
        + f"[channels.x]\n{kind}\n"
        + 'sekret = "planted"\ntimeout = "9"\nsecret = "planted"\nkeyword = "${NOT_SET}"\n'
    )
    expected = [
        (24 if not kind else 25, "channels.x.kind"),
        (26, "channels.x.sekret"),
        (27, "channels.x.timeout"),
        (29, "channels.x.keyword"),
        (24, "channels.x.url"),
    ]
    assert sorted(expected) == sorted((fault.line, fault.key) for fault in faults_of(text))
    told = next(fault for fault in faults_of(text) if fault.key == "channels.x.sekret")
    assert 'channels.x.sekret: found an unknown key "sekret"; did you mean "secret"?' in (
        told.describe("f")
    )
    assert "planted" not in "\n".join(fault.describe("f") for fault in faults_of(text))


def test_a_source_of_no_kind_is_judged_too() -> None:
    """Where there is one kind, all of its faults are told."""
    text = compose(source=SOURCE.replace('"foas"', '"fosa"').replace("payments", "a,b"))
    assert ["sources.prod.kind", "sources.prod.jobs[0].names[1]"] == [
        fault.key for fault in faults_of(text)
    ]


def test_fault_reads_as_promised() -> None:
    """The line, the key, what was found, what is allowed and the nearest word, in this order."""
    assert (
        'rules.toml:14: rules[0].severity: found "critcal", allowed: critical, error, warning, '
        'info; did you mean "critical"?'
    ) == only_fault(compose(rule=RULE.replace("critical", "critcal")))


@pytest.mark.parametrize(
    "text",
    [
        compose(channels=CHANNELS.replace('"${SLACK_URL}"', '"planted"')),
        compose(channels=CHANNELS.replace('"${ROBOT_SECRET}"', '["planted"]')),
        compose(channels=CHANNELS.replace("${SLACK_URL}", "ftp://planted/${ROBOT_TOKEN}")),
        compose(account=ACCOUNT.replace("${KEY_SECRET}", "planted secret")),
        compose(account=ACCOUNT.replace("cn-hangzhou", "${KEY_SECRET}")),
        compose(source=SOURCE.replace("test_project", "${KEY_SECRET} x")),
        compose(rule=RULE.replace("oncall", "${KEY_SECRET}")),
        compose(rule=RULE.replace("critical", "${KEY_SECRET}")),
        compose(top='store = "postgresql://u:planted@h/d"\n'),
        compose(top='timezone = "${ROBOT_SECRET}"\n'),
    ],
)
def test_no_secret_in_any_fault(text: str) -> None:
    """Neither a secret's value nor what an expansion brought in is ever shown."""
    faults = faults_of(text)
    said = "\n".join(fault.describe("f") for fault in faults) + repr(faults)
    assert faults
    assert "planted" not in said


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A path that holds no readable text is told by its name."""
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path, ENV)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    """A file in another encoding is told with the line where it stops being UTF-8."""
    path = tmp_path / "rules.toml"
    path.write_bytes(b"a = 1\nb = '\xb6\xa9\xb5\xa5'\n")
    with pytest.raises(ConfigError, match=r"rules.toml:2: found bytes that are no UTF-8"):
        load(path, ENV)


def test_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    """A file saved by an editor that marks UTF-8 is read like any other."""
    path = tmp_path / "rules.toml"
    path.write_text(compose(), encoding="utf-8-sig")
    assert 1 == len(load(path, ENV).rules)


WORDS = st.sampled_from(
    [
        "store", "listen", "rules", "sources", "channels", "accounts", "name", "on", "notify",
        "match", "for", "kind", "jobs", "fallback", "a", '"x"', '"${A}"', '"$"', '"${file:/}"',
        "[", "]", "[[", "]]", "{", "}", "=", " = ", ",", ".", "\n", "1", "-1", "1.5", "inf", "nan",
        "true", "1979-05-27", '"""', "'", "#", '"input-delay"', '"foas"', '"slack"', "[]", "{}",
        "0x" + "f" * 5000,
    ]
)  # fmt: skip
SLIPS = st.tuples(st.integers(0, 1200), st.integers(0, 12), st.lists(WORDS, max_size=3))


def judge(text: str) -> tuple[Fault, ...]:
    """The faults of a file, none for a sound one; anything but a ConfigError fails the test."""
    try:
        load_text(text, {**ENV, "A": "planted"})
    except ConfigError as error:
        return error.faults
    return ()


@given(st.text())
def test_any_text_is_judged(text: str) -> None:
    """No text at all breaks the reader; none by chance is a sound file."""
    assert () != judge(text)


@given(st.lists(WORDS, max_size=40).map("".join))
def test_any_words_are_judged(text: str) -> None:
    """Text that is almost TOML does not break it either."""
    assert () != judge(text)


@given(st.lists(SLIPS, min_size=1, max_size=3))
def test_any_slip_in_a_sound_file_is_judged(slips: list[tuple[int, int, list[str]]]) -> None:
    """Whatever is cut from or put into a sound file, each fault that follows has a line of it."""
    text = compose()
    for start, length, words in slips:
        text = text[:start] + "".join(words) + text[start + length :]
    last = text.count("\n") + 1
    assert [] == [fault for fault in judge(text) if not 1 <= (fault.line or 0) <= last]
