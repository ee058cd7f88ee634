"""Scenario files are read as written, and every mistake in one is told with its place."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from watcher.simulator.document import ScenarioError
from watcher.simulator.faults import Fault, FaultKind
from watcher.simulator.job import BATCH, STREAM, JobChange
from watcher.simulator.scenario import (
    ClearStep,
    FaultStep,
    JobStep,
    PlannedJob,
    load_scenario,
    parse_scenario,
)
from watcher.simulator.signature import Credentials

WHOLE = """
title = "all there is"
project = "p"
repeat_every = "60s"
starts = "first-request"
[[credentials]]
access_key_id = "k"
access_key_secret = "s"
security_token = "t"
[[jobs]]
names = ["a", "b"]
[[jobs]]
project = "other"
name = "job_{n}"
count = 3
first = 8
type = "FLINK_BATCH"
actual_state = "SUCCESS"
[[steps]]
at = "5s"
clear = "hang"
[[steps]]
at = "6s"
clear = true
[[steps]]
at = "4s"
fault = "throttle"
requests = 2
[[steps]]
at = "1s"
every = "1s"
times = 3
job = "*"
restart = true
"""


def problems_of(text: str) -> tuple[str, ...]:
    with pytest.raises(ScenarioError) as error:
        parse_scenario(text, "s.toml")
    return error.value.problems


def test_a_whole_scenario_is_read() -> None:
    """Jobs, templates, steps, repetition and keys are all there, steps in order."""
    scenario = parse_scenario(WHOLE)
    success = JobChange({"actual_state": "SUCCESS"})
    assert scenario.jobs == (
        PlannedJob("p", "a", STREAM, JobChange()),
        PlannedJob("p", "b", STREAM, JobChange()),
        *(PlannedJob("other", f"job_{n}", BATCH, success) for n in (8, 9, 10)),
    )
    restart = JobChange(restart=True)
    assert scenario.steps == (
        *(JobStep(timedelta(seconds=n), "p", "*", restart) for n in (1, 2, 3)),
        FaultStep(timedelta(seconds=4), Fault(FaultKind.THROTTLE, requests=2)),
        ClearStep(timedelta(seconds=5), FaultKind.HANG),
        ClearStep(timedelta(seconds=6), None),
    )
    assert (timedelta(minutes=1), True) == (scenario.repeat_every, scenario.starts_at_first_request)
    assert (Credentials("k", "s", "t"),) == scenario.credentials


def test_a_load_of_jobs_by_template() -> None:
    """Ten thousand jobs are one table."""
    scenario = parse_scenario('project = "p"\n[[jobs]]\nname = "job_{n}"\ncount = 10_000')
    assert (10_000, "job_1", "job_10000") == (
        len(scenario.jobs),
        scenario.jobs[0].name,
        scenario.jobs[-1].name,
    )


HEAD = 'project = "p"\n[[jobs]]\nname = "orders"\n'


@pytest.mark.parametrize(
    "text,problem",
    [
        ("title = [", "s.toml: is not TOML: Invalid value (at end of document)"),
        ("a = 1\nb == 2", "s.toml: is not TOML: Invalid value (at line 2, column 4)"),
        ("[[job]]\nname = 'a'", "s.toml:1: job: unknown key, did you mean 'jobs'"),
        ('repeat_every = "0s"', "s.toml:1: repeat_every: is longer than nothing"),
        ('starts = "later"', "s.toml:1: starts: 'later' is not known; one of at-once,"),
        ("[[credentials]]\naccess_key_id = 'k'", "credentials[1].access_key_secret: is missing"),
        ("[[jobs]]\nname = 'a'", "s.toml:1: jobs[1].project: is missing, here and at the top"),
        ("jobs = 3", "s.toml:1: jobs: is written as [[jobs]]"),
        (HEAD + "names = ['x']", "s.toml:3: jobs[1].name: either name or names"),
        (HEAD + "type = 'STREAM'", "s.toml:4: jobs[1].type: 'STREAM' is not known, did you mean"),
        (
            HEAD + "count = 3",
            's.toml:4: jobs[1].count: needs {n} in the name, as in name = "job_{n}',
        ),
        (HEAD + "restart = true", "s.toml:4: jobs[1].restart: unknown key"),
        (HEAD + "[[jobs]]\nname = 'orders'", "s.toml:5: jobs[2].name: 'orders' is in project 'p'"),
        (HEAD + "[[jobs]]\nname = 'a,b'", "jobs[2].name: 'a,b': the API cannot express a comma"),
        (HEAD + "[[jobs]]\nname = 'a{n}'\ncount = 2_000_000", "jobs[2].count: is at most 1000000"),
        (HEAD + "[[steps]]\njob = 'orders'\nrestart = true", "s.toml:4: steps[1].at: is missing"),
        (HEAD + "[[steps]]\nat = 5\nclear = true", "s.toml:5: steps[1].at: found 5, wanted a span"),
        (HEAD + "[[steps]]\nat = '5s'", "s.toml:4: steps[1]: a step has one of job"),
        (
            HEAD + "[[steps]]\nat = '5s'\nclear = true\njob = 'orders'",
            "s.toml:4: steps[1]: a step has one of job",
        ),
        (
            HEAD + "[[steps]]\nat = '5s'\njob = 'orders'",
            "s.toml:6: steps[1].job: the step says nothing that changes",
        ),
        (
            HEAD + "[[steps]]\nat = '5s'\njob = 'payments'\nrestart = true",
            "s.toml:6: steps[1].job: no job of project 'p' is called or matches 'payments'",
        ),
        (
            HEAD + "[[steps]]\nat = '5s'\njob = 'orders'\nactual_stat = 'FAILED'",
            "s.toml:7: steps[1].actual_stat: unknown key, did you mean 'actual_state'",
        ),
        (
            HEAD + "[[steps]]\nat = '5s'\nfault = 'throtle'",
            "s.toml:6: steps[1].fault: 'throtle' is not known, did you mean 'throttle'",
        ),
        (
            HEAD + "[[steps]]\nat = '5s'\nfault = 'hang'\nproject = 'q'",
            "s.toml:7: steps[1].project: there is no project 'q'",
        ),
        (
            HEAD + "[[steps]]\nat = '5s'\nfault = 'hang'\njob = 'q'",
            "s.toml:7: steps[1].job: no job is called 'q'",
        ),
        (
            HEAD + "[[steps]]\nat = '5s'\nclear = 'hangs'",
            "s.toml:6: steps[1].clear: 'hangs' is not known, did you mean 'hang'",
        ),
        (
            HEAD + "[[steps]]\nat = '5s'\nevery = '1s'\nclear = true",
            "s.toml:6: steps[1].every: every and times belong together",
        ),
        (
            'repeat_every = "6s"\n'
            + HEAD
            + "[[steps]]\nat = '5s'\nevery = '1s'\ntimes = 2\nclear = true",
            "s.toml:6: steps[1].at: 0:00:06 is not before repeat_every, 0:00:06",
        ),
    ],
)
def test_every_mistake_is_told_with_its_place(text: str, problem: str) -> None:
    """File, line, key, what was found and what is meant, for each kind of mistake."""
    problems = problems_of(text)
    assert 1 == len(problems), problems
    assert problems[0].startswith("s.toml:")
    assert problem in problems[0]


def test_all_mistakes_are_told_at_once() -> None:
    """One reading finds all faults of a file."""
    text = HEAD + "typ = 'x'\n[[steps]]\nat = 'soon'\njob = 'none'\nrestart = 1\n[[stepz]]\n"
    problems = problems_of(text)
    keys = [
        "jobs[1].typ",
        "steps[1].at",
        "steps[1].job",
        "steps[1].restart",
        "stepz",
    ]
    assert keys == sorted(problem.split(": ")[1] for problem in problems)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A missing file, and one that is no text, are told by name."""
    with pytest.raises(ScenarioError, match=r"none\.toml: cannot be read: No such file"):
        load_scenario(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ScenarioError, match=r"binary\.toml: is not UTF-8"):
        load_scenario(tmp_path / "binary.toml")


def test_the_demo_is_what_it_promises() -> None:
    """The scenario of the package begins calm, alarms by 3s, is over by 60s and has its jobs."""
    demo = load_scenario()
    names = {job.name for job in demo.jobs}
    assert all(name.startswith(("orders_", "payments", "nightly_")) for name in names)
    assert {"test_project"} == {job.project for job in demo.jobs}
    assert timedelta(seconds=3) == demo.steps[0].at
    assert timedelta(minutes=1) == demo.repeat_every
    assert demo.steps[-1].at < timedelta(seconds=60)
