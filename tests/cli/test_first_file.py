"""`watcher init` asking: every step tried at once, every answer open to be corrected."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.receiver import Manner
from tests.cli.first_world import first_world
from watcher.config.load import Config, load
from watcher.simulator import Simulator
from watcher.simulator.scenario import parse_scenario

LISTED = 'title = "t"\nproject = "empty"\n[[jobs]]\nname = "draft"\ncommitted = false\n'


def answers(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


def written(folder: Path) -> Config:
    """The file, with the variables beside it."""
    lines = (folder / "rules.env").read_text().splitlines()[1:]
    pairs = (line.partition("=") for line in lines)
    return load(folder / "rules.toml", {name: value[1:-1] for name, _, value in pairs})


SOURCE = ("", "test_project", "testAccessKeyId", "testAccessKeySecret")
"""No region (the endpoint is a flag), the project, the keys."""

ALL_JOBS = ("", "")
NO_MORE = "n"


async def test_a_person_is_led_through(tmp_path: Path) -> None:
    """Project and keys, the jobs that there are, a channel that takes a test message: a file."""
    async with first_world(tmp_path) as here:
        robot = here.receiver.address("oncall", "dingtalk")
        channel = ("dingtalk", "oncall", robot, "SECplanted", "", "y", NO_MORE)
        result = await here.init(say=answers(*SOURCE, "orders_*, payments", "-", *channel))
        assert 0 == result.exit_code, result.output
        assert 1 == len(here.receiver.taken("oncall"))
    config = written(tmp_path)
    assert [("FLINK_STREAM", ("orders_*", "payments"))] == [
        (jobs.type, jobs.names) for jobs in config.sources["prod"].jobs
    ]
    assert ["oncall"] == list(config.channels)
    for heading in ("Where the jobs are", "Which jobs", "Whom to tell"):
        assert f"\n{heading}\n" in result.stdout
    assert "FLINK_BATCH: 2  nightly_cleanup, nightly_report" in result.stdout
    assert "oncall: delivered" in result.stdout
    for secret in ("SECplanted", "testAccessKeySecret", "token-of"):
        assert secret not in result.output


async def test_a_wrong_key_is_corrected(tmp_path: Path) -> None:
    """The questions come again with their answers; what is right needs no more than Enter."""
    async with first_world(tmp_path) as here:
        wrong = ("", "test_project", "testAccessKeyId", "planted-secret")
        right = ("", "", "", "", "testAccessKeySecret")
        channel = ("slack", "", here.receiver.address("x", "slack"), "n", NO_MORE)
        result = await here.init(say=answers(*wrong, "correct", *right, *ALL_JOBS, *channel))
        assert 0 == result.exit_code, result.output
    assert "the AccessKey secret does not belong to this id" in result.stderr
    assert "AccessKey secret (not shown; Enter keeps it)" in result.stdout
    assert "planted-secret" not in result.output
    assert [] == here.receiver.requests
    assert "slack" in written(tmp_path).channels


async def test_what_fails_may_be_kept(tmp_path: Path) -> None:
    """Without an API in reach the file is made all the same, if the person says so."""
    async with first_world(tmp_path) as here:
        here.receiver.answer("x", Manner(status=404, body="no_service"))
        source = ("", "nope", "testAccessKeyId", "testAccessKeySecret", "keep")
        channel = ("slack", "", here.receiver.address("x", "slack"), "y", "keep", NO_MORE)
        result = await here.init(say=answers(*source, "", "-", *channel))
        assert 0 == result.exit_code, result.output
    assert "The specified project nope does not exist" in result.stderr
    assert "slack: not delivered (refused)" in result.stderr
    assert "nope" == written(tmp_path).sources["prod"].project


async def test_a_robot_that_refuses_is_corrected(tmp_path: Path) -> None:
    """The keyword that it asks for is added, and the next test message has it."""
    async with first_world(tmp_path) as here:
        refusal = '{"errcode": 310000, "errmsg": "keywords not in content"}'
        here.receiver.answer("oncall", Manner(body=refusal), Manner(body='{"errcode": 0}'))
        robot = here.receiver.address("oncall", "dingtalk")
        first = ("dingtalk", "oncall", robot, "", "", "y", "correct")
        again = ("", "", "", "", "watcher", "y", NO_MORE)
        result = await here.init(say=answers(*SOURCE, *ALL_JOBS, *first, *again))
        assert 0 == result.exit_code, result.output
        assert "watcher" in here.receiver.taken("oncall")[0].text
    assert "set `keyword`" in result.stderr
    assert 'keyword = "watcher"' in here.file.read_text()


async def test_jobs_that_are_none_are_asked_for_again(tmp_path: Path) -> None:
    """A slip in a name is found at once; no job at all can not be kept."""
    async with first_world(tmp_path) as here:
        jobs = ("ordres_*", "-", "correct", "-", "-", "correct", "orders_*", "-")
        channel = ("slack", "", "https://h/x", "n", NO_MORE)
        result = await here.init(say=answers(*SOURCE, *jobs, *channel))
        assert 0 == result.exit_code, result.output
    assert "No job is called ordres_* (FLINK_STREAM)" in result.stderr
    assert "No job at all would be watched" in result.stderr
    assert ("orders_*",) == written(tmp_path).sources["prod"].jobs[0].names


async def test_a_project_without_jobs(tmp_path: Path) -> None:
    """The key is right, and yet there is nothing to watch: it is said, and kept if wanted."""
    async with Simulator(parse_scenario(LISTED)).serve() as url, first_world(tmp_path) as here:
        here.url = url
        source = ("", "empty", "testAccessKeyId", "testAccessKeySecret", "keep")
        channel = ("slack", "", "https://h/x", "n", NO_MORE)
        result = await here.init(say=answers(*source, "nightly_*", "-", *channel))
        assert 0 == result.exit_code, result.output
    assert "the project empty has no job that is committed" in result.stderr


async def test_two_channels(tmp_path: Path) -> None:
    """A second one needs another name; a kind that is none is asked for again."""
    async with first_world(tmp_path) as here:
        one = ("slak", "slack", "", "https://h/x", "n", "y")
        two = ("webhook", "slack", "audit", "nonsense", "https://h/y", "whsec_", "", "n", NO_MORE)
        result = await here.init(say=answers(*SOURCE, *ALL_JOBS, *one, *two))
        assert 0 == result.exit_code, result.output
    assert "there is dingtalk, slack, webhook" in result.stderr
    assert "there is a channel slack already" in result.stderr
    assert "https://host/path" in result.stderr
    assert ["slack", "audit"] == list(written(tmp_path).channels)


async def test_an_interruption_writes_nothing(tmp_path: Path) -> None:
    """Where the answers end, as with Ctrl-C or Ctrl-D, nothing is there."""
    lines = (*SOURCE, *ALL_JOBS, "slack", "", "https://h/x", "n")
    async with first_world(tmp_path) as here:
        for number in range(len(lines) + 1):
            result = await here.init(say=answers(*lines[:number]))
            assert 0 != result.exit_code
            assert [] == here.files


async def test_more_jobs_than_fit_are_counted(tmp_path: Path) -> None:
    """Of hundreds of jobs the first are shown."""
    names = ", ".join(f'"job_{n:03}"' for n in range(300))
    many = parse_scenario(f'title = "t"\nproject = "test_project"\n[[jobs]]\nnames = [{names}]\n')
    async with Simulator(many).serve() as url, first_world(tmp_path) as here:
        here.url = url
        result = await here.flagged("--channel", "slack=https://h/x")
    assert "FLINK_STREAM: 300  job_000, job_001" in result.stdout
    assert "job_011, and 288 more" in result.stdout
    assert "FLINK_BATCH: 0" in result.stdout
    assert "FLINK_BATCH" not in here.file.read_text()
