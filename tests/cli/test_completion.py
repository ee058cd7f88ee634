"""What a shell is given: a script, and for each key press the words that fit."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.parts import need
from watcher.cli.completion import SHELLS, VARIABLE
from watcher.cli.root import cli

FILE = """
store = "{folder}/watcher.db"
[sources.prod]
kind = "foas"
region = "cn-hangzhou"
access_key_id = "${{NOT_SET}}"
access_key_secret = "${{NOT_SET}}"
project = "p"
jobs = [{{ type = "FLINK_STREAM", names = ["a"] }}]
[[rules]]
name = "job-down"
on = "state-mismatch"
notify = ["oncall"]
[channels.oncall]
kind = "slack"
url = "${{NOT_SET}}"
[channels.other]
kind = "slack"
url = "${{NOT_SET}}"
"""


def words_for(line: str, folder: Path) -> list[str]:
    """What bash would offer after the line, with its last word begun."""
    file = folder / "rules.toml"
    file.write_text(FILE.format(folder=folder))
    words = line.split(" ")
    env = {
        VARIABLE: "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
        "WATCHER_CONFIG": str(file),
    }
    result = CliRunner().invoke(cli, [], prog_name="watcher", env=env)
    return [one.partition(",")[2] for one in result.stdout.splitlines() if one]


@pytest.mark.parametrize(
    "line, expected",
    [
        ("watcher sta", ["status"]),
        ("watcher test-channel o", ["oncall", "other"]),
        ("watcher deliveries --channel on", ["oncall"]),
        ("watcher deliveries retry --rule ", ["job-down"]),
        ("watcher silence add --source p", ["prod"]),
        ("watcher status --phase f", ["firing"]),
        ("watcher events --job x", []),
        ("watcher completion ", list(SHELLS)),
    ],
)
def test_names_are_completed(line: str, expected: list[str], tmp_path: Path) -> None:
    """Commands, choices and the names of the file; secrets need not be at hand for it."""
    assert expected == words_for(line, tmp_path)


def test_without_a_file_nothing_is_offered(tmp_path: Path) -> None:
    """A fault of the file is no business of a key press."""
    result = CliRunner().invoke(
        cli,
        [],
        prog_name="watcher",
        env={
            VARIABLE: "bash_complete",
            "COMP_WORDS": "watcher test-channel o",
            "COMP_CWORD": "2",
            "WATCHER_CONFIG": str(tmp_path / "nothing.toml"),
        },
    )
    assert "" == result.stdout.strip()


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_has_its_script(shell: str) -> None:
    """It asks this command, under its own name."""
    result = CliRunner().invoke(cli, ["completion", shell])
    assert 0 == result.exit_code
    assert VARIABLE in result.stdout


def test_bash_takes_the_script() -> None:
    """Sourced, it completes `watcher`."""
    bash = need("bash", "bash")
    script = CliRunner().invoke(cli, ["completion", "bash"]).stdout
    done = subprocess.run(
        [bash, "-c", f"{script}\ncomplete -p watcher"], capture_output=True, check=True
    )
    assert b"_watcher_completion" in done.stdout
