"""Reads the answers of BatchGetInstanceRunSummary and ListJob (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec

from watcher.core.run_summary import RunSummary
from watcher.ports import HttpAnswer
from watcher.sources.foas import lenient
from watcher.sources.foas.lenient import INT64_MAX, INT64_MIN, Plain, UnreadableError

Long = Annotated[int, msgspec.Meta(ge=INT64_MIN, le=INT64_MAX)]


class _Row(
    msgspec.Struct,
    gc=False,
    forbid_unknown_fields=True,
    rename={
        "name": "JobName",
        "expect": "ExpectState",
        "actual": "ActualState",
        "id": "Id",
        "handler": "EngineJobHandler",
        "delay": "InputDelay",
        "error": "LastErrorMessage",
        "error_at": "LastErrorTime",
    },
):
    # A key in another case must not pass for an absent one, hence forbid_unknown_fields.
    name: Annotated[str, msgspec.Meta(min_length=1)]
    expect: str | None = None
    actual: str | None = None
    id: Long | None = None
    handler: str | None = None
    delay: Long | None = None
    error: str | None = None
    error_at: Long | None = None


class _Rows(msgspec.Struct, gc=False, rename={"rows": "RunSummary"}):
    rows: list[_Row]


class _Answer(msgspec.Struct, gc=False, rename={"wrapper": "RunSummarys"}):
    wrapper: _Rows


_decode: Final = msgspec.json.Decoder(_Answer).decode


class ListedJob(msgspec.Struct, frozen=True, gc=False):
    """One job of a listing; `committed` is false for drafts, which have no run summary."""

    name: str
    committed: bool


class ListingPage(msgspec.Struct, frozen=True):
    """One page of ListJob: its jobs, and how many there are on all pages."""

    total: int
    jobs: tuple[ListedJob, ...]


def read_run_summaries(answer: HttpAnswer) -> list[RunSummary]:
    """The run summaries of a 200 answer, in its order.

    The shape that the API page shows is decoded at once; every other one that makes sense is read
    leniently, with the same result.  `UnreadableError` where it makes none, or a record has no
    name.
    """
    content_type = answer.headers.get("content-type", "")
    if "json" in content_type:
        try:
            rows = _decode(answer.body).wrapper.rows
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            # Lenience decides; what is nested too deeply is no JSON to it either.
            pass
        else:
            return [
                RunSummary(
                    row.name,
                    row.expect or None,
                    row.actual or None,
                    row.id,
                    row.handler or None,
                    row.delay,
                    row.error or None,
                    row.error_at,
                )
                for row in rows
            ]
    return read_leniently(answer.body, content_type)


def read_leniently(body: bytes, content_type: str) -> list[RunSummary]:
    """The run summaries of a 200 answer of any shape; `UnreadableError` where there are none."""
    tree = lenient.parse(body, content_type)
    return [_run_summary(row) for row in lenient.find_rows(tree, "RunSummarys", "RunSummary")]


def read_listing_page(answer: HttpAnswer) -> ListingPage:
    """One page of ListJob; `UnreadableError` where it is none or does not say the total."""
    tree = lenient.parse(answer.body, answer.headers.get("content-type", ""))
    rows = lenient.find_rows(tree, "Jobs", "Job")
    total = lenient.integer(tree, "TotalCount") if isinstance(tree, Mapping) else None
    if total is None:
        raise UnreadableError("a listing without TotalCount")
    return ListingPage(total, tuple(_listed_job(row) for row in rows))


def _run_summary(row: Mapping[str, Plain]) -> RunSummary:
    return RunSummary(
        job_name=_name(row),
        expect_state=lenient.text(row, "ExpectState"),
        actual_state=lenient.text(row, "ActualState"),
        instance_id=_instance_id(row),
        engine_job_handler=lenient.text(row, "EngineJobHandler"),
        input_delay_ms=lenient.integer(row, "InputDelay"),
        last_error_message=lenient.text(row, "LastErrorMessage"),
        last_error_at=lenient.integer(row, "LastErrorTime"),
    )


def _listed_job(row: Mapping[str, Plain]) -> ListedJob:
    return ListedJob(_name(row), lenient.truth(row, "IsCommitted") is not False)


def _name(row: Mapping[str, Plain]) -> str:
    name = lenient.text(row, "JobName")
    if name is None:
        raise UnreadableError("a record without JobName")
    return name


def _instance_id(row: Mapping[str, Plain]) -> int | str | None:
    try:
        return lenient.integer(row, "Id")
    except UnreadableError:
        return lenient.text(row, "Id")
