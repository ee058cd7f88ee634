"""What all tables of the configuration have in common."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import SecretStr, ValidationError

from watcher.tables import AtLeastOne, Many, PositiveSpan, Span, StrictTable


class Table(StrictTable):
    names: Many[str] = ()
    wait: Span = timedelta(0)
    every: PositiveSpan = timedelta(seconds=1)
    some: AtLeastOne[str] = ("x",)
    secret: SecretStr = SecretStr("")


def faults_of(values: object) -> dict[str, str]:
    with pytest.raises(ValidationError) as caught:
        Table.model_validate(values)
    return {".".join(map(str, fault["loc"])): fault["msg"] for fault in caught.value.errors()}


def test_a_table_reads_what_toml_gives() -> None:
    """Lists become tuples and spans become timedeltas."""
    table = Table.model_validate({"names": ["a", "b"], "wait": "0s", "every": "5m"})
    assert (("a", "b"), timedelta(0), timedelta(minutes=5)) == (
        table.names,
        table.wait,
        table.every,
    )


def test_all_faults_come_at_once() -> None:
    """Each fault of a table is told with its key."""
    faults = faults_of({"names": ["a", 1], "wait": "soon", "every": "0s", "nmaes": []})
    assert {"names.1", "wait", "every", "nmaes"} == set(faults)
    assert "must be longer than 0s" in faults["every"]
    assert "'soon' is no span" in faults["wait"]


@pytest.mark.parametrize("written", [5, 5.5, True, None, ["5s"]])
def test_a_span_without_unit_is_refused_in_words(written: object) -> None:
    """A bare number is no span: its unit would be a guess."""
    assert "is no span" in faults_of({"wait": written})["wait"]


@pytest.mark.parametrize("written, key", [([], "some"), ([1], "some.0")])
def test_a_list_that_may_not_be_empty(written: list[object], key: str) -> None:
    """An empty list is a fault; one with a bad member has that fault only."""
    assert [key] == list(faults_of({"some": written}))
    assert 1 == Table.model_json_schema()["properties"]["some"]["minItems"]


def test_a_table_never_changes() -> None:
    """A validated table cannot be changed behind the back of who uses it."""
    table = Table()
    with pytest.raises(ValidationError):
        setattr(table, "wait", timedelta(seconds=1))  # noqa: B010 - mypy refuses it as well


def test_a_fault_never_shows_what_was_found() -> None:
    """Values may be secrets; a fault's text does not quote them."""
    with pytest.raises(ValidationError) as caught:
        Table.model_validate({"secret": ["planted-secret"], "names": "planted-secret"})
    assert "planted-secret" not in str(caught.value)


def test_the_schema_says_how_a_span_is_written() -> None:
    """In the JSON Schema a span is a text with a pattern."""
    schema = Table.model_json_schema()["properties"]["wait"]
    assert ("string", r"^\s*[0-9]+(ms|s|m|h|d)\s*$") == (schema["type"], schema["pattern"])
