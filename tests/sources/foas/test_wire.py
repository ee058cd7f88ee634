"""Answers become run summaries, quickly where they are as documented, rightly in any case."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.run_summary import RunSummary
from watcher.ports import HttpAnswer
from watcher.sources.foas.lenient import UnreadableError
from watcher.sources.foas.wire import (
    ListedJob,
    ListingPage,
    read_leniently,
    read_listing_page,
    read_run_summaries,
)

JSON, XML = "application/json;charset=utf-8", "text/xml;charset=utf-8"
HANDLER = "application_1564648959240_0125|6150954a90852814ce0c6eace9868691"
EXAMPLE = RunSummary(
    job_name="test",
    expect_state="RUNNING",
    actual_state="RUNNING",
    instance_id=177474,
    engine_job_handler=HANDLER,
    input_delay_ms=0,
)
EXAMPLE_JSON = f"""{{
    "RunSummarys":{{ "RunSummary":[ {{
        "ExpectState":"RUNNING", "InputDelay":0, "JobName":"test",
        "EngineJobHandler":"{HANDLER}", "Id":177474, "ActualState":"RUNNING"
    }} ] }},
    "RequestId":"45BE0E07-8543-4EEE-BC4D-E846E4C1230D"
}}"""
EXAMPLE_XML = f"""<BatchGetInstanceRunSummaryResponse>
  <RunSummarys><RunSummary>
      <ExpectState>RUNNING</ExpectState><InputDelay>0</InputDelay><JobName>test</JobName>
      <EngineJobHandler>{HANDLER}</EngineJobHandler>
      <ActualState>RUNNING</ActualState><Id>177474</Id>
  </RunSummary></RunSummarys>
  <RequestId>45BE0E07-8543-4EEE-BC4D-E846E4C1230D</RequestId>
</BatchGetInstanceRunSummaryResponse>"""


def answer(body: str | bytes, content_type: str = JSON) -> HttpAnswer:
    raw = body.encode() if isinstance(body, str) else body
    return HttpAnswer(200, {"content-type": content_type}, raw)


def read_row(**row: Any) -> RunSummary:
    body = json.dumps({"RunSummarys": {"RunSummary": [row]}})
    return read_run_summaries(answer(body))[0]


@pytest.mark.parametrize("body, content_type", [(EXAMPLE_JSON, JSON), (EXAMPLE_XML, XML)])
def test_the_vendors_examples(body: str, content_type: str) -> None:
    """Both examples of the API's page give the same run summary."""
    assert [EXAMPLE] == read_run_summaries(answer(body, content_type))


def test_it_is_the_cores_own_class() -> None:
    """A quickly read run summary is saved and compared like any other."""
    assert RunSummary is type(read_run_summaries(answer(EXAMPLE_JSON))[0])


@pytest.mark.parametrize("key", ["Id", "ID", "id"])
def test_all_eight_fields(key: str) -> None:
    """Every field arrives, on the quick way and on the lenient one."""
    row = {
        "JobName": "作业 1",
        "ExpectState": "RUNNING",
        "ActualState": "PAUSED",
        key: 7,
        "EngineJobHandler": "a | b",
        "InputDelay": -99999999,
        "LastErrorMessage": "boom\n\tat x",
        "LastErrorTime": 1548397575000,
    }
    expected = RunSummary(
        "作业 1", "RUNNING", "PAUSED", 7, "a | b", -99999999, "boom\n\tat x", 1548397575000
    )
    assert expected == read_row(**row)


QUIRKS: list[dict[str, Any]] = [
    {"JobName": "test", "Id": "177474"},
    {"jobName": "test", "id": 177474},
    {"JobName": "test", "Id": 177474.0, "LastErrorTime": ""},
    {"JobName": "test", "Id": 177474, "ExpectState": "", "LastErrorMessage": ""},
    {"JobName": "test", "Id": 177474, "InputDelay": None, "LastErrorTime": None},
    {"JobName": "test", "Id": 177474, "Surprise": {"a": [1]}},
]


@pytest.mark.parametrize("row", QUIRKS)
def test_quirks_mean_the_same(row: dict[str, Any]) -> None:
    """Every writing of the same record is the same run summary."""
    assert RunSummary("test", instance_id=177474) == read_row(**row)


def test_an_id_that_is_no_number_is_a_text() -> None:
    """Ids elsewhere are texts; one is carried as it is."""
    assert "0f3c-a1" == read_row(JobName="a", Id="0f3c-a1").instance_id


def test_an_unknown_state_is_carried() -> None:
    """States are open: one that no page lists is no error."""
    assert "MIGRATING" == read_row(JobName="a", ActualState="MIGRATING").actual_state


