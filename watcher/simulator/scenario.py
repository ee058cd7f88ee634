"""Read a scenario: which jobs the simulated API has, and what happens to them when.

A scenario is a TOML file::

    title = "one job fails and comes back"     # for people
    project = "test_project"                   # of every job and step that names none
    repeat_every = "60s"                       # play the steps again and again; optional
    starts = "first-request"                   # when 0s is: that, or "at-once" (default)

    [[credentials]]                            # keys that may sign; optional
    access_key_id = "testAccessKeyId"
    access_key_secret = "testAccessKeySecret"
    security_token = "testSecurityToken"       # only for an STS key

    [[jobs]]
    names = ["orders_1", "orders_2"]           # or name = "payments", or a template:
    # name = "job_{n}", count = 10000, first = 1
    type = "FLINK_STREAM"                      # default; or FLINK_BATCH
    input_delay = { from = 100, to = 900 }     # ms; differs from answer to answer; or one number

    [[steps]]
    at = "5s"                                  # since the start, or since the repetition's start
    job = "orders_*"                           # a name or a glob
    actual_state = "FAILED"
    last_error_message = "java.io.IOException: disk full"

    [[steps]]
    at = "20s"
    fault = "throttle"                         # see faults.FaultKind
    lasts = "5s"                               # or requests = 3, or until the scenario's end
    operation = "ListJob"                      # of both, if absent

Jobs and steps set `expect_state`, `actual_state`, `input_delay`, `last_error_message`,
`last_error_time` (ms since 1970; the moment of the step if absent), `instance_id`,
`engine_job_handler`, `committed` (false: a draft) and `present` (false: the project has no such
job). `absent = ["last_error_message", …]` takes fields out of the answers. In a step,
`restart = true` gives a new instance id and handler, `resubmit = true` a new handler within the
instance, `failover = true` a new Flink job id in the handler. `every = "3s"` with `times = 5`
repeats a step. `clear = true` ends all faults, `clear = "hang"` those of that kind.

A repetition plays the steps again on the jobs as they stand (instance ids go on growing, as the
real ones do); a scenario that repeats ends where it began.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from watcher.simulator.changes import read_change, read_fault
from watcher.simulator.document import Document, Place, ScenarioError, TableReader
from watcher.simulator.faults import Fault, FaultKind
from watcher.simulator.job import JOB_TYPES, STREAM, JobChange
from watcher.simulator.signature import Credentials

DEMO_SCENARIO: Final = Path(__file__).with_name("demo.toml")
"""The scenario that travels with the package."""

STARTS: Final = ("at-once", "first-request")
_MAX_COUNT: Final = 1_000_000
_MAX_TIMES: Final = 100_000
_ZERO: Final = timedelta(0)


@dataclass(frozen=True, slots=True)
class PlannedJob:
    """A job that is there from the beginning; `begins` are the fields that differ from defaults."""

    project: str
    name: str
    job_type: str
    begins: JobChange


@dataclass(frozen=True, slots=True)
class JobStep:
    """At a time since the start, the jobs that `pattern` names change."""

    at: timedelta
    project: str
    pattern: str
    change: JobChange


@dataclass(frozen=True, slots=True)
class FaultStep:
    """At a time since the start, a fault begins."""

    at: timedelta
    fault: Fault


@dataclass(frozen=True, slots=True)
class ClearStep:
    """At a time since the start, the faults of that kind end, or all."""

    at: timedelta
    kind: FaultKind | None


Step = JobStep | FaultStep | ClearStep


@dataclass(frozen=True, slots=True)
class Scenario:
    """What the simulated API has and plays; `steps` are in the order of their times."""

    title: str = ""
    jobs: tuple[PlannedJob, ...] = ()
    steps: tuple[Step, ...] = ()
    repeat_every: timedelta | None = None
    starts_at_first_request: bool = False
    credentials: tuple[Credentials, ...] = ()


def load_scenario(path: Path | str = DEMO_SCENARIO) -> Scenario:
    """Return the scenario in the file; raise ScenarioError with all that is wrong with it."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ScenarioError([f"{path}: cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise ScenarioError([f"{path}: is not UTF-8: {error.reason}"]) from error
    return parse_scenario(text, str(path))


def parse_scenario(text: str, name: str = "scenario") -> Scenario:
    """Return the scenario that the TOML text holds; `name` is what errors call it."""
    try:
        top = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ScenarioError([f"{name}: is not TOML: {error}"]) from error
    problems: list[str] = []
    document = Document(name, text)
    reader = TableReader(top, Place(document), problems)
    scenario = _read_scenario(reader, document, problems)
    if problems:
        raise ScenarioError(problems)
    return scenario


def _read_scenario(reader: TableReader, document: Document, problems: list[str]) -> Scenario:
    def readers(key: str) -> Iterator[TableReader]:
        for index, table in enumerate(reader.tables(key)):
            yield TableReader(table, Place(document, key, index), problems)

    title = reader.text("title") or ""
    project = reader.text("project")
    repeat_every = reader.span("repeat_every")
    starts = reader.choice("starts", STARTS)
    if repeat_every == _ZERO:
        reader.note("repeat_every", "is longer than nothing")
    jobs = _read_jobs(readers("jobs"), project)
    steps = _read_steps(readers("steps"), project, jobs, repeat_every or None)
    credentials = tuple(_read_credentials(readers("credentials")))
    reader.finish()
    in_order = tuple(sorted(steps, key=lambda step: step.at))
    first = starts == STARTS[1]
    return Scenario(title, jobs, in_order, repeat_every, first, credentials)


def _read_credentials(readers: Iterable[TableReader]) -> Iterator[Credentials]:
    for reader in readers:
        key_id = _needed(reader, "access_key_id")
        secret = _needed(reader, "access_key_secret")
        token = reader.text("security_token")
        reader.finish()
        if key_id and secret:
            yield Credentials(key_id, secret, token)


