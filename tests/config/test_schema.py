"""The file's schema: it takes whatever loads, and refuses what has the wrong shape."""

from __future__ import annotations

import json
import tomllib
from contextlib import suppress
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.config.sample import ACCOUNT, CHANNELS, ENV, RULE, SOURCE, TOP, compose
from tests.config.test_load_bad_files import BAD
from tests.stories.configuration import configuration
from tests.stories.page import names, read_story
from tests.tree import ROOT
from watcher.app.demo import FILE as DEMO
from watcher.config.faults import ConfigError
from watcher.config.kinds import AccountTable, channel_tables, source_tables
from watcher.config.load import load_text
from watcher.config.rule_table import RuleTable
from watcher.config.schema import choice, config_schema
from watcher.config.shape import keys_of
from watcher.config.window_table import WindowTable

SCHEMA: Final = config_schema()
JUDGE: Final = Draft202012Validator(SCHEMA)
WINDOW: Final = '[[windows]]\nname = "w"\n'


def refusals(text: str) -> list[str]:
    """What the schema has against a file, by path."""
    document = tomllib.loads(text)
    return [f"{error.json_path}: {error.message}" for error in JUDGE.iter_errors(document)]


def loads(text: str) -> bool:
    with suppress(ConfigError):
        load_text(text, ENV)
        return True
    return False


def test_it_is_a_schema() -> None:
    """Draft 2020-12 itself has nothing against it."""
    Draft202012Validator.check_schema(SCHEMA)


def test_the_file_in_the_documents_is_this_one() -> None:
    """docs/schema/config.schema.json is what `watcher schema config` prints."""
    written = (ROOT / "docs/schema/config.schema.json").read_text(encoding="utf-8")
    assert json.loads(written) == json.loads(json.dumps(SCHEMA))


def test_the_example_is_valid_and_names_it() -> None:
    """rules.example.toml leads editors to the schema, which takes it with all that it shows."""
    text = (ROOT / "rules.example.toml").read_text(encoding="utf-8")
    first = text.splitlines()[0]
    assert "#:schema ./docs/schema/config.schema.json" == first
    assert [] == refusals(text)


