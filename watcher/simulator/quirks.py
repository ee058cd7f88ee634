"""Turn a good answer into one of the odd shapes that the API's answers may have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from watcher.simulator.encoding import Tree
from watcher.simulator.faults import Fault, FaultKind

SENTINEL_DELAY: Final = -99_999_999
"""InputDelay of a RUNNING job in the vendor's example of GetInstance."""

Row = dict[str, Tree]


def apply_quirks(
    answer: Mapping[str, Tree],
    wrapper: str,
    item: str,
    faults: Iterable[Fault],
    *,
    as_json: bool = True,
) -> Tree:
    """Return the answer with every quirk applied.

    `answer` has its rows under answer[wrapper][item], such as RunSummarys and RunSummary. Without
    its wrapper a list stands under the wrapper's name in JSON, and bare in the root in XML.
    """
    quirks = tuple(faults)
    rows = _rows(answer, wrapper, item)
    for fault in quirks:
        rows = _odd_rows(rows, fault)
    kinds = {fault.kind for fault in quirks}
    tree: Tree = {
        key: _wrapped(rows, item, kinds) if key == wrapper else value
        for key, value in answer.items()
    }
    if FaultKind.BARE_LIST in kinds:
        tree = _unwrapped(answer, rows, wrapper, wrapper if as_json else item)
    if FaultKind.NUMBERS_AS_STRINGS in kinds:
        tree = _numbers_as_strings(tree)
    if FaultKind.LOWER_CAMEL in kinds:
        tree = _lower_camel(tree)
    return {} if FaultKind.EMPTY_OBJECT in kinds else tree


def rows_told(count: int, faults: Iterable[Fault]) -> int:
    """Return how many of so many rows an answer with these quirks still tells."""
    for fault in faults:
        if fault.kind in (FaultKind.EMPTY_LIST, FaultKind.EMPTY_OBJECT):
            return 0
        if fault.kind is FaultKind.HALF:
            count //= 2
    return count


def _rows(answer: Mapping[str, Tree], wrapper: str, item: str) -> list[Row]:
    inner = answer[wrapper]
    rows = inner[item] if isinstance(inner, Mapping) else ()
    if isinstance(rows, str) or not isinstance(rows, Sequence):
        return []
    return [dict(row) for row in rows if isinstance(row, Mapping)]


def _odd_rows(rows: list[Row], fault: Fault) -> list[Row]:
    if fault.kind is FaultKind.EMPTY_LIST:
        return []
    if fault.kind is FaultKind.HALF:
        return rows[: len(rows) // 2]
    return [_odd_row(row, fault) for row in rows]


def _odd_row(row: Row, fault: Fault) -> Row:
    match fault.kind:
        case FaultKind.NULLS:
            return {**row, **dict.fromkeys(fault.fields)}
        case FaultKind.EMPTY_STRINGS:
            return {**row, **dict.fromkeys(fault.fields, "")}
        case FaultKind.ABSENT_FIELDS:
            return {key: value for key, value in row.items() if key not in fault.fields}
        case FaultKind.SENTINEL_DELAY:
            return {**row, "InputDelay": SENTINEL_DELAY}
        case FaultKind.UNKNOWN_STATE:
            return {**row, "ActualState": fault.state}
        case _:
            return row


def _wrapped(rows: list[Row], item: str, kinds: set[FaultKind]) -> Tree:
    single = FaultKind.SINGLE_OBJECT in kinds and len(rows) == 1
    return {item: rows[0] if single else rows}


def _unwrapped(answer: Mapping[str, Tree], rows: list[Row], wrapper: str, name: str) -> Tree:
    return {
        (name if key == wrapper else key): (rows if key == wrapper else value)
        for key, value in answer.items()
    }


def _numbers_as_strings(tree: Tree) -> Tree:
    if isinstance(tree, str | bool) or tree is None:
        return tree
    if isinstance(tree, int):
        return str(tree)
    if isinstance(tree, Mapping):
        return {key: _numbers_as_strings(value) for key, value in tree.items()}
    return [_numbers_as_strings(value) for value in tree]


def _lower_camel(tree: Tree) -> Tree:
    if isinstance(tree, Mapping):
        return {key[:1].lower() + key[1:]: _lower_camel(value) for key, value in tree.items()}
    if isinstance(tree, str) or not isinstance(tree, Sequence):
        return tree
    return [_lower_camel(value) for value in tree]
