"""`watcher init` wholly from flags: what it writes, what it refuses, and what it says."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.acceptance.receiver import Manner
from tests.cli.first_world import CLEAN, KEYS, first_world
from watcher.cli.root import cli
from watcher.config.load import load
from watcher.config.schema import config_schema

ALL_FLAGS = (
    *("--offline", "--region", "cn-hangzhou", "--project", "p", *KEYS),
    *("--channel", "slack=https://h/planted"),
)


def variables(path: Path) -> dict[str, str]:
    lines = (line for line in path.read_text().splitlines() if not line.startswith("#"))
    return {name: value[1:-1] for name, _, value in (line.partition("=") for line in lines)}


async def test_flags_make_a_file_that_loads(tmp_path: Path) -> None:
    """All jobs that there are, each channel tested, secrets beside it for its owner alone."""
    async with first_world(tmp_path) as here:
        robot = here.receiver.address("oncall", "dingtalk")
        hook = here.receiver.address("audit", "webhook")
        result = await here.flagged(
            *("--channel", f"oncall=dingtalk={robot}", "--secret", "oncall=SECplanted"),
            *("--keyword", "oncall=watcher", "--channel", f"webhook={hook}", "--test"),
            *("--language", "zh", "--timezone", "Asia/Shanghai"),
        )
        assert 0 == result.exit_code, result.output
        assert "FLINK_STREAM: 5  orders_dedup" in result.stdout
        assert "测试" in here.receiver.taken("oncall")[0].text
        assert "test" == here.receiver.taken("audit")[0].data["reason"]
    assert ["rules.env", "rules.schema.json", "rules.toml"] == here.files
    assert 0o600 == stat.S_IMODE((tmp_path / "rules.env").stat().st_mode)
    config = load(here.file, variables(tmp_path / "rules.env"))
    assert ("zh", "Asia/Shanghai") == (config.top.language, config.top.timezone)
    assert [("FLINK_STREAM", ("*",)), ("FLINK_BATCH", ("*",))] == [
        (jobs.type, jobs.names) for jobs in config.sources["prod"].jobs
    ]
    assert json.loads(json.dumps(config_schema())) == json.loads(
        (tmp_path / "rules.schema.json").read_text()
    )
    for secret in ("SECplanted", "testAccessKey", "token-of"):
        assert secret not in here.file.read_text() + result.output


async def test_it_ends_with_what_to_do_next(tmp_path: Path) -> None:
    """The commands that load the secrets, check and run; and the lines of a unit."""
    async with first_world(tmp_path) as here:
        result = await here.flagged("--channel", "slack=https://h/x")
    env = tmp_path / "rules.env"
    assert [
        f"  set -a; . {env}; set +a",
        f"  watcher check --config {here.file}",
        f"  watcher run --config {here.file}",
        "As a service: systemd/README.md; in the unit",
        f"  Environment=WATCHER_CONFIG={here.file}",
        f"  EnvironmentFile={env}",
    ] == result.stdout.splitlines()[-6:]
    assert [] == here.receiver.requests


async def test_references_and_the_environment_need_no_file_of_secrets(tmp_path: Path) -> None:
    """Keys that stand in the environment are referred to; so is what a flag refers to."""
    keys = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "testAccessKeyId",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testAccessKeySecret",
        "HOOK": "https://h/x",
    }
    async with first_world(tmp_path) as here:
        result = await here.init(
            "--project", "test_project", "--channel", "slack=${HOOK}", env=keys
        )
    assert 0 == result.exit_code, result.output
    assert ["rules.schema.json", "rules.toml"] == here.files
    assert "EnvironmentFile" not in result.stdout
    assert ["slack"] == list(load(here.file, keys).channels)


async def test_chosen_jobs(tmp_path: Path) -> None:
    """Names and globs of both types; a colon in a name that is no type stays in it."""
    flags = (
        "--jobs",
        "orders_*,payments",
        "--jobs",
        "batch:nightly_*",
        "--jobs",
        "FLINK_STREAM:o*",
    )
    async with first_world(tmp_path) as here:
        result = await here.flagged("--channel", "slack=https://h/x", *flags)
        assert 0 == result.exit_code, result.output
        assert 'names = ["orders_*", "payments", "o*"]' in here.file.read_text()
        assert 'type = "FLINK_BATCH", names = ["nightly_*"]' in here.file.read_text()
        lost = await here.flagged("--force", "--channel", "slack=https://h/x", "--jobs", "a:b")
    assert 1 == lost.exit_code
    assert "No job is called a:b (FLINK_STREAM)" in lost.stderr


@pytest.mark.parametrize(
    "changes, said",
    [
        (("--access-key-secret", "wrong"), "secret does not belong to this id"),
        (("--access-key-id", "wrong"), "copy its id again"),
        (("--project", "nope"), "The specified project nope does not exist"),
        (("--jobs", "ordres_*"), "No job is called ordres_* (FLINK_STREAM)"),
    ],
)
async def test_what_fails_is_not_written_unless_it_is_to_be_kept(
    changes: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    """It says what to do and exits 1; `--keep` writes it as it is, all the same."""
    async with first_world(tmp_path) as here:
        channel = ("--channel", "slack=https://h/x")
        result = await here.flagged(*channel, *changes)
        assert (1, []) == (result.exit_code, here.files)
        assert said in result.stderr
        assert "add --keep" in result.stderr
        kept = await here.flagged(*channel, *changes, "--keep")
        assert 0 == kept.exit_code, kept.output
        assert here.file.exists()


@pytest.mark.parametrize(
    "body, said",
    [
        ('{"errcode": 310000, "errmsg": "keywords not in content"}', "set `keyword`"),
        ('{"errcode": 310000, "errmsg": "sign not match"}', "set `secret`"),
        ('{"errcode": 300005, "errmsg": "token is not exist"}', "check `url`"),
    ],
)
async def test_a_robot_that_refuses(body: str, said: str, tmp_path: Path) -> None:
    """Its refusal is told with what to set; nothing is written."""
    async with first_world(tmp_path) as here:
        here.receiver.answer("oncall", Manner(body=body))
        robot = here.receiver.address("oncall", "dingtalk")
        result = await here.flagged("--channel", f"dingtalk={robot}", "--test")
    assert (1, []) == (result.exit_code, here.files)
    assert said in result.stderr
    assert "token-of" not in result.output


@pytest.mark.parametrize(
    "flags, said",
    [
        ((), "give also --region, --project, --access-key-id, --access-key-secret, --channel"),
        ((*ALL_FLAGS, "--region", "hangzhou"), "--region: "),
        ((*ALL_FLAGS, "--project", "a b"), "--project: "),
        ((*ALL_FLAGS, "--channel", "slak=https://h/x"), "--channel"),
        ((*ALL_FLAGS, "--channel", "x=slak=https://h/x"), "no kind slak; there is dingtalk"),
        ((*ALL_FLAGS, "--channel", "x=https://h/planted?a=b"), "no kind; there is dingtalk"),
        ((*ALL_FLAGS, "--channel", "slack=https://h/y"), "a second slack; write NAME=slack=URL"),
        ((*ALL_FLAGS, "--secret", "other=x"), "there is no --channel called other"),
        ((*ALL_FLAGS, "--channel", "slack"), "write it as --channel NAME=VALUE"),
        ((*ALL_FLAGS, "--timeout", "soon"), "write a whole number and a unit"),
    ],
)
def test_a_wrong_usage_is_said(flags: tuple[str, ...], said: str, tmp_path: Path) -> None:
    """Flags that are missing or wrong are exit 2, and nobody was asked anything before."""
    words = ["init", "--no-ask", "--config", str(tmp_path / "rules.toml"), *flags]
    result = CliRunner().invoke(cli, words, env=CLEAN)
    assert (2, []) == (result.exit_code, list(tmp_path.iterdir())), result.output
    assert said in result.stderr
    assert "planted" not in result.output


@pytest.mark.parametrize(
    "flags, said",
    [
        (("--channel", "dingtalk=ftp://h/planted"), "channels.dingtalk.url"),
        (("--timezone", "Asia/Shangai"), 'did you mean "Asia/Shanghai"?'),
        (("--secret", "slack=x"), "channels.slack.secret"),
        (("--jobs", ","), "No job at all would be watched"),
    ],
)
def test_what_makes_no_sound_file_is_told_as_check_tells_it(
    flags: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    """A file that `watcher check` would refuse is never written, not even with --keep."""
    words = ["init", "--config", str(tmp_path / "rules.toml"), *ALL_FLAGS, "--keep", *flags]
    result = CliRunner().invoke(cli, words, env=CLEAN)
    assert (2, []) == (result.exit_code, list(tmp_path.iterdir())), result.output
    assert said in result.stderr
    assert "planted" not in result.output


@pytest.mark.parametrize("there", ["rules.toml", "rules.env", "rules.schema.json"])
def test_nothing_is_overwritten_without_force(there: str, tmp_path: Path) -> None:
    """Whichever of its files is there already, it says so before anything else."""
    (tmp_path / there).write_text("mine")
    words = ["init", "--config", str(tmp_path / "rules.toml"), *ALL_FLAGS]
    result = CliRunner().invoke(cli, words, env=CLEAN)
    assert 2 == result.exit_code
    assert f"{tmp_path / there} is there already" in result.stderr
    assert ["mine"] == [path.read_text() for path in tmp_path.iterdir()]
    assert 0 == CliRunner().invoke(cli, [*words, "--force"], env=CLEAN).exit_code
    assert "mine" != (tmp_path / there).read_text()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """It says so before it asks anything."""
    words = ["init", "--ask", "--config", str(tmp_path / "no" / "rules.toml")]
    result = CliRunner().invoke(cli, words, env=CLEAN)
    assert 2 == result.exit_code
    assert f"there is no folder {tmp_path / 'no'}" in result.stderr
    assert "Region" not in result.stdout


def test_a_disk_that_takes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be written is said with the system's words, and leaves nothing."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "hardlink_to", full)
    words = ["init", "--config", str(tmp_path / "rules.toml"), *ALL_FLAGS]
    result = CliRunner().invoke(cli, words, env=CLEAN)
    assert (1, []) == (result.exit_code, list(tmp_path.iterdir()))
    assert "nothing is written: No space left on device" in result.stderr
