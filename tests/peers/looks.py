"""What a peer that looks every five seconds would see of a scenario, by the simulator's player.

A peer does not ask FOAS but Flink and YARN, so each state is read as what those would say. Where
the scenario has an outage, the peer's own questions are taken to fail too; where FOAS throttles,
they are not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from watcher.simulator import FaultKind, Scenario
from watcher.simulator.api import SimulatedApi
from watcher.simulator.job import Job

INTERVAL = 5.0
"""Seconds between two looks: StreamPark's WATCHING_INTERVAL; Dinky's is about the same."""
_EPOCH = 1_800_000_000.0
_ASKS = "BatchGetInstanceRunSummary"
_NO_ANSWER = {FaultKind.HANG, FaultKind.TRUNCATED, FaultKind.EMPTY_LIST, FaultKind.EMPTY_OBJECT}


@dataclass(frozen=True)
class Seen:
    """One job at one look."""

    expect: str
    actual: str
    instance: int | None
    application: str
    error_at: float | None
    batch: bool


@dataclass(frozen=True)
class Look:
    """One look, so many seconds after the first; `jobs` is None where there was no answer."""

    at: float
    jobs: Mapping[str, Seen] | None


@dataclass(frozen=True)
class Sent:
    """One message that a peer would send, so many seconds after the first look."""

    at: float
    who: tuple[str, ...]
    about: tuple[str, ...]
    text: str


def looks(scenario: Scenario, seconds: float, scale: float = 1.0) -> Iterator[Look]:
    """What is seen of the scenario's first `seconds`, each of which stands for `scale` seconds."""
    clock = [_EPOCH]
    api = SimulatedApi(scenario, now=lambda: clock[0], check_signatures=False)
    api.begin()
    for number in range(int(seconds * scale / INTERVAL) + 1):
        clock[0] = _EPOCH + number * INTERVAL / scale
        yield Look(number * INTERVAL, _jobs(api, scale))


def _jobs(api: SimulatedApi, scale: float) -> dict[str, Seen] | None:
    now = api.advance()
    jobs = [job for job in api.state.all_jobs() if job.answers]
    project = jobs[0].project if jobs else ""
    misfortune = api.faults.take(_ASKS, project, [job.name for job in jobs], now)
    odd = {active.fault.kind for active in misfortune.manners + misfortune.quirks}
    failed = misfortune.failure is not None and misfortune.failure.kind is not FaultKind.THROTTLE
    if failed or odd & _NO_ANSWER:
        return None
    return {job.name: _seen(job, scale) for job in jobs}


def _seen(job: Job, scale: float) -> Seen:
    error_at = None
    if job.last_error_time and job.last_error_message:
        error_at = (job.last_error_time / 1000 - _EPOCH) * scale
    return Seen(
        expect=job.expect_state or "",
        actual=job.actual_state or "",
        instance=job.instance_id,
        application=(job.engine_job_handler or "").partition("|")[0],
        error_at=error_at,
        batch=job.job_type == "FLINK_BATCH",
    )
