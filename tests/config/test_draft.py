"""A first file: it loads, says what was answered, and holds no secret."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from watcher.config.draft import (
    ChannelDraft,
    Draft,
    Jobs,
    SourceDraft,
    write_draft,
    write_variables,
)
from watcher.config.load import load_text
from watcher.config.resolve import resolve
from watcher.config.schema import config_schema
from watcher.core.run_summary import BATCH, STREAM
from watcher.sources.foas.table import credentials_of

SOURCE = SourceDraft(
    project="test_project",
    access_key_id="LTAIplanted",
    access_key_secret="planted-secret",
    region="cn-hangzhou",
    jobs=(Jobs(STREAM, ("orders_*", "payments")), Jobs(BATCH, ("nightly_*",))),
)
ROBOT = ChannelDraft(
    "oncall", "dingtalk", "https://oapi.dingtalk.com/robot/send?access_token=planted", "SECplanted"
)
CHAT = ChannelDraft("data", "slack", "https://hooks.slack.com/services/T0/B0/planted")
DRAFT = Draft(SOURCE, (ROBOT, CHAT), "zh", "Asia/Shanghai", "./rules.schema.json", "rules.env")


def test_it_loads_and_says_what_was_answered() -> None:
    """The file is sound with its variables, and resolves to the answers."""
    drafted = write_draft(DRAFT)
    config = load_text(drafted.toml, drafted.variables)
    resolved = resolve(config)
    source = resolved.sources["prod"]
    assert ("zh", "Asia/Shanghai") == (resolved.language, str(resolved.timezone))
    assert ("test_project", "cn-hangzhou") == (source.project, source.region)
    assert ("LTAIplanted", "planted-secret") == (
        credentials_of(source).access_key_id,
        credentials_of(source).access_key_secret,
    )
    assert [("FLINK_STREAM", ("orders_*", "payments")), ("FLINK_BATCH", ("nightly_*",))] == [
        (jobs.type, jobs.names) for jobs in source.jobs
    ]
    assert ["oncall", "data"] == list(resolved.channels)
    assert ["job-down", "new-error", "crash-loop", "behind"] == [
        rule.name for rule in resolved.plan.rules if not rule.builtin
    ]
    assert () == config.plain


def test_no_secret_is_in_it() -> None:
    """Keys, addresses and what signs are variables."""
    drafted = write_draft(DRAFT)
    assert "planted" not in drafted.toml
    assert "planted" not in repr(DRAFT) + repr(drafted)
    assert [
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        "ONCALL_URL",
        "ONCALL_SECRET",
        "DATA_URL",
    ] == list(drafted.variables)


def test_a_reference_stays_where_it_is() -> None:
    """Who keeps a secret elsewhere already is believed, and no variable is made of it."""
    keys = msgspec.structs.replace(
        SOURCE, access_key_id="${KEY}", access_key_secret="${credential:key}"
    )
    chat = ChannelDraft("data", "slack", "https://h/${file:/etc/x}")
    drafted = write_draft(Draft(keys, (chat,), variables="rules.env"))
    assert {} == drafted.variables
    for written in ("${KEY}", "${credential:key}", "https://h/${file:/etc/x}"):
        assert f'"{written}"' in drafted.toml
    assert "rules.env" not in drafted.toml


def test_two_names_that_look_alike_have_two_variables() -> None:
    """`a-b` and `a.b` do not share an address; two equal ones may."""
    channels = [
        ChannelDraft(name, "slack", f"https://h/{n}") for n, name in enumerate(("a-b", "a.b"))
    ]
    drafted = write_draft(Draft(SOURCE, tuple(channels)))
    assert ("https://h/0", "https://h/1") == (
        drafted.variables["A_B_URL"],
        drafted.variables["A_B_URL_2"],
    )
    resolved = resolve(load_text(drafted.toml, drafted.variables))
    assert ["https://h/0", "https://h/1"] == [
        table.url.get_secret_value() for table in resolved.channels.values()
    ]


def test_batch_jobs_alone_need_no_rule_of_streams() -> None:
    """A rule that can match nothing is a fault; none is written."""
    nightly = msgspec.structs.replace(SOURCE, jobs=(Jobs(BATCH, ("*",)),))
    drafted = write_draft(Draft(nightly, (CHAT,)))
    rules = resolve(load_text(drafted.toml, drafted.variables)).plan.rules
    assert ["job-down", "new-error"] == [rule.name for rule in rules if not rule.builtin]


def test_an_editor_finds_nothing_wrong() -> None:
    """The file is valid by the schema that it names in its first line."""
    drafted = write_draft(DRAFT)
    assert "#:schema ./rules.schema.json" == drafted.toml.splitlines()[0]
    judge = Draft202012Validator(config_schema())
    assert [] == list(judge.iter_errors(tomllib.loads(drafted.toml)))


TEXTS = st.text(min_size=1, max_size=20).filter(lambda text: text.isprintable() or "\x7f" in text)


@given(name=TEXTS, job=TEXTS, keyword=TEXTS, secret=TEXTS)
def test_whatever_is_answered_is_written_as_it_is(
    name: str, job: str, keyword: str, secret: str
) -> None:
    """No text breaks the TOML, and none is read as another."""
    source = msgspec.structs.replace(SOURCE, name=name, jobs=(Jobs(STREAM, (job,)),))
    robot = ChannelDraft(name, "dingtalk", "https://h/x", secret, keyword)
    drafted = write_draft(Draft(source, (robot,)))
    written = tomllib.loads(drafted.toml)
    assert job == written["sources"][name]["jobs"][0]["names"][0].replace("$$", "$")
    assert keyword == written["channels"][name]["keyword"].replace("$$", "$")
    told = written["channels"][name]["secret"]
    assert secret in (told, drafted.variables.get(told[2:-1]))


@pytest.mark.parametrize(
    "value",
    ["plain", "a b", '"quoted"', "it's", "$HOME", "`id`", "back\\slash", "#no", "订单", "!x"],
)
def test_a_shell_reads_the_variables_as_they_are(value: str, tmp_path: Path) -> None:
    """`set -a; . rules.env` gives every secret to the next command, whatever signs it has."""
    (tmp_path / "rules.env").write_text(write_variables({"SECRET": value}), encoding="utf-8")
    shell = "set -a; . ./rules.env; set +a; printenv SECRET"
    done = subprocess.run(["sh", "-c", shell], cwd=tmp_path, capture_output=True, check=True)
    assert value == done.stdout.decode().removesuffix("\n")
