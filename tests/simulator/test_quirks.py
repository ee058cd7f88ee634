"""Each quirk has the shape that the API's answers may have."""

from __future__ import annotations

from typing import Any

import pytest

from watcher.simulator.encoding import Tree, encode_xml
from watcher.simulator.faults import OPTIONAL_FIELDS, QUIRKS, Fault, FaultKind
from watcher.simulator.quirks import apply_quirks, rows_told

ROW: dict[str, Tree] = {
    "JobName": "a",
    "Id": 1,
    "InputDelay": 5,
    "ActualState": "RUNNING",
    "LastErrorMessage": "x",
    "LastErrorTime": 9,
}
EXPECTED: dict[FaultKind, Any] = {
    FaultKind.NUMBERS_AS_STRINGS: {
        "N": "3",
        "R": {"S": [{**ROW, "Id": "1", "InputDelay": "5", "LastErrorTime": "9"}]},
    },
    FaultKind.NULLS: {"N": 3, "R": {"S": [{**ROW, **dict.fromkeys(OPTIONAL_FIELDS)}]}},
    FaultKind.EMPTY_STRINGS: {"N": 3, "R": {"S": [{**ROW, **dict.fromkeys(OPTIONAL_FIELDS, "")}]}},
    FaultKind.ABSENT_FIELDS: {
        "N": 3,
        "R": {"S": [{"JobName": "a", "Id": 1, "ActualState": "RUNNING"}]},
    },
    FaultKind.LOWER_CAMEL: {
        "n": 3,
        "r": {"s": [{key[0].lower() + key[1:]: value for key, value in ROW.items()}]},
    },
    FaultKind.SINGLE_OBJECT: {"N": 3, "R": {"S": ROW}},
    FaultKind.BARE_LIST: {"N": 3, "R": [ROW]},
    FaultKind.EMPTY_OBJECT: {},
    FaultKind.EMPTY_LIST: {"N": 3, "R": {"S": []}},
    FaultKind.SENTINEL_DELAY: {"N": 3, "R": {"S": [{**ROW, "InputDelay": -99999999}]}},
    FaultKind.UNKNOWN_STATE: {"N": 3, "R": {"S": [{**ROW, "ActualState": "MIGRATING"}]}},
    FaultKind.FROZEN: {"N": 3, "R": {"S": [ROW]}},
    FaultKind.HALF: {"N": 3, "R": {"S": []}},
}


def answer(*rows: dict[str, Tree]) -> dict[str, Tree]:
    return {"N": 3, "R": {"S": list(rows)}}


@pytest.mark.parametrize("kind", sorted(QUIRKS))
def test_each_quirk_has_its_shape(kind: FaultKind) -> None:
    """Every quirk makes exactly the odd answer that it is named for."""
    assert EXPECTED[kind] == apply_quirks(answer(ROW), "R", "S", [Fault(kind)])


def test_only_one_object_is_no_list() -> None:
    """With two rows there is a list, even from an API that tells one as an object."""
    two = answer(ROW, ROW)
    assert two == apply_quirks(two, "R", "S", [Fault(FaultKind.SINGLE_OBJECT)])


def test_half_of_the_rows() -> None:
    """Of five rows two come."""
    five = answer(*[ROW] * 5)
    half = [Fault(FaultKind.HALF)]
    assert answer(ROW, ROW) == apply_quirks(five, "R", "S", half)
    assert rows_told(5, half) == 2


def test_nothing_is_told_of_an_empty_answer() -> None:
    """The count of rows told is 0 where the answer is empty."""
    kinds = (FaultKind.EMPTY_LIST, FaultKind.EMPTY_OBJECT)
    assert [0, 0] == [rows_told(5, [Fault(kind)]) for kind in kinds]


def test_quirks_add_up() -> None:
    """Several quirks at once all show."""
    faults = [
        Fault(FaultKind.LOWER_CAMEL),
        Fault(FaultKind.BARE_LIST),
        Fault(FaultKind.NUMBERS_AS_STRINGS),
        Fault(FaultKind.ABSENT_FIELDS, fields=("InputDelay", "LastErrorMessage", "LastErrorTime")),
    ]
    expected = {"n": "3", "r": [{"jobName": "a", "id": "1", "actualState": "RUNNING"}]}
    assert expected == apply_quirks(answer(ROW), "R", "S", faults)


def test_without_its_wrapper_in_xml() -> None:
    """In XML the rows then stand in the root, under their own name."""
    bare = [Fault(FaultKind.BARE_LIST)]
    tree = apply_quirks({"R": {"S": [{"A": 1}, {"A": 2}]}}, "R", "S", bare, as_json=False)
    assert encode_xml("Root", tree) == b"<Root><S><A>1</A></S><S><A>2</A></S></Root>"


def test_the_fields_of_a_quirk_can_be_chosen() -> None:
    """A fault may name other fields, also ones that the row does not have."""
    fault = Fault(FaultKind.NULLS, fields=("ExpectState",))
    assert answer({"A": 1, "ExpectState": None}) == apply_quirks(
        answer({"A": 1}), "R", "S", [fault]
    )
