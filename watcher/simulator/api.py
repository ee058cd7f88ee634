"""The simulated API as a whole, apart from the network: jobs, scenario, faults, keys, history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from watcher.simulator.batch import BatchCache
from watcher.simulator.clock import wall_clock
from watcher.simulator.faults import (
    ActiveFault,
    Fault,
    FaultBoard,
    FaultKind,
    Misfortune,
)
from watcher.simulator.history import Answer, History
from watcher.simulator.job import STREAM, Job, JobChange
from watcher.simulator.operations import (
    Call,
    ListJobCall,
    RunSummaryCall,
    check_api,
    content_type,
    encode_page,
    new_request_id,
    odd_run_summaries,
    operation_of,
    pick_jobs,
    pick_page,
    read_call,
)
from watcher.simulator.player import Player
from watcher.simulator.quirks import rows_told
from watcher.simulator.refusal import RefusedError
from watcher.simulator.scenario import ClearStep, FaultStep, JobStep, Scenario, Step
from watcher.simulator.signature import Credentials, Gatekeeper, SignedRequest
from watcher.simulator.state import State

TEST_CREDENTIALS: Final = Credentials("testAccessKeyId", "testAccessKeySecret")
"""The key that is known where neither the caller nor the scenario names one."""


@dataclass(frozen=True, slots=True)
class AdmittedCall:
    """A request that was let in: what it asks for, and what will happen to it."""

    call: Call
    misfortune: Misfortune
    as_json: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """A status, a Content-Type and a whole body."""

    status: int
    content_type: str
    body: bytes


class SimulatedApi:
    """A simulated FOAS without its network: what it holds, plays and misbehaves in.

    `now` gives seconds since 1970. The scenario's steps are applied when someone asks, each with
    the moment that it was planned for, so that no task runs in between and a test may pass the
    time. It is used by one event loop; nothing in it waits.

    With `check_signatures=False` every request is let in.
    """

    def __init__(
        self,
        scenario: Scenario | None = None,
        *,
        credentials: Iterable[Credentials] = (),
        now: Callable[[], float] = wall_clock,
        check_signatures: bool = True,
    ) -> None:
        self._scenario = scenario or Scenario()
        self._now = now
        self._player = Player(self._scenario)
        keys = (*credentials, *self._scenario.credentials) or (TEST_CREDENTIALS,)
        self._gatekeeper = Gatekeeper(keys) if check_signatures else None
        self.history = History()
        self.state = State(self.history)
        self.faults = FaultBoard()
        self._batches = BatchCache()
        begun_at = now()
        for job in self._scenario.jobs:
            self.state.add(job.project, job.name, job.job_type, job.begins, begun_at)
        if not self._scenario.starts_at_first_request:
            self._player.begin(begun_at)

    @property
    def began_at(self) -> float | None:
        """The moment of the scenario's 0s, in seconds since 1970; None before it."""
        return self._player.began_at

    def begin(self) -> None:
        """Make this moment the scenario's 0s; jobs stay as they stand."""
        self._player.begin(self._now())

    def advance(self) -> float:
        """Play the steps that are due; return the time, in seconds since 1970."""
        now = self._now()
        for at, step in self._player.due(now):
            self._play(step, at)
        return now

    def add_job(
        self, project: str, name: str, job_type: str = STREAM, change: JobChange | None = None
    ) -> Job:
        """Add a job, RUNNING as expected but for what `change` says; return it."""
        return self.state.create(project, name, job_type, change or JobChange(), self.advance())

    def change_job(self, project: str, name: str, change: JobChange) -> Job:
        """Change a job now; return it as it stands. UnknownJobError if there is none."""
        return self.state.change(project, name, change, self.advance())

    def add_fault(self, fault: Fault) -> int:
        """Put a fault in force now; return the number by which `faults.remove` ends it."""
        return self._begin_fault(fault, self.advance())

    def active_faults(self) -> tuple[ActiveFault, ...]:
        """Return the faults in force."""
        return self.faults.active(self.advance())

    def seconds_left(self, hang: ActiveFault) -> float | None:
        """Return how long a `hang` holds a request, or None if until it is released."""
        return None if hang.until is None else max(0.0, hang.until - self._now())

    def now(self) -> float:
        """Return its clock's time in seconds since 1970; its answers bear that as their Date."""
        return self._now()

    def admit(self, request: SignedRequest) -> AdmittedCall:
        """Let a request in, or raise RefusedError; either is counted.

        The signature is checked first: a request that is throttled was signed well.
        """
        operation = operation_of(request.path)
        try:
            now = self._now()
            check_api(request)
            if self._gatekeeper is not None:
                self._gatekeeper.admit(request, now)
            call = read_call(request)
            if not self.state.has_project(call.project):
                raise _no_such_project(call.project)
        except RefusedError as refused:
            self.history.count(operation, refused.code)
            raise
        if self._player.began_at is None and isinstance(call, RunSummaryCall):
            self._player.begin(now)
        misfortune = self.faults.take(call.operation, call.project, call.names, self.advance())
        self.history.count(call.operation, misfortune.outcome)
        return AdmittedCall(call, misfortune, _wants_json(request))

    def answer(self, admitted: AdmittedCall) -> Reply:
        """Return the good answer as of now, with the quirks that happen to it."""
        now = self.advance()
        body, returned = self._body(admitted, self.history.answered + 1)
        self._note_answer(admitted, now, returned)
        return Reply(200, content_type(as_json=admitted.as_json), body)

    def fail(self, admitted: AdmittedCall) -> None:
        """Record that the request's failure took the place of an answer now."""
        self._note_answer(admitted, self.advance(), 0)

    def _note_answer(self, admitted: AdmittedCall, at: float, returned: int) -> None:
        call = admitted.call
        self.history.note_answer(
            Answer(
                self.history.answered + 1,
                at,
                call.operation,
                call.project,
                call.names,
                returned,
                self.history.revision,
                admitted.misfortune.outcome,
            )
        )

    def _body(self, admitted: AdmittedCall, number: int) -> tuple[bytes, int]:
        request_id = new_request_id()
        quirks = [active.fault for active in admitted.misfortune.quirks]
        call, as_json = admitted.call, admitted.as_json
        jobs = self._jobs(call.project, admitted.misfortune)
        if isinstance(call, ListJobCall):
            page, total = pick_page(call, jobs.values())
            body = encode_page(call, page, total, request_id, quirks, as_json=as_json)
            return body, rows_told(len(page), quirks)
        if quirks:
            picked = pick_jobs(call, jobs)
            body = odd_run_summaries(picked, number, request_id, quirks, as_json=as_json)
            return body, rows_told(len(picked), quirks)
        batch = self._batches.batch(call, jobs, self.history.revision, as_json=as_json)
        return batch.body(number, request_id), batch.size

    def _jobs(self, project: str, misfortune: Misfortune) -> Mapping[str, Job]:
        if misfortune.frozen is None:
            return self.state.jobs_of(project)
        return {name: job for (of, name), job in misfortune.frozen.items() if of == project}

    def _begin_fault(self, fault: Fault, at: float) -> int:
        frozen = self.state.snapshot() if fault.kind is FaultKind.FROZEN else None
        return self.faults.add(fault, at, frozen)

    def _play(self, step: Step, at: float) -> None:
        match step:
            case JobStep(project=project, pattern=pattern, change=change):
                for name in self.state.names_matching(project, pattern):
                    self.state.change(project, name, change, at)
            case FaultStep(fault=fault):
                self._begin_fault(fault, at)
            case ClearStep(kind=kind):
                self.faults.clear(kind)


def _wants_json(request: SignedRequest) -> bool:
    """JSON where it is asked for; XML is the API's default (vendor's pages 公共参数, 返回结果)."""
    return "json" in request.header("accept").lower()


def _no_such_project(project: str) -> RefusedError:
    """What the real API says is not documented; the code follows its Invalid{Param} pattern."""
    message = f"The specified project {project} does not exist."
    return RefusedError(404, "InvalidProjectName.NotFound", message)
