"""A stop and start that somebody asked for, told in one line once the job runs again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec

from watcher.core.diff import Difference
from watcher.core.draft import Draft
from watcher.core.event import Facts, Kind
from watcher.core.job import JobRecord, PlannedStop
from watcher.core.occurring import occur
from watcher.core.run_summary import PAUSED, RUNNING, STREAM, TERMINATED

KIND: Final = Kind.REDEPLOYMENT
STOPS: Final = frozenset({PAUSED, TERMINATED})
"""ExpectStates that ask a stream job to stop."""


def follow_stop(seen: Difference, now: datetime, within: timedelta) -> PlannedStop | None:
    """The planned stop after one more good reading; `None` where there is none, or no longer.

    It begins when ExpectState leaves RUNNING, and is forgotten where ExpectState or the job takes
    longer than `within` to come back.
    """
    stop, expect = seen.record.stop, seen.run.expect_state
    if seen.record.subject.job_type != STREAM:
        return None
    if expect in STOPS:
        return _stopping(stop, seen, now)
    if expect != RUNNING or stop is None:
        return None
    if now - (stop.back_at or stop.since) > within:
        return None
    return _progress(msgspec.structs.replace(stop, back_at=stop.back_at or now), seen, now)


def _stopping(stop: PlannedStop | None, seen: Difference, now: datetime) -> PlannedStop | None:
    left = seen.replanned and seen.previous is not None and seen.previous.expect_state == RUNNING
    if left:
        stop = PlannedStop(since=now)
    return stop and _progress(stop, seen, now)


def _progress(stop: PlannedStop, seen: Difference, now: datetime) -> PlannedStop:
    down_at = stop.down_at or (None if seen.run.actual_state == RUNNING else now)
    return msgspec.structs.replace(stop, down_at=down_at, anew=stop.anew or seen.new_instance)


def watch_redeployment(draft: Draft, seen: Difference, after: JobRecord) -> JobRecord:
    """Follow a planned stop; where the job is back before anybody was told of it, tell that.

    `after` is the record with what other modules have changed in it already.
    """
    stop = follow_stop(seen, draft.now, draft.plan.redeploy_within)
    if stop is not None and stop.back_at is not None and seen.run.actual_state == RUNNING:
        if (stop.down_at or stop.anew) and not _fired(draft, after, stop):
            _tell(draft, seen, stop)
        stop = None
    return after if stop == after.stop else msgspec.structs.replace(after, stop=stop)


def _fired(draft: Draft, record: JobRecord, stop: PlannedStop) -> bool:
    """Whether it took so long that a mismatch fired: then the message of its end suffices.

    One that ends in this very Step counts too, but not one from before ExpectState came back.
    """
    alerts = draft.alerts_of(record.subject, Kind.STATE_MISMATCH)
    if stop.back_at != draft.now:
        before = draft.state.alerts.get(record.subject, {}).values()
        alerts += [alert for alert in before if alert.kind is Kind.STATE_MISMATCH]
    return any(alert.fires and not alert.times for alert in alerts)


def _tell(draft: Draft, seen: Difference, stop: PlannedStop) -> None:
    facts = Facts(down_at=stop.down_at or stop.since, up_at=draft.now)
    occur(draft, draft.event(KIND, seen.record.subject, run=seen.run, facts=facts))
