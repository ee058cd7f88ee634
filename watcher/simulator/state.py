"""The jobs of all simulated projects, and every change to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from types import MappingProxyType

from watcher.simulator.history import History
from watcher.simulator.job import (
    FieldValue,
    Job,
    JobChange,
    application_id,
    flink_job_id,
    with_fields,
)

NO_JOBS: Mapping[str, Job] = MappingProxyType({})
_FIRST_INSTANCE = 177_474


class UnknownJobError(LookupError):
    """There is no such job, or no such project."""


class State:
    """All jobs by project and name; a change replaces a Job and is recorded in the history."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._projects: dict[str, dict[str, Job]] = {}
        self._renewals = 0
        self._jobs_made = 0

    def has_project(self, project: str) -> bool:
        """Return whether any job of that project was ever added."""
        return project in self._projects

    def jobs_of(self, project: str) -> Mapping[str, Job]:
        """Return the project's jobs by name, absent and uncommitted ones included."""
        return self._projects.get(project, NO_JOBS)

    def all_jobs(self) -> Iterator[Job]:
        """Yield the jobs of all projects."""
        for jobs in self._projects.values():
            yield from jobs.values()

    def snapshot(self) -> dict[tuple[str, str], Job]:
        """Return all jobs as they stand now, by project and name."""
        return {(job.project, job.name): job for job in self.all_jobs()}

    def names_matching(self, project: str, pattern: str) -> list[str]:
        """Return the names of the job called so, or else of those that the glob matches."""
        jobs = self.jobs_of(project)
        if pattern in jobs:
            return [pattern]
        return [name for name in jobs if fnmatchcase(name, pattern)]

    def add(self, project: str, name: str, job_type: str, change: JobChange, at: float) -> Job:
        """Add a job with `change` as its beginning, unrecorded: what a scenario starts with."""
        self._jobs_made += 1
        plain = Job(project, name, job_type, self._jobs_made)
        job = with_fields(plain, self._renewed() | self._values(plain, change, at))
        self._projects.setdefault(project, {})[name] = job
        return job

    def create(self, project: str, name: str, job_type: str, change: JobChange, at: float) -> Job:
        """Add a job while the server runs; the history tells it as one that became present."""
        job = self.add(project, name, job_type, change, at)
        self._history.note_change(at, project, name, {"present": (False, job.present)})
        return job

    def change(self, project: str, name: str, change: JobChange, at: float) -> Job:
        """Change a job at a moment (seconds since 1970); raise UnknownJobError if there is none.

        An error text without a time gets that moment as its time. What does not differ is neither
        changed nor recorded.
        """
        job = self.jobs_of(project).get(name)
        if job is None:
            raise UnknownJobError(f"project {project!r} has no job {name!r}")
        values = self._values(job, change, at)
        differing = {
            key: (getattr(job, key), value)
            for key, value in values.items()
            if getattr(job, key) != value
        }
        if not differing:
            return job
        changed = with_fields(job, values)
        self._projects[project][name] = changed
        self._history.note_change(at, project, name, MappingProxyType(differing))
        return changed

    def _values(self, job: Job, change: JobChange, at: float) -> dict[str, FieldValue]:
        values: dict[str, FieldValue] = {}
        if change.restart:
            values |= self._renewed()
        elif change.resubmit:
            values["engine_job_handler"] = self._renewed()["engine_job_handler"]
        elif change.failover:
            values["engine_job_handler"] = self._failed_over(job)
        values |= change.fields
        if values.get("last_error_message") is not None:
            values.setdefault("last_error_time", int(at * 1000))
        return values

    def _renewed(self) -> dict[str, FieldValue]:
        self._renewals += 1
        handler = f"{application_id(self._renewals)}|{flink_job_id(self._renewals)}"
        return {
            "instance_id": _FIRST_INSTANCE + self._renewals - 1,
            "engine_job_handler": handler,
        }

    def _failed_over(self, job: Job) -> str:
        application = (job.engine_job_handler or "").partition("|")[0]
        self._renewals += 1
        return f"{application or application_id(self._renewals)}|{flink_job_id(self._renewals)}"
