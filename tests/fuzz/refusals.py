"""Answers that are no success: a cause, one line of words, and a wait within bounds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from hypothesis import strategies as st

from tests.fuzz.target import Target
from tests.fuzz.trees import BODIES, KEYS, TEXTS
from tests.fuzz.written import NOW, TYPES, WAITS, answers_with, read_answer
from watcher.ports import HttpAnswer
from watcher.retry_after import LONGEST
from watcher.simulator.encoding import JSON_TYPE, XML_TYPE, encode_json, encode_xml
from watcher.sources.foas import lenient
from watcher.sources.foas.errors import (
    CODES,
    LONGEST_MESSAGE,
    PASSING,
    QUOTED_REQUEST,
    Refusal,
    carries_error,
    judge_refusal,
)
from watcher.sources.foas.lenient import UnreadableError

LONGEST_DETAIL: Final = 3 * LONGEST_MESSAGE + 200


def check(written: bytes) -> None:
    answer = read_answer(written)
    refusal = judge_refusal(answer, NOW)
    check_refusal(refusal)
    said = complaint_of(answer)
    assert carries_error(answer) == (said is not None and "Code" in said)
    if said and "Code" in said and answer.headers.keys() <= {"content-type"}:
        check_formats(answer.status, said, refusal)


def check_refusal(refusal: Refusal) -> None:
    assert refusal.detail.isprintable()
    assert len(refusal.detail) <= LONGEST_DETAIL
    assert refusal.retryable == (refusal.cause in PASSING)
    assert refusal.retryable or not refusal.once
    assert QUOTED_REQUEST not in refusal.detail
    if refusal.retry_after is not None:
        assert refusal.retryable
        assert timedelta(0) <= refusal.retry_after <= max(LONGEST, timedelta(milliseconds=10**12))


def complaint_of(answer: HttpAnswer) -> dict[str, str] | None:
    """The texts of a complaint; `None` where it cannot be read as one."""
    try:
        tree = lenient.parse(answer.body, answer.headers.get("content-type", ""))
        if not isinstance(tree, Mapping):
            return None
        said = {key: lenient.text(tree, key) for key in ("Code", "Message", "RequestId")}
    except UnreadableError:
        return None
    return {key: text for key, text in said.items() if text is not None}


def check_formats(status: int, said: dict[str, str], refusal: Refusal) -> None:
    """The same complaint means the same in JSON and in XML, but for what XML cannot carry."""
    bodies = [(JSON_TYPE, encode_json(said))]
    if all(text.isprintable() for text in said.values()):
        bodies.append((XML_TYPE, encode_xml("Error", said)))
    for kind, body in bodies:
        assert refusal == judge_refusal(HttpAnswer(status, {"content-type": kind}, body), NOW)


SAID: Final = st.sampled_from(TEXTS) | st.text(max_size=400)
COMPLAINTS: Final = st.builds(
    lambda code, message, extra: {"Code": code, "Message": message, "RequestId": extra},
    st.sampled_from([prefix for prefix, _ in CODES]) | SAID,
    SAID,
    SAID,
)
TARGET: Final = Target(
    check,
    answers_with(
        COMPLAINTS.map(encode_json) | COMPLAINTS.map(lambda c: encode_xml("Error", c)) | BODIES
    ),
    words=(*KEYS, *TYPES, *WAITS, *(prefix for prefix, _ in CODES), "x-acs-retry-after", "date"),
)
