"""Ready bodies are the vendor's shapes, and never older than the jobs."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from watcher.simulator.batch import BatchCache, prepare_batch
from watcher.simulator.job import STREAM, Job, Wobble, with_fields
from watcher.simulator.operations import RunSummaryCall

REQUEST_ID = "45BE0E07-8543-4EEE-BC4D-E846E4C1230D"
HANDLER = "application_1564648959240_0125|6150954a90852814ce0c6eace9868691"
TEST_JOB = Job("test_project", "test", STREAM, 1, 177474, HANDLER)
CALL = RunSummaryCall("test_project", STREAM, ("test",))
# The vendor's page for BatchGetInstanceRunSummary, without the blanks.
VENDORS_JSON = json.loads(
    """{"RunSummarys":{"RunSummary":[{"ExpectState":"RUNNING","InputDelay":0,"JobName":"test",
    "EngineJobHandler":"application_1564648959240_0125|6150954a90852814ce0c6eace9868691",
    "Id":177474,"ActualState":"RUNNING"}]},"RequestId":"45BE0E07-8543-4EEE-BC4D-E846E4C1230D"}"""
)


def test_the_json_answer_is_the_vendors_example() -> None:
    """The example of the vendor's page comes out."""
    body = prepare_batch([TEST_JOB], as_json=True).body(1, REQUEST_ID)
    assert VENDORS_JSON == json.loads(body)


def test_the_xml_answer_is_the_vendors_example() -> None:
    """Root, wrapper and rows have the names of the vendor's page."""
    root = ET.fromstring(prepare_batch([TEST_JOB], as_json=False).body(1, REQUEST_ID))
    assert root.tag == "BatchGetInstanceRunSummaryResponse"
    assert ["RunSummarys", "RequestId"] == [child.tag for child in root]
    (row,) = root.findall("RunSummarys/RunSummary")
    expected = {key: str(value) for key, value in TEST_JOB.run_summary(1).items()}
    assert expected == {child.tag: child.text for child in row}


def test_an_answer_without_jobs() -> None:
    """No job is an empty list in JSON and an empty element in XML."""
    body = json.loads(prepare_batch([], as_json=True).body(1, REQUEST_ID))
    assert {"RunSummary": []} == body["RunSummarys"]
    root = ET.fromstring(prepare_batch([], as_json=False).body(1, REQUEST_ID))
    assert [] == list(root.findall("RunSummarys/RunSummary"))


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('%d%b"<>&:'))


@given(
    expect=TEXTS.filter(bool),
    message=st.none() | TEXTS,
    numbers=st.lists(st.integers(1, 1000), max_size=3),
    answer=st.integers(0, 1_000_000),
    low=st.integers(-1000, 1000),
    steady=st.booleans(),
)
def test_ready_bodies_are_the_run_summaries(
    expect: str, message: str | None, numbers: list[int], answer: int, low: int, steady: bool
) -> None:
    """With delays put in, the ready pieces are the run summaries, whatever texts hold."""
    delay = low if steady else Wobble(low, low + 50)
    jobs = [
        Job(
            "p",
            f"%s {number}",
            STREAM,
            number,
            expect_state=expect,
            input_delay=delay,
            last_error_message=message,
        )
        for number in numbers
    ]
    expected = [job.run_summary(answer) for job in jobs]
    body = json.loads(prepare_batch(jobs, as_json=True).body(answer, REQUEST_ID))
    assert {"RunSummarys": {"RunSummary": expected}, "RequestId": REQUEST_ID} == body
    root = ET.fromstring(prepare_batch(jobs, as_json=False).body(answer, REQUEST_ID))
    read = [
        {child.tag: child.text or "" for child in row}
        for row in root.findall("RunSummarys/RunSummary")
    ]
    assert [{key: str(value) for key, value in row.items()} for row in expected] == read


def test_a_batch_is_prepared_once_for_each_revision() -> None:
    """The same revision gives the same batch, the next one what changed."""
    cache = BatchCache()
    first = cache.batch(CALL, {"test": TEST_JOB}, 1, as_json=True)
    assert first is cache.batch(CALL, {"test": TEST_JOB}, 1, as_json=True)
    paused = with_fields(TEST_JOB, {"actual_state": "PAUSED"})
    second = cache.batch(CALL, {"test": paused}, 2, as_json=True)
    assert (False, True) == tuple(b"PAUSED" in batch.template for batch in (first, second))


def test_json_and_xml_are_kept_apart() -> None:
    """A batch asked for in both forms is answered in each."""
    cache = BatchCache()
    forms = [cache.batch(CALL, {"test": TEST_JOB}, 1, as_json=form) for form in (True, False)]
    assert [b"{", b"<"] == [batch.template[:1] for batch in forms]


def test_few_batches_are_kept() -> None:
    """When there is no more room, the one that came first goes."""
    cache = BatchCache(limit=1)
    other = RunSummaryCall("test_project", STREAM, ("other",))
    first = cache.batch(CALL, {"test": TEST_JOB}, 1, as_json=True)
    cache.batch(other, {"test": TEST_JOB}, 1, as_json=True)
    again = cache.batch(CALL, {"test": TEST_JOB}, 1, as_json=True)
    assert (True, False) == (first == again, first is again)
