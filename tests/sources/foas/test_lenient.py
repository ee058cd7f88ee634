"""Answers of any shape, read for what they mean."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.sources.foas import lenient
from watcher.sources.foas.lenient import Plain, UnreadableError

JSON, XML = "application/json;charset=utf-8", "text/xml;charset=utf-8"


@pytest.mark.parametrize(
    "body, content_type, tree",
    [
        (b'{"a": 1}', JSON, {"a": 1}),
        (b"[]", "APPLICATION/JSON", []),
        (b'\xef\xbb\xbf{"a": "\xe4\xbd\x9c"}', JSON, {"a": "作"}),
        (rb'{"a": "cut \ud83d"}', JSON, {"a": "cut �"}),
        (rb'{"a": ["\ud83d\ude00"]}', JSON, {"a": ["😀"]}),
        (b'{"a": "\xff"}', JSON, {"a": "�"}),
        (b"<R><a>1</a><b/><c><d>x</d></c></R>", XML, {"a": "1", "b": None, "c": {"d": "x"}}),
        (b'<R xmlns="urn:x"><a>1</a><a>2</a></R>', XML, {"a": ["1", "2"]}),
        (b"<R/>", XML, {}),
        (b' {"a": 1}', "", {"a": 1}),
        (b"<R><a>1</a></R>", "text/plain", {"a": "1"}),
        (b'{"a": 1}', "text/html", {"a": 1}),
    ],
)
def test_the_content_type_says_how_to_read(body: bytes, content_type: str, tree: Plain) -> None:
    """JSON and XML become the same plain values; a mute Content-Type is made up for."""
    assert tree == lenient.parse(body, content_type)


BILLION_LAUGHS = (
    b'<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><r><x>&b;</x></r>'
)


@pytest.mark.parametrize(
    "body, content_type, words",
    [
        (b"", JSON, "an empty body"),
        (b" ", XML, "an empty body"),
        (b'{"RunSummarys":{"Run', JSON, "no JSON"),
        (b"[" * 100_000, JSON, "no JSON"),
        (b"9" * 5_000, JSON, "no JSON"),
        (b"<R><a>", XML, "no XML"),
        (b"<R>\xff</R>", XML, "no XML"),
        (b'<?xml version="1.0" encoding="nonsense"?><R/>', XML, "no XML"),
        (BILLION_LAUGHS, XML, "document type or entities"),
        (b'<!DOCTYPE r SYSTEM "http://x/"><r/>', XML, "document type or entities"),
        (b"<html></html>", "text/html", r"neither JSON nor XML \(text/html\)"),
        (b"hello", "", r"neither JSON nor XML \(no Content-Type\)"),
    ],
)
def test_what_is_neither_is_named(body: bytes, content_type: str, words: str) -> None:
    """What cannot be read says what it is instead, and nothing of it is carried out."""
    with pytest.raises(UnreadableError, match=words):
        lenient.parse(body, content_type)


def test_deep_xml_is_no_crash() -> None:
    """Elements nested beyond any sense end as unreadable."""
    with pytest.raises(UnreadableError):
        lenient.parse(b"<a>" * 20_000 + b"</a>" * 20_000, XML)


ROW: Plain = {"JobName": "a"}


@pytest.mark.parametrize(
    "tree, number",
    [
        ({"RunSummarys": {"RunSummary": [ROW, ROW]}}, 2),
        ({"RunSummarys": {"RunSummary": ROW}}, 1),
        ({"RunSummarys": [ROW, ROW]}, 2),
        ({"RunSummarys": ROW}, 1),
        ({"RunSummary": [ROW]}, 1),
        ({"runSummarys": {"runSummary": [{"jobName": "a"}]}}, 1),
        ([ROW, ROW], 2),
        (ROW, 1),
        ({"RunSummarys": {"RunSummary": []}}, 0),
        ({"RunSummarys": {"RunSummary": None}}, 0),
        ({"RunSummarys": {}}, 0),
        ({"RunSummarys": None}, 0),
        ({"RunSummarys": ""}, 0),
        ({"RunSummarys": []}, 0),
        ({"RequestId": "x"}, 0),
        ({}, 0),
        ([], 0),
    ],
)
def test_records_are_found_in_every_wrapping(tree: Plain, number: int) -> None:
    """With and without wrappers, one record or many, none in every form."""
    assert number == len(lenient.find_rows(tree, "RunSummarys", "RunSummary"))


@pytest.mark.parametrize(
    "tree",
    [
        {"error": "please log in"},
        {"Code": "Throttling"},
        {"RunSummarys": {"Something": 1}},
        {"RunSummarys": 5},
        {"RunSummarys": "text"},
        {"RunSummarys": {"RunSummary": [ROW, None]}},
        [1],
        "text",
        True,
    ],
)
def test_something_else_is_not_an_empty_answer(tree: Plain) -> None:
    """An answer that holds something else does not pass for one without jobs."""
    with pytest.raises(UnreadableError):
        lenient.find_rows(tree, "RunSummarys", "RunSummary")


@pytest.mark.parametrize(
    "value, number",
    [
        (177474, 177474),
        ("177474", 177474),
        (" -99999999 ", -99999999),
        (300.0, 300),
        (0, 0),
        (2**63 - 1, 2**63 - 1),
        (str(-(2**63)), -(2**63)),
        (None, None),
        ("", None),
        ("  ", None),
    ],
)
def test_numbers_are_read_in_every_writing(value: Plain, number: int | None) -> None:
    """A number, its digits, nothing."""
    assert number == lenient.integer({"Id": value}, "Id")


@pytest.mark.parametrize(
    "value", ["abc", "1_000", "１", "1.5", 1.5, True, [], {}, 2**63, str(2**63), "9" * 5000]
)
def test_what_is_no_number_is_refused(value: Plain) -> None:
    """A number that is none, or that nothing downstream could keep, is not made up."""
    with pytest.raises(UnreadableError, match="Id is no whole number"):
        lenient.integer({"Id": value}, "Id")


@pytest.mark.parametrize(
    "value, read", [("x", "x"), ("", None), (None, None), (7, "7"), (" ", " "), ("MIGRATING",) * 2]
)
def test_texts_are_read_in_every_writing(value: Plain, read: str | None) -> None:
    """An empty text and null are absent; a number stands for its digits."""
    assert read == lenient.text({"ActualState": value}, "actualstate")


@pytest.mark.parametrize("value", [True, [], {}, ["x"]])
def test_what_is_no_text_is_refused(value: Plain) -> None:
    """A structure where a text should be is not guessed at."""
    with pytest.raises(UnreadableError, match="ActualState is no text"):
        lenient.text({"ActualState": value}, "ActualState")


@pytest.mark.parametrize(
    "value, read", [(True, True), ("false", False), (" TRUE ", True), (None, None), (0, None)]
)
def test_truth(value: Plain, read: bool | None) -> None:
    """A boolean may be written as a text; what is none is unknown."""
    assert read is lenient.truth({"IsCommitted": value}, "IsCommitted")


def test_a_key_as_written_goes_before_one_in_another_case() -> None:
    """Where both are there, the documented one counts."""
    assert 1 == lenient.find({"id": 2, "Id": 1}, "Id")


@given(st.binary(max_size=300), st.sampled_from([JSON, XML, "text/html", ""]))
def test_no_bytes_crash_it(body: bytes, content_type: str) -> None:
    """Whatever comes is read or refused, and nothing else is raised."""
    with suppress(UnreadableError):
        lenient.find_rows(lenient.parse(body, content_type), "RunSummarys", "RunSummary")