def _read_jobs(readers: Iterable[TableReader], project: str | None) -> tuple[PlannedJob, ...]:
    jobs: dict[tuple[str, str], PlannedJob] = {}
    for reader in readers:
        of_project = _project(reader, project)
        job_type = reader.choice("type", JOB_TYPES) or STREAM
        names = _read_names(reader)
        begins = read_change(reader, renewals=False)
        reader.finish()
        for name in names:
            if (of_project, name) in jobs:
                reader.note("name", f"{name!r} is in project {of_project!r} already")
            jobs[of_project, name] = PlannedJob(of_project, name, job_type, begins)
    return tuple(jobs.values())


def _read_names(reader: TableReader) -> tuple[str, ...]:
    name, names = reader.text("name"), reader.texts("names")
    count = reader.whole("count", least=1)
    first = reader.whole("first", least=0)
    if (name is None) == (names is None):
        reader.note("name", "either name or names says what the job is called")
        return ()
    all_names = names or (name or "",)
    if count is not None:
        all_names = _from_template(reader, all_names, count, 1 if first is None else first)
    for each in all_names:
        if "," in each:
            reader.note("name", f"{each!r}: the API cannot express a comma in a job's name")
    return all_names


def _from_template(
    reader: TableReader, names: tuple[str, ...], count: int, first: int
) -> tuple[str, ...]:
    if count > _MAX_COUNT:
        reader.note("count", f"is at most {_MAX_COUNT}")
        return ()
    if not all("{n}" in name for name in names):
        reader.note("count", 'needs {n} in the name, as in name = "job_{n}"')
        return ()
    numbers = range(first, first + count)
    return tuple(name.replace("{n}", str(number)) for name in names for number in numbers)


def _read_steps(
    readers: Iterable[TableReader],
    project: str | None,
    jobs: tuple[PlannedJob, ...],
    repeat_every: timedelta | None,
) -> list[Step]:
    names: dict[str, set[str]] = {}
    for job in jobs:
        names.setdefault(job.project, set()).add(job.name)
    steps: list[Step] = []
    for reader in readers:
        times = _read_times(reader, repeat_every)
        step = _read_step(reader, project, names)
        reader.finish()
        if step is not None:
            steps.extend(_at(step, at) for at in times)
    return steps


def _read_step(reader: TableReader, project: str | None, names: dict[str, set[str]]) -> Step | None:
    kinds = [key for key in ("fault", "clear") if reader.has(key)]
    if reader.has("job") and "fault" not in kinds:
        kinds.append("job")
    if len(kinds) != 1:
        reader.note(None, "a step has one of job (with what changes), fault and clear")
        reader.ignore_rest()
        return None
    if kinds == ["fault"]:
        return _read_fault_step(reader, names)
    if kinds == ["clear"]:
        return _read_clear(reader)
    return _read_job_step(reader, project, names)


def _read_job_step(
    reader: TableReader, project: str | None, names: dict[str, set[str]]
) -> Step | None:
    of_project = _project(reader, project)
    pattern = reader.text("job")
    change = read_change(reader, renewals=True)
    if change == JobChange() and reader.sound:
        reader.note("job", "the step says nothing that changes")
    if pattern is None:
        return None
    known = names.get(of_project, set())
    if pattern not in known and not any(fnmatchcase(name, pattern) for name in known):
        reader.note("job", f"no job of project {of_project!r} is called or matches {pattern!r}")
    return JobStep(_ZERO, of_project, pattern, change)


def _read_fault_step(reader: TableReader, names: dict[str, set[str]]) -> Step | None:
    fault = read_fault(reader)
    if fault is None:
        return None
    if fault.project is not None and fault.project not in names:
        reader.note("project", f"there is no project {fault.project!r}")
    if fault.job is not None and not any(fault.job in known for known in names.values()):
        reader.note("job", f"no job is called {fault.job!r}")
    return FaultStep(_ZERO, fault)


def _read_clear(reader: TableReader) -> ClearStep | None:
    if reader.holds_true("clear"):
        return ClearStep(_ZERO, None)
    kind = reader.choice("clear", tuple(FaultKind))
    return None if kind is None else ClearStep(_ZERO, FaultKind(kind))


def _read_times(reader: TableReader, repeat_every: timedelta | None) -> list[timedelta]:
    begins, every = reader.span("at"), reader.span("every")
    times = reader.whole("times", least=1)
    if times is not None and times > _MAX_TIMES:
        reader.note("times", f"is at most {_MAX_TIMES}")
        times = 1
    if begins is None and not reader.has("at"):
        reader.note("at", 'is missing: when the step happens, such as "5s"')
    if (every is None) != (times is None):
        reader.note("every", "every and times belong together")
    step = every or _ZERO
    all_times = [(begins or _ZERO) + number * step for number in range(times or 1)]
    if repeat_every is not None and all_times[-1] >= repeat_every:
        reader.note("at", f"{all_times[-1]} is not before repeat_every, {repeat_every}")
    return all_times


def _at(step: Step, at: timedelta) -> Step:
    match step:
        case JobStep():
            return JobStep(at, step.project, step.pattern, step.change)
        case FaultStep():
            return FaultStep(at, step.fault)
        case ClearStep():
            return ClearStep(at, step.kind)


def _project(reader: TableReader, default: str | None) -> str:
    project = reader.text("project") or default
    if project is None:
        reader.note("project", "is missing, here and at the top of the file")
    return project or ""


def _needed(reader: TableReader, key: str) -> str | None:
    if not reader.has(key):
        reader.note(key, "is missing")
    return reader.text(key)
