"""Scenario files of the simulator: a scenario, or problems in words."""

from __future__ import annotations

from typing import Final

from tests.fuzz.documents import SCENARIO_WORDS, scenario_texts
from tests.fuzz.target import Target
from watcher.simulator.document import ScenarioError
from watcher.simulator.scenario import Scenario, parse_scenario


def check(written: bytes) -> None:
    text = written.decode("utf-8", "replace")
    try:
        scenario = parse_scenario(text, "scenario.toml")
    except ScenarioError as error:
        check_problems(error, text)
    else:
        check_scenario(scenario)


def check_problems(error: ScenarioError, text: str) -> None:
    assert error.problems
    lines = len(text.splitlines()) or 1
    for problem in error.problems:
        assert problem.startswith("scenario.toml")
        place = problem.removeprefix("scenario.toml").split(":")[1]
        assert not place.isdigit() or 1 <= int(place) <= lines


def check_scenario(scenario: Scenario) -> None:
    times = [step.at for step in scenario.steps]
    assert times == sorted(times)
    names = [(job.project, job.name) for job in scenario.jobs]
    assert len(set(names)) == len(names)
    assert not any("," in name for _, name in names)
    if scenario.repeat_every is not None:
        assert all(at < scenario.repeat_every for at in times)


TARGET: Final = Target(check, scenario_texts(), SCENARIO_WORDS)
