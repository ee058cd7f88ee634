"""One simulated job: what the API tells of it, and its pieces of an answer, encoded once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from watcher.simulator.encoding import Tree, encode_json, encode_xml

STREAM: Final = "FLINK_STREAM"
BATCH: Final = "FLINK_BATCH"
JOB_TYPES: Final = (STREAM, BATCH)


@dataclass(frozen=True, slots=True)
class Wobble:
    """An InputDelay in ms that differs from answer to answer, between `low` and `high`."""

    low: int
    high: int

    def at(self, job_number: int, answer_number: int) -> int:
        """Return the delay of that job in that answer: scattered, but the same at each asking."""
        scattered = answer_number * 2_654_435_761 + job_number * 40_503
        return self.low + scattered % (self.high - self.low + 1)


FieldValue: TypeAlias = "str | int | bool | Wobble | None"

ANSWERED_FIELDS: Final = (
    "expect_state",
    "actual_state",
    "input_delay",
    "instance_id",
    "engine_job_handler",
    "last_error_message",
    "last_error_time",
)
"""The fields of a Job that answers tell; one that is None is left out of them."""

CHANGEABLE_FIELDS: Final = (*ANSWERED_FIELDS, "committed", "present")
"""The fields of a Job that a change may set."""

LISTED: Final[Mapping[str, Tree]] = MappingProxyType(
    {
        "ApiType": "SQL",
        "EngineVersion": "blink-3.2.1",
        "ClusterId": "simulated-cluster",
        "QueueName": "root.default",
        "FolderId": 1,
        "Creator": "simulator",
        "CreateTime": 1548397000000,
        "Modifier": "simulator",
        "ModifyTime": 1548397000000,
        "Description": "",
    }
)
"""What ListJob tells of every simulated job alike."""

LISTED_IN_FULL: Final[Mapping[str, Tree]] = MappingProxyType(
    {"Code": "-- simulated\nSELECT 1;", "PlanJson": "{}", "Properties": "", "Packages": ""}
)
"""What ListJob leaves out with isShowFullField=false."""


@dataclass(frozen=True)
class Job:
    """A job at one revision; a field that is None is absent from answers.

    `present` is false while the project does not have the job at all, `committed` is false for a
    draft, which ListJob shows and run summaries lack. `last_error_time` is in ms since 1970.
    `input_delay` is in ms, or a Wobble.
    """

    project: str
    name: str
    job_type: str
    number: int
    instance_id: int | None = None
    engine_job_handler: str | None = None
    expect_state: str | None = "RUNNING"
    actual_state: str | None = "RUNNING"
    input_delay: int | Wobble | None = 0
    last_error_message: str | None = None
    last_error_time: int | None = None
    committed: bool = True
    present: bool = True

    @property
    def answers(self) -> bool:
        """Whether run summaries hold the job: it exists and is no draft."""
        return self.present and self.committed

    def delay(self, answer_number: int) -> int | None:
        """Return the InputDelay in ms that the answer of that number tells."""
        if isinstance(self.input_delay, Wobble):
            return self.input_delay.at(self.number, answer_number)
        return self.input_delay

    def run_summary(self, answer_number: int) -> dict[str, Tree]:
        """Return the API's fields in the order of the vendor's example, absent ones left out."""
        fields: dict[str, Tree] = {
            "ExpectState": self.expect_state,
            "InputDelay": self.delay(answer_number),
            "JobName": self.name,
            "EngineJobHandler": self.engine_job_handler,
            "Id": self.instance_id,
            "ActualState": self.actual_state,
            "LastErrorMessage": self.last_error_message,
            "LastErrorTime": self.last_error_time,
        }
        return {key: value for key, value in fields.items() if value is not None}

    def listing(self, *, full: bool) -> dict[str, Tree]:
        """Return the job as ListJob tells it."""
        return {
            "JobName": self.name,
            "JobType": self.job_type,
            "IsCommitted": self.committed,
            "ProjectName": self.project,
            "JobId": f"{self.number}",
            **LISTED,
            **(LISTED_IN_FULL if full else {}),
        }

    @cached_property
    def json_template(self) -> bytes:
        """The run summary in JSON as a %-format, with %d for a delay that wobbles."""
        return self._template(encode_json(self.run_summary(0)), b'"InputDelay":')

    @cached_property
    def xml_template(self) -> bytes:
        """The run summary as an XML element as a %-format, with %d for a delay that wobbles."""
        return self._template(encode_xml("RunSummary", self.run_summary(0)), b"<InputDelay>")

    def _template(self, whole: bytes, mark: bytes) -> bytes:
        """Only ExpectState stands before the delay; encoded, it never holds the mark."""
        escaped = whole.replace(b"%", b"%%")
        if not isinstance(self.input_delay, Wobble):
            return escaped
        drawn = b"%d" % self.input_delay.at(self.number, 0)
        return escaped.replace(mark + drawn, mark + b"%d", 1)


@dataclass(frozen=True, slots=True)
class JobChange:
    """What to change of a job: fields by their names in Job, and renewals.

    `restart` gives a new instance id and a new engine job handler, `resubmit` a new handler within
    the same instance, `failover` only a new Flink job id in the handler.
    """

    fields: Mapping[str, FieldValue] = field(default_factory=lambda: MappingProxyType({}))
    restart: bool = False
    resubmit: bool = False
    failover: bool = False

    def __post_init__(self) -> None:
        if unknown := self.fields.keys() - set(CHANGEABLE_FIELDS):
            known = ", ".join(CHANGEABLE_FIELDS)
            raise ValueError(f"no such field: {', '.join(sorted(unknown))}; known are {known}")


def with_fields(job: Job, values: Mapping[str, Any]) -> Job:
    """Return the job with these fields, by their names in Job."""
    return replace(job, **values)


def application_id(number: int) -> str:
    """Return a YARN application id that no other number has."""
    return f"application_1564648959240_{number:04d}"


def flink_job_id(number: int) -> str:
    """Return a Flink job id, 32 hex digits, that no other number has."""
    return hashlib.blake2b(f"{number}".encode(), digest_size=16).hexdigest()