@pytest.mark.parametrize("row", [{}, {"JobName": ""}, {"JobName": None}, {"Id": 1}])
def test_a_record_without_name_spoils_the_answer(row: dict[str, Any]) -> None:
    """A record that cannot be told apart makes the whole answer unreadable."""
    with pytest.raises(UnreadableError):
        read_row(**row)


@pytest.mark.parametrize("body", ["{}", '{"RunSummarys":{"RunSummary":[]}}', '{"RequestId":"x"}'])
def test_no_jobs_at_all(body: str) -> None:
    """An answer without jobs is an answer."""
    assert [] == read_run_summaries(answer(body))


texts = st.text(st.characters(codec="utf-8"), max_size=8)
numbers = st.integers(min_value=-(2**64), max_value=2**64)
odd = st.one_of(st.none(), st.booleans(), numbers, st.floats(), texts, st.just([]), st.just({}))
key_names = [
    "JobName",
    "ExpectState",
    "ActualState",
    "Id",
    "EngineJobHandler",
    "InputDelay",
    "LastErrorMessage",
    "LastErrorTime",
]
rows = st.one_of(
    st.fixed_dictionaries(
        {"JobName": texts},
        optional={
            "ExpectState": texts,
            "ActualState": st.one_of(st.none(), texts),
            "Id": st.one_of(numbers, st.floats(allow_nan=False, allow_infinity=False)),
            "InputDelay": st.one_of(st.none(), numbers),
            "LastErrorMessage": texts,
            "LastErrorTime": numbers,
        },
    ),
    st.dictionaries(st.sampled_from([*key_names, "jobname", "id", "x"]), odd, max_size=9),
)


def outcome(body: bytes, *, leniently: bool) -> list[RunSummary] | str:
    try:
        return read_leniently(body, JSON) if leniently else read_run_summaries(answer(body))
    except UnreadableError:
        return "unreadable"


@given(st.lists(rows, max_size=4))
def test_the_quick_way_and_the_lenient_one_agree(records: list[dict[str, Any]]) -> None:
    """For every answer both ways give equal run summaries, or both refuse."""
    body = json.dumps({"RunSummarys": {"RunSummary": records}, "RequestId": "x"}).encode()
    assert outcome(body, leniently=True) == outcome(body, leniently=False)


@given(st.lists(rows, max_size=4), st.data())
def test_cut_answers_agree_too(records: list[dict[str, Any]], data: st.DataObject) -> None:
    """An answer that is cut anywhere is refused by both ways, never read in half."""
    body = json.dumps({"RunSummarys": {"RunSummary": records}}, ensure_ascii=False).encode()
    cut = body[: data.draw(st.integers(0, len(body) - 1))]
    assert "unreadable" == outcome(cut, leniently=False) == outcome(cut, leniently=True)


LISTING = """{"TotalCount":3,"TotalPage":1,"PageSize":10,"PageIndex":1,"Jobs":{"Job":[
    {"JobName":"a","IsCommitted":true}, {"JobName":"b","IsCommitted":"false"}, {"JobName":"c"}]}}"""
LISTING_XML = """<ListJobResponse><TotalCount>3</TotalCount><Jobs>
    <Job><JobName>a</JobName><IsCommitted>true</IsCommitted></Job>
    <Job><JobName>b</JobName><IsCommitted>false</IsCommitted></Job>
    <Job><JobName>c</JobName></Job></Jobs></ListJobResponse>"""


@pytest.mark.parametrize("body, content_type", [(LISTING, JSON), (LISTING_XML, XML)])
def test_a_page_of_a_listing(body: str, content_type: str) -> None:
    """Names, the total, and which jobs are marked as drafts; unmarked ones are none."""
    jobs = (ListedJob("a", True), ListedJob("b", False), ListedJob("c", True))
    assert ListingPage(3, jobs) == read_listing_page(answer(body, content_type))


@pytest.mark.parametrize(
    "body", ["{}", '{"Jobs":{"Job":[]}}', '{"TotalCount":"x","Jobs":""}', "[]"]
)
def test_a_listing_that_does_not_say_its_total_is_none(body: str) -> None:
    """Without TotalCount nobody knows whether a listing is whole."""
    with pytest.raises(UnreadableError):
        read_listing_page(answer(body))


@pytest.mark.parametrize("body", [b'{"a":' * 20_000, b"[" * 20_000, b'{"RunSummarys":' * 20_000])
def test_deep_json_is_no_crash(body: bytes) -> None:
    """What is nested beyond any sense is unreadable, so that `blind` can say so."""
    with pytest.raises(UnreadableError):
        read_run_summaries(HttpAnswer(200, {"content-type": JSON}, body))
