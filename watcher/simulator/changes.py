"""Read what changes of a job, and what goes wrong, from a table of a scenario or of a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from watcher.simulator.document import TableReader
from watcher.simulator.faults import Fault, FaultKind
from watcher.simulator.job import ANSWERED_FIELDS, FieldValue, JobChange, Wobble
from watcher.simulator.operations import OPERATIONS


def read_change(reader: TableReader, *, renewals: bool) -> JobChange:
    """Return the change that a table tells; `renewals` allows restart, resubmit and failover."""
    values: dict[str, FieldValue] = {
        "expect_state": reader.text("expect_state"),
        "actual_state": reader.text("actual_state"),
        "engine_job_handler": reader.text("engine_job_handler"),
        "last_error_message": reader.text("last_error_message"),
        "instance_id": reader.whole("instance_id"),
        "last_error_time": reader.whole("last_error_time", least=0),
        "input_delay": _read_delay(reader),
        "committed": reader.flag("committed"),
        "present": reader.flag("present"),
    }
    told = {key: value for key, value in values.items() if value is not None}
    absent = _read_absent(reader, told)
    if not renewals:
        return JobChange(MappingProxyType({**told, **absent}))
    return JobChange(
        MappingProxyType({**told, **absent}),
        restart=reader.flag("restart") or False,
        resubmit=reader.flag("resubmit") or False,
        failover=reader.flag("failover") or False,
    )


def read_fault(reader: TableReader) -> Fault | None:
    """Return the fault that a table tells, or None where its kind is not usable."""
    kind = reader.choice("fault", tuple(FaultKind))
    plain = Fault(FaultKind(kind or FaultKind.ERROR))
    fault = replace(
        plain,
        operation=reader.choice("operation", OPERATIONS),
        project=reader.text("project"),
        job=reader.text("job"),
        requests=reader.whole("requests", least=1),
        lasts=reader.span("lasts"),
        retry_after=reader.span("retry_after"),
        acs_retry_after=reader.span("acs_retry_after"),
        delay=reader.span("delay") or plain.delay,
        size=reader.whole("size", least=1) or plain.size,
        status=reader.whole("status", least=200) or plain.status,
        code=reader.text("code") or plain.code,
        message=reader.text("message") or plain.message,
        location=reader.text("location"),
        content_type=reader.text("content_type") or plain.content_type,
        fields=reader.texts("fields") or plain.fields,
        state=reader.text("state") or plain.state,
    )
    return fault if kind is not None else None


def _read_delay(reader: TableReader) -> int | Wobble | None:
    if not reader.is_table("input_delay"):
        return reader.whole("input_delay")
    limits = reader.inner("input_delay")
    low, high = limits.whole("from"), limits.whole("to")
    limits.finish()
    if low is None or high is None or low > high:
        reader.note("input_delay", "a delay that differs is { from = 100, to = 900 }, in ms")
        return None
    return Wobble(low, high)


def _read_absent(reader: TableReader, told: Mapping[str, FieldValue]) -> dict[str, None]:
    absent = reader.texts("absent") or ()
    for name in absent:
        if name not in ANSWERED_FIELDS:
            reader.note("absent", f"{name!r} is none of {', '.join(ANSWERED_FIELDS)}")
        elif name in told:
            reader.note("absent", f"{name!r} is set in the same place")
    return {name: None for name in absent if name in ANSWERED_FIELDS}
