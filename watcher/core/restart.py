"""Whether a stream job runs anew, and how: one way down and up is one restart."""

from __future__ import annotations

from watcher.core.event import Restart
from watcher.core.job import Mark
from watcher.core.run_summary import RUNNING, RunSummary


def follow(
    mark: Mark | None, run: RunSummary, *, replanned: bool
) -> tuple[Mark | None, Restart | None]:
    """The mark after one more reading of a stream job, and the restart that the reading shows.

    A job that was never seen RUNNING has no mark: its first start is none.  While ExpectState has
    changed since the job was last RUNNING, nothing that happens is a restart.
    """
    running = run.actual_state == RUNNING
    instance = None if run.instance_id is None else str(run.instance_id)
    handler = _plain(run.engine_job_handler)
    if mark is None:
        return (Mark(instance, handler) if running else None), None
    replanned = replanned or mark.replanned
    how = None if replanned else _how(mark, instance, handler, running=running)
    new_id = not same_text(instance, mark.instance)
    return Mark(
        instance=instance or mark.instance,
        handler=handler or (None if new_id else mark.handler),
        down=not running,
        covered=not running and (mark.covered or how is not None),
        replanned=replanned and not running,
    ), how


def same_text(one: object, other: object) -> bool:
    """Whether two values say the same, where an absent one says nothing."""
    return one is None or other is None or str(one) == str(other)


def _how(mark: Mark, instance: str | None, handler: str | None, *, running: bool) -> Restart | None:
    if not same_text(instance, mark.instance):
        return Restart.REDEPLOYED
    if mark.covered:
        return None
    if handler and mark.handler and handler != mark.handler:
        same_application = handler.partition("|")[0] == mark.handler.partition("|")[0]
        return Restart.FAILED_OVER if same_application else Restart.RESUBMITTED
    return Restart.BOUNCED if running and mark.down else None


def _plain(handler: str | None) -> str | None:
    """An EngineJobHandler (`application id | Flink job id`) without the blanks round its bar."""
    if not handler:
        return None
    return "|".join(part.strip() for part in handler.split("|")) or None
