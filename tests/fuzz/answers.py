"""Answers of BatchGetInstanceRunSummary and ListJob: read rightly, or refused in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from tests.fuzz.target import Target
from tests.fuzz.trees import BODIES, KEYS
from tests.fuzz.written import TYPES, answers_with, read_answer
from watcher.core.run_summary import RunSummary
from watcher.ports import HttpAnswer
from watcher.simulator.encoding import JSON_TYPE, XML_TYPE, Tree, encode_json, encode_xml
from watcher.sources.foas.lenient import INT64_MAX, INT64_MIN, UnreadableError
from watcher.sources.foas.wire import read_leniently, read_listing_page, read_run_summaries

_saved: Final = msgspec.json.Decoder(list[RunSummary]).decode


def check(written: bytes) -> None:
    answer = read_answer(written)
    check_listing(answer)
    try:
        rows = read_run_summaries(answer)
    except UnreadableError as error:
        check_words(str(error))
        return
    for row in rows:
        check_row(row)
    assert rows == read_leniently(answer.body, answer.headers.get("content-type", ""))
    assert rows == _saved(msgspec.json.encode(rows))
    assert rows == read_again(rows, JSON_TYPE)
    assert [in_xml(row) for row in rows] == read_again(rows, XML_TYPE)
    check_cut(answer)


def check_listing(answer: HttpAnswer) -> None:
    """A page has whole names and a total that a number can hold, or is none."""
    try:
        page = read_listing_page(answer)
    except UnreadableError as error:
        check_words(str(error))
        return
    assert INT64_MIN <= page.total <= INT64_MAX
    for job in page.jobs:
        assert job.name
        job.name.encode()


def check_words(said: str) -> None:
    """What is wrong is said on one line that can be logged."""
    assert said
    assert said.isprintable()
    assert len(said) < 200


def check_row(row: RunSummary) -> None:
    """Every field is absent or of use to what follows: text that UTF-8 writes, a 64-bit number."""
    texts = [row.expect_state, row.actual_state, row.engine_job_handler, row.last_error_message]
    assert row.job_name
    for text in (row.job_name, *texts):
        assert text != ""
        (text or "").encode()
    for number in (row.instance_id, row.input_delay_ms, row.last_error_at):
        if isinstance(number, int):
            assert not isinstance(number, bool)
            assert INT64_MIN <= number <= INT64_MAX


def read_again(rows: Sequence[RunSummary], content_type: str) -> list[RunSummary]:
    """The rows as the simulated API would write them, read once more."""
    tree: Tree = {"RunSummarys": {"RunSummary": [as_tree(row) for row in rows]}}
    body = encode_json(tree) if content_type == JSON_TYPE else encode_xml("Answer", tree)
    return read_run_summaries(HttpAnswer(200, {"content-type": content_type}, body))


def as_tree(row: RunSummary) -> Tree:
    return {
        "JobName": row.job_name,
        "ExpectState": row.expect_state,
        "ActualState": row.actual_state,
        "Id": row.instance_id,
        "EngineJobHandler": row.engine_job_handler,
        "InputDelay": row.input_delay_ms,
        "LastErrorMessage": row.last_error_message,
        "LastErrorTime": row.last_error_at,
    }


def in_xml(row: RunSummary) -> RunSummary:
    """The row with what XML 1.0 cannot carry replaced, as the simulated API replaces it."""
    texts = ("job_name", "expect_state", "actual_state", "engine_job_handler", "last_error_message")
    changes = {name: carried(getattr(row, name)) for name in texts}
    number = row.instance_id
    return msgspec.structs.replace(
        row, **changes, instance_id=carried(number) if isinstance(number, str) else number
    )


def carried(text: str | None) -> str | None:
    return None if text is None else "".join(map(_carried_sign, text))


def _carried_sign(sign: str) -> str:
    code = ord(sign)
    lost = (code < 0x20 and sign not in "\t\n\r") or code in (0xFFFE, 0xFFFF)
    return "\N{REPLACEMENT CHARACTER}" if lost else sign


def check_cut(answer: HttpAnswer) -> None:
    """An answer whose last sign was lost on the way is never taken for a whole one."""
    body = answer.body.rstrip()
    if body[-1:] in (b"}", b"]", b">"):
        cut = HttpAnswer(answer.status, answer.headers, body[:-1])
        try:
            rows = read_run_summaries(cut)
        except UnreadableError:
            return
        raise AssertionError(f"{len(rows)} rows of an answer that was cut")


TARGET: Final = Target(check, answers_with(BODIES), words=(*KEYS, *TYPES))
