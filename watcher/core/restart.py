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
    instance = run.instance_id
    if mark is None:
        return (Mark(instance, _merge(run.engine_job_handler, None)) if running else None), None
    new_id = not same_text(instance, mark.instance)
    handler = _merge(run.engine_job_handler, None if new_id else mark.handler)
    replanned = replanned or mark.replanned
    how = None if replanned else _how(mark, instance, handler, running=running)
    return Mark(
        instance=instance or mark.instance,
        handler=handler,
        down=not running if run.actual_state else mark.down,
        covered=not running and (mark.covered or how is not None),
        replanned=replanned and not running,
    ), how


def same_text(one: object, other: object) -> bool:
    """Whether two values say the same, where an absent or empty one says nothing."""
    return not one or not other or str(one) == str(other)


def _how(
    mark: Mark, instance: int | str | None, handler: str | None, *, running: bool
) -> Restart | None:
    # Every start has its own Id, so that a further one is a further restart, also on the way up.
    if not same_text(instance, mark.instance):
        return Restart.REDEPLOYED
    if mark.covered:
        return None
    application, engine_job = _parts(handler)
    known_application, known_engine_job = _parts(mark.handler)
    if not same_text(application, known_application):
        return Restart.RESUBMITTED
    if not same_text(engine_job, known_engine_job):
        return Restart.FAILED_OVER
    return Restart.BOUNCED if running and mark.down else None


def _parts(handler: str | None) -> tuple[str, str]:
    """The application id and the Flink job id of an EngineJobHandler, "" where one is absent."""
    application, _, engine_job = (handler or "").partition("|")
    return application.strip(), engine_job.strip()


def _merge(handler: str | None, known: str | None) -> str | None:
    """An EngineJobHandler without blanks, with what is known already where a part is absent."""
    application, engine_job = _parts(handler)
    known_application, known_engine_job = _parts(known)
    if same_text(application, known_application):
        engine_job = engine_job or known_engine_job
    merged = f"{application or known_application}|{engine_job}".rstrip("|")
    # Most often nothing changes, and one text in memory serves for both.
    return handler if merged == handler else merged or None
