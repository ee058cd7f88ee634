"""`watcher check`: faults for people, and for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.config.sample import ENV, RULE, compose
from watcher.cli.root import cli


def test_faults_as_json(tmp_path: Path) -> None:
    """`--json` gives every fault on standard output, with exit 2 and nothing beside it."""
    file = tmp_path / "rules.toml"
    file.write_text(compose(top='langauge = "en"\n', rule=RULE.replace("critical", "critcal")))
    result = CliRunner().invoke(cli, ["check", "--json", "--config", str(file)], env=dict(ENV))
    assert (2, "") == (result.exit_code, result.stderr)
    told = json.loads(result.stdout)
    assert str(file) == told["file"]
    assert [(1, "langauge", 'did you mean "language"?'), (14, "rules[0].severity", None)] == [
        (fault["line"], fault["key"], fault["hint"] if fault["line"] == 1 else None)
        for fault in told["faults"]
    ]
    assert 'found "critcal", allowed: critical, error' in told["faults"][1]["message"]


@pytest.mark.parametrize("options", [["--json"], []])
def test_a_file_that_is_not_there(options: list[str], tmp_path: Path) -> None:
    """It is a fault like any other, without a line."""
    missing = str(tmp_path / "none.toml")
    result = CliRunner().invoke(cli, ["check", *options, "--config", missing])
    assert 2 == result.exit_code
    if options:
        (fault,) = json.loads(result.stdout)["faults"]
        assert (None, "", "no such file") == (fault["line"], fault["key"], fault["found"])
    else:
        assert "no such file" in result.stderr


def test_a_sound_file_is_the_same_in_json(tmp_path: Path) -> None:
    """What it resolves to, and no faults."""
    file = tmp_path / "rules.toml"
    file.write_text(compose())
    result = CliRunner().invoke(cli, ["check", "--json", "--config", str(file)], env=dict(ENV))
    assert 0 == result.exit_code
    told = json.loads(result.stdout)
    assert "warnings" in told
    assert "faults" not in told
