"""A simulated FOAS: a real server that checks signatures, plays a scenario and misbehaves.

    scenario = load_scenario()                  # the built-in one, or a path
    simulator = Simulator(scenario, credentials=[Credentials("key", "secret")])
    async with simulator.serve(port=0) as base_url:
        simulator.add_fault(Fault(FaultKind.THROTTLE, requests=3))
        simulator.change_job("test_project", "payments", JobChange({"actual_state": "FAILED"}))
        simulator.history.counts()

It answers BatchGetInstanceRunSummary and ListJob of product foas, version 2018-11-11. The scenario
file's format is in `scenario`, the kinds of faults in `faults`, the endpoints by which another
process steers it in `control`, what it records in `history`.
"""

from __future__ import annotations

from watcher.simulator.api import TEST_CREDENTIALS
from watcher.simulator.document import ScenarioError
from watcher.simulator.faults import Fault, FaultKind
from watcher.simulator.history import Answer, Change, History
from watcher.simulator.job import BATCH, STREAM, Job, JobChange, Wobble
from watcher.simulator.scenario import DEMO_SCENARIO, Scenario, load_scenario, parse_scenario
from watcher.simulator.signature import Credentials
from watcher.simulator.simulator import Simulator
from watcher.simulator.state import UnknownJobError

__all__ = [
    "BATCH",
    "DEMO_SCENARIO",
    "STREAM",
    "TEST_CREDENTIALS",
    "Answer",
    "Change",
    "Credentials",
    "Fault",
    "FaultKind",
    "History",
    "Job",
    "JobChange",
    "Scenario",
    "ScenarioError",
    "Simulator",
    "UnknownJobError",
    "Wobble",
    "load_scenario",
    "parse_scenario",
]
