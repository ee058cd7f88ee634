"""Texts of an address, and bodies, as structs."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import msgspec
import pytest
from msgspec import Meta

from watcher.web.api.parameters import read_body, read_texts
from watcher.web.api.problem import Refused


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Asked(msgspec.Struct, frozen=True):
    number: Annotated[int, Meta(ge=0, le=10)] = 5
    flag: bool = False
    name: Annotated[str, Meta(min_length=1, max_length=5)] | None = None
    colours: tuple[Colour, ...] = ()
    at: Annotated[datetime, Meta(tz=True)] | None = None


class Needed(msgspec.Struct, frozen=True):
    id: int


def refused(texts: dict[str, list[str]]) -> list[tuple[str, str | None, str | None]]:
    with pytest.raises(Refused) as raised:
        read_texts(Asked, texts)
    return [(one.parameter, one.found, one.expected) for one in raised.value.faults]


def test_texts_become_values() -> None:
    """Numbers, truths, names, words of a list and times; what is not given has its default."""
    given = {
        "number": ["7"],
        "flag": ["true"],
        "name": ["7"],
        "colours": ["red", "blue"],
        "at": ["2026-11-22T12:00:00Z"],
    }
    expected = Asked(
        7,
        flag=True,
        name="7",
        colours=(Colour.RED, Colour.BLUE),
        at=datetime(2026, 11, 22, 12, tzinfo=UTC),
    )
    assert expected == read_texts(Asked, given)
    assert Asked() == read_texts(Asked, {})


@pytest.mark.parametrize("text", ["", " 7", "7.0", "+7", "1e1", "٧", "0x1", "null", "9" * 400])
def test_a_number_is_of_digits(text: str) -> None:
    """As the document says: nothing else that a language might read as a number."""
    assert [("number", "a whole number in digits")] == [
        (name, expected) for name, _, expected in refused({"number": [text]})
    ]


@pytest.mark.parametrize(
    "texts, fault",
    [
        ({"number": ["11"]}, ("number", "11", "int <= 10")),
        ({"number": ["-1"]}, ("number", "-1", "int >= 0")),
        ({"flag": ["True"]}, ("flag", "True", "true or false")),
        ({"name": [""]}, ("name", "", "str of length >= 1")),
        ({"name": ["a" * 500]}, ("name", "a" * 79 + "…", "str of length <= 5")),
        ({"name": ["a", "b"]}, ("name", "a, b", "it once, not several times")),
        ({"colours": ["red", "green"]}, ("colours", "red, green", "one of: red, blue")),
    ],
)
def test_what_does_not_fit_is_named(
    texts: dict[str, list[str]], fault: tuple[str, str, str]
) -> None:
    """With its value, cut, and what is expected."""
    assert [fault] == refused(texts)


def test_a_time_has_a_zone() -> None:
    """Without one nobody knows which it is."""
    ((name, _, expected),) = refused({"at": ["2026-11-22T12:00:00"]})
    assert "at" == name
    assert "timezone" in (expected or "")


def test_what_is_needed_is_asked_for() -> None:
    """Where it has no default."""
    with pytest.raises(Refused) as raised:
        read_texts(Needed, {})
    assert ["a value; it is required"] == [one.expected for one in raised.value.faults]


def test_a_body_is_read_strictly() -> None:
    """A number in quotes is a text there; the place of a fault within it is named."""
    assert Asked(number=7) == read_body(Asked, b'{"number": 7}')
    for body, name in (
        (b'{"number": "7"}', "number"),
        (b'{"colours": ["red", "green"]}', "colours[1]"),
        (b'{"numbr": 7}', "numbr"),
    ):
        with pytest.raises(Refused) as raised:
            read_body(Asked, body)
        assert [name] == [one.parameter for one in raised.value.faults]
