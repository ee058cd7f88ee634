"""What an API says of one job in one answer."""

from __future__ import annotations

from typing import Final

import msgspec

RUNNING: Final = "RUNNING"
WAITING: Final = "WAITING"
PAUSED: Final = "PAUSED"
TERMINATED: Final = "TERMINATED"
SUCCESS: Final = "SUCCESS"
FAILED: Final = "FAILED"
UNKNOWN: Final = "UNKNOWN"

OVER: Final = frozenset({PAUSED, TERMINATED, SUCCESS, FAILED})
"""ActualStates in which a run is no longer in progress."""

STREAM: Final = "FLINK_STREAM"
BATCH: Final = "FLINK_BATCH"


class RunSummary(msgspec.Struct, frozen=True, gc=False):
    """One job's record in one answer: the eight fields of BatchGetInstanceRunSummary, snake_case.

    Every field but the name may be absent (`None`), as in the API's own example.  States are open
    strings: `UNKNOWN` exists although the API page does not list it.  `instance_id` is a number in
    FOAS and a text elsewhere.  `input_delay_ms` and `last_error_at` (epoch) are milliseconds; the
    sentinel -99999999 and an error time of 0 are kept as they came.
    """

    job_name: str
    expect_state: str | None = None
    actual_state: str | None = None
    instance_id: int | str | None = None
    engine_job_handler: str | None = None
    input_delay_ms: int | None = None
    last_error_message: str | None = None
    last_error_at: int | None = None


LATEST_TIME: Final = 253_402_300_799_999
"""The last millisecond of the year 9999; what lies beyond it is no time."""


def error_time(run: RunSummary) -> int:
    """LastErrorTime in epoch milliseconds; 0 where the answer gives none that a calendar has."""
    at = run.last_error_at or 0
    return at if 0 < at <= LATEST_TIME else 0


def delay_of(run: RunSummary) -> int | None:
    """InputDelay in ms where it is a reading at all: RUNNING as asked for, and not a sentinel."""
    running = run.actual_state == RUNNING == run.expect_state
    delay = run.input_delay_ms
    return delay if running and delay is not None and delay >= 0 else None
