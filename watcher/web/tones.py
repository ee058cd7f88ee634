"""Which tone a state, a phase or a severity has: never more than its word already says."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from watcher.core.alert import Phase
from watcher.core.rule import Severity
from watcher.core.verdict import GRAVE, can_judge, judge

PHASES: Final = MappingProxyType(
    {Phase.FIRING: "bad", Phase.PENDING: "warn", Phase.RESOLVED: "ok", Phase.WITHDRAWN: "quiet"}
)
SEVERITIES: Final = MappingProxyType(
    {
        Severity.CRITICAL: "bad",
        Severity.ERROR: "bad",
        Severity.WARNING: "warn",
        Severity.INFO: "info",
    }
)
OUTBOX: Final = MappingProxyType(
    {
        "waiting": "warn",
        "leased": "info",
        "bundled": "info",
        "delivered": "ok",
        "merged": "quiet",
        "dropped": "quiet",
        "dead": "bad",
    }
)


def state_tone(expect_state: str | None, actual_state: str | None, job_type: str) -> str:
    """The tone of a job's state: `ok` as asked for, `bad` down, `warn` otherwise wrong.

    `quiet` where it cannot be judged.  What the job did before does not count here.
    """
    if not can_judge(expect_state, job_type):
        return "quiet"
    verdict = judge(expect_state, actual_state, job_type, ran=False, stood=False)
    if verdict is None:
        return "ok"
    return "bad" if verdict in GRAVE else "warn"