def test_the_readme_s_file_is_valid() -> None:
    """So are the ten lines that a newcomer copies."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [] == refusals(text.partition("```toml\n")[2].partition("```")[0])


GOOD: Final = (
    compose(),
    compose(account=ACCOUNT + 'security_token = "${KEY_SECRET}"\n'),
    compose(rule=RULE.replace('"state-mismatch"', '["state-mismatch", "new-error"]')),
    compose(rule=RULE + 'for = { stuck = "20m" }\n'),
    compose(rule=RULE + 'for = " 5m "\n'),
    compose(rule=RULE + 'match = { job = "orders_*", labels = { team = ["a", "orders"] } }\n'),
    compose(rule=RULE + '[[rules]]\nname = "off"\non = "flapping"\nnotify = []\n'),
    compose(rule=RULE.replace("critical", "${LEVEL}")),
    compose(source=SOURCE.replace('"foas"', '"${KIND}"') + 'interval = "${SPAN}"\n'),
    compose(channels=CHANNELS + 'mentions = ["<!here>", "${WHO}"]\n'),
    compose(channels=CHANNELS + '[channels.w]\nkind = "webhook"\nurl = "https://h/${KEY_ID}"\n'
            'headers = { Authorization = "Bearer ${KEY_SECRET}" }\n'),
    compose(source=SOURCE + '[[windows]]\nname = "n"\ndays = ["sat"]\nfrom = "22:00"\n'
            'to = "06:00"\n[[windows]]\nname = "c"\ncron = "0 2 * * 6"\nfor = "2h"\n'),
    compose(top=TOP + 'store = "x.db"\nhistory = "0s"\nstorm = 0\nlisten = ""\n'
            'heartbeat = { url = "https://h/x", interval = "30s" }\n'),
)  # fmt: skip
MORE: Final = {
    **ENV,
    "LEVEL": "error",
    "KIND": "foas",
    "SPAN": "7s",
    "WHO": "<!channel>",
}


@pytest.mark.parametrize("text", GOOD)
def test_what_loads_is_valid(text: str) -> None:
    """Every way to write a file that loads is also one by the schema, references included."""
    load_text(text, MORE)
    assert [] == refusals(text)


@pytest.mark.parametrize("story", names())
def test_the_files_of_the_stories_are_valid(story: str) -> None:
    """What the real service is tested with, an editor takes too."""
    assert [] == refusals(configuration(read_story(story), "http://h", "http://h"))


def test_the_demo_s_file_and_what_searches_found_are_valid() -> None:
    """So is what the demo runs with, and each file of the corpus that loads."""
    demo = DEMO.format(folder="/x", language="en", api="http://h", sink="http://h", port=9109)
    folder = ROOT / "tests/fuzz/corpus/config"
    corpus = [path.read_bytes().decode("utf-8", "replace") for path in folder.iterdir()]
    sound = [demo, *filter(loads, corpus)]
    assert 2 <= len(sound)
    assert [] == [refusal for text in sound for refusal in refusals(text)]


# What no schema can say: whose names are there, what goes with what, addresses, zones, files.
BEYOND: Final = frozenset(
    {
        ("listen", '"127.0.0.1:9109"'),
        ("listen", '"[::1]:9109"'),
        ("timezone", 'did you mean "Asia/Shanghai"?'),
        ("timezone", "no time zone"),
        ("store", "not there yet"),
        ("store", "give a path"),
        ("store", "needs a file"),
        ("give_up", "longer than 0s"),
        ("storm", "at least 2, or 0 for none"),
        ("storm_within", "longer than 0s"),
        ("ca_file", "no certificate can be read from /not/there.pem (No such file or directory)"),
        ("ca_file", "a file of PEM certificates"),
        ("allow_addresses[0]", "neither an address such as 169.254.1.1 nor a network"),
        ("heartbeat.url", "https://host/path"),
        ("heartbeat.interval", "1"),
        ("accounts.main.access_key_id", 'the variable KEY_IT is not set; did you mean "KEY_ID"?'),
        ("sources.prod.account", 'allowed: main; did you mean "main"?'),
        ("sources.prod.project", "letters, digits"),
        ("sources.prod.jobs[0].names[1]", "comma"),
        ("sources.prod.endpoint", 'found the host "100.100.100.200"; it leads to 100.100.100.200'),
        ("sources.prod.link", "names {jobs}, which is nothing of a job; known: {job}, {job_type}"),
        ("sources.prod.link", "a brace without its other"),
        ("sources.prod.link", "no http:// or https:// address"),
        ("sources.prod.link", "write a blank as %20"),
        (
            "rules[0].notify[0]",
            'found unknown channel "oncal", allowed: data, oncall; did you mean "oncall"?',
        ),
        ("rules[0].match.error", "no regular expression"),
        (
            "rules[0].match",
            "no configured job; there are prod (test_project): FLINK_STREAM orders_*, payments",
        ),
        ("rules[0].match", "no configured job"),
        ("rules[0].match", "events of the kind blind do not have every one of job"),
        ("rules[0].match", "do not have every one of verdict"),
        ("rules[0].count", "within must be given too"),
        ("rules[0].within", "count must be given too"),
        ("rules[0].for", "found for on flapping; it begins with so many changes"),
        ("rules[0].count", "found 1, allowed: 2 to 100 changes"),
        ("rules[0].count", "found 101, allowed: 2 to 100 changes"),
        (
            "rules[0].count",
            "found count on flapping, restart; for flapping it means something else",
        ),
        ("redeploy_within", "longer than 0s"),
        ("rules[0].threshold", 'threshold = "5m"'),
        ("rules[0].threshold", "for input-delay only"),
        ("rules[0].recover_below", "for input-delay only"),
        ("rules[0].recover_below", "found 4m, allowed: at most threshold, 3m"),
        ("rules[0].for", "only state-mismatch has verdicts"),
        ("rules[0].remind_every", "longer than 0s"),
        ("rules[1].name", "the first one is in line 12"),
        ("rules[0].name", "built-in rule"),
        ("channels.oncall.fallback", 'did you mean "data"?'),
        ("channels.oncall.fallback", "a cycle of fallbacks oncall → data → oncall"),
        ("channels.oncall.fallback", "a cycle of fallbacks oncall → oncall"),
        ("channels.data.url", "a value that is not shown"),
        ("channels.data.url", "/not/there cannot be read"),
        ("channels.data.url", "a link-local address, where clouds keep their metadata"),
    }
)


def is_toml(text: str) -> bool:
    with suppress(tomllib.TOMLDecodeError):
        tomllib.loads(text)
        return True
    return False


@pytest.mark.parametrize(
    "text, fault", [(row[0], (row[2], row[3])) for row in BAD if is_toml(row[0])]
)
def test_what_is_refused_for_its_shape_is_not_valid(text: str, fault: tuple[str, str]) -> None:
    """Unknown keys, wrong types, missing keys, words that are none: an editor shows them too."""
    assert (fault not in BEYOND) is bool(refusals(text))


@pytest.mark.parametrize(
    "text, said",
    [
        (compose(channels=CHANNELS.replace('"slack"', '"slak"')), "'slak' is not one of"),
        (compose(rule=RULE.replace("state-mismatch", "restar")), "'restar' is not one of"),
        (compose(rule=RULE + 'for = "10x"\n'), "'10x' does not match"),
        (compose(rule=RULE + 'for = { stuk = "1m" }\n'), "'stuk' was unexpected"),
        (compose(account=ACCOUNT.replace("access_key_secret", "#")), "'access_key_secret' is a"),
        (compose(source=SOURCE + 'region = "cn-hangzhou"\n'), "False schema does not allow"),
    ],
)
def test_a_slip_is_one_refusal_in_words_that_help(text: str, said: str) -> None:
    """No slip is answered with "not valid under any of the given schemas"."""
    (refusal,) = refusals(text)
    assert said in refusal


def test_a_choice_offers_its_words_where_editors_look() -> None:
    """Its `anyOf` refuses nothing; what is neither a word nor a reference is refused by `else`."""
    judge = Draft202012Validator(choice(["en", "zh"]))
    assert [True, True, False, False] == [
        judge.is_valid(value) for value in ("en", "${LANGUAGE}", "EN", 1)
    ]
    assert ["en", "zh"] == choice(["en", "zh"])["anyOf"][0]["enum"]


def described(schema: Any, path: str = "") -> list[str]:
    """Where a property has no description."""
    if isinstance(schema, list):
        return [where for one in schema for where in described(one, path)]
    if not isinstance(schema, dict):
        return []
    properties = schema.get("properties", {})
    silent = [
        f"{path}.{name}"
        for name, inner in properties.items()
        if isinstance(inner, dict) and "if" not in schema and "description" not in inner
    ]
    deeper = [
        where
        for key, inner in {**schema, **properties}.items()
        if key not in {"if", "then", "else", "properties"}
        for where in described(inner, f"{path}.{key}")
    ]
    return silent + deeper


def test_every_key_has_its_words() -> None:
    """An editor that hovers over a key says what it is for."""
    assert [] == described({**SCHEMA, "if": None} | {"$defs": {}})
    assert [] == [
        where
        for name, table in SCHEMA["$defs"].items()
        for where in described({k: v for k, v in table.items() if k != "if"}, name)
    ]


def silent_tables(schema: Any, path: str = "") -> list[str]:
    """Where a table is judged without a word on keys that it does not name."""
    if isinstance(schema, list):
        return [
            where for n, one in enumerate(schema) for where in silent_tables(one, f"{path}.{n}")
        ]
    if not isinstance(schema, dict):
        return []
    judges = isinstance(schema.get("required"), list) or isinstance(schema.get("properties"), dict)
    here = [path] if judges and "additionalProperties" not in schema else []
    below = [w for key, inner in schema.items() for w in silent_tables(inner, f"{path}.{key}")]
    return here + below


def test_every_part_says_whether_it_is_open() -> None:
    """Some editors (tombi) take a part that names some keys for one that forbids all others."""
    assert [] == silent_tables(SCHEMA)


KEYS: Final = {
    TOP: list(SCHEMA["properties"]),
    ACCOUNT: list(keys_of(AccountTable)),
    SOURCE: list(keys_of(source_tables()["foas"])),
    RULE: list(keys_of(RuleTable)),
    WINDOW: list(keys_of(WindowTable)),
    CHANNELS: [key for table in channel_tables().values() for key in keys_of(table)],
}
VALUES: Final = (
    '"x"', '""', '"10s"', '"0s"', '"5m"', '" 7s "', '"prod"', '"main"', '"data"', '"oncall"',
    '"${KEY_ID}"', '"a$$b"', '"$"', '"22:00"', '"24:00"', '"en"', '"zh"', '"UTC"', '"v3"', '"xml"',
    '"https://h/x"', '"cn-hangzhou"', '"critical"', '"restart"', '"input-delay"', '"0 2 * * 6"',
    '"FLINK_STREAM"', '"slack"', '"webhook"', '"13800000000"', '"<!here>"', '"orders_*"',
    "0", "1", "2", "60", "-1", "2.0", "1.5", "inf", "true", "false", "1979-05-27", "07:32:00",
    "[]", "{}", '["x"]', '["sat"]', '["13800000000"]', '["data"]', '["<!here>"]', "[1]", '["10s"]',
    '{ team = "orders" }', '{ stuck = "1m" }', '{ job = "orders_*" }', "{ x = 1 }", '{ x = "y" }',
    '{ url = "https://h/x" }', '{ verdict = "stopped" }', '{ job = ["orders_*", "payments"] }',
)  # fmt: skip


def with_keys(part: str, keys: dict[str, str]) -> str:
    """A sound file with some keys of one part set anew."""
    text = ""
    for one in KEYS:
        kept = [line for line in one.splitlines() if line.split(" ")[0] not in keys]
        changed = "\n".join([*kept, *(f"{key} = {value}" for key, value in keys.items()), ""])
        text += changed if one is part else "" if one is WINDOW else one
    return text


FILES: Final = st.sampled_from(list(KEYS)).flatmap(
    lambda part: st.dictionaries(
        st.sampled_from(KEYS[part]), st.sampled_from(VALUES), min_size=1, max_size=2
    ).map(lambda keys: with_keys(part, keys))
)


@settings(max_examples=400)
@given(FILES)
def test_whatever_loads_is_valid(text: str) -> None:
    """No file that the loader takes is marked by an editor."""
    if loads(text):
        assert [] == refusals(text)


@pytest.mark.parametrize(
    "part, key, value",
    [
        (TOP, "language", '"zh"'),
        (SOURCE, "interval", '" 7s "'),
        (RULE, "for", '{ stuck = "1m" }'),
        (CHANNELS, "mentions", '["<!here>"]'),
    ],
)
def test_the_search_can_find_files_that_load(part: str, key: str, value: str) -> None:
    """The property above would hold for nothing at all if nothing of it ever loaded."""
    assert loads(with_keys(part, {key: value}))
