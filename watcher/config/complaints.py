"""A table's validation errors, in the words of the person who writes the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, Protocol, TypeGuard

import msgspec
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from watcher.config.faults import Fault, did_you_mean, quoted
from watcher.config.positions import KeyPath, Positions, write_path
from watcher.config.shape import is_secret, known_keys

EXPECTED: Final = MappingProxyType(
    {
        "string_type": "a text in quotes",
        "int_type": "a whole number",
        "int_from_float": "a whole number",
        "float_type": "a number",
        "bool_type": "true or false",
        "list_type": "a list",
        "tuple_type": "a list",
        "dict_type": "a table",
        "model_type": "a table",
        "model_attributes_type": "a table",
        "mapping_type": "a table",
    }
)
"""What TOML calls the types that pydantic asks for."""

HUGE: Final = 10**30
"""Numbers beyond it are not shown; Python refuses to write the longest ones at all."""

_PREFIX: Final = re.compile(r"^(Value error, |[A-Z][a-z]+ should (be |have )?)")
_CHOICE: Final = re.compile(r"'([^']*)'")


class Written(msgspec.Struct, frozen=True):
    """A document as it stands in the file, before any `${…}` was replaced, and where."""

    document: Mapping[str, object]
    positions: Positions

    def __repr__(self) -> str:
        """How much was written; the values may be secrets."""
        return f"Written({len(self.document)} keys)"

    def reach(self, path: KeyPath) -> tuple[KeyPath, object]:
        """The part of `path` that the file has, and the value there.

        Validators add steps of their own: the member of a union, the index of what was written
        without a list.  A last step that the file lacks is left out too.
        """
        node: object = self.document
        found: list[str | int] = []
        for step in path:
            if _has(node, step):
                node = node[step]
                found.append(step)
        return tuple(found), node

    def fault(
        self,
        path: KeyPath,
        *,
        found: str | None = None,
        allowed: str | None = None,
        hint: str | None = None,
    ) -> Fault:
        """A fault of the key at `path`, with its line."""
        return Fault(self.positions.line(path), write_path(path), found, allowed, hint)


def _has(node: object, step: str | int) -> TypeGuard[_Steps]:
    if isinstance(node, dict):
        return step in node
    return isinstance(node, list) and isinstance(step, int) and step < len(node)


class _Steps(Protocol):
    def __getitem__(self, step: str | int, /) -> object: ...


def complaints(
    error: ValidationError, model: type[BaseModel], at: KeyPath, written: Written
) -> Iterator[tuple[KeyPath, Fault]]:
    """A fault for each place that `error` names, in a table of type `model` that stands at `at`."""
    by_place: dict[KeyPath, list[Fault]] = {}
    for detail in error.errors(include_url=False):
        if _follows(detail, at, written):
            continue
        path, fault = _complain(detail, model, at, written)
        by_place.setdefault(path, []).append(fault)
    for path, faults in by_place.items():
        yield path, _merge(faults)


def _follows(detail: ErrorDetails, at: KeyPath, written: Written) -> bool:
    """Whether a list is too short only because members of it are faulty."""
    _, value = written.reach((*at, *detail["loc"]))
    least = detail.get("ctx", {}).get("min_length", 0)
    return detail["type"] == "too_short" and isinstance(value, list) and len(value) >= least


def _merge(faults: list[Fault]) -> Fault:
    """One fault of one place: what a union's members would each allow, joined by "or"."""
    allowed = [fault.allowed for fault in faults if fault.allowed]
    hints = [fault.hint for fault in faults if fault.hint]
    return msgspec.structs.replace(
        faults[0],
        allowed=" or ".join(dict.fromkeys(allowed)) or None,
        hint="; ".join(dict.fromkeys(hints)) or None,
    )


def _complain(
    detail: ErrorDetails, model: type[BaseModel], at: KeyPath, written: Written
) -> tuple[KeyPath, Fault]:
    path, value = written.reach((*at, *detail["loc"]))
    if detail["type"] == "missing":
        path = (*path, detail["loc"][-1])
        hint = "this key must be given"
        return path, written.fault(path, found="nothing", hint=hint)
    if detail["type"] == "extra_forbidden":
        return path, _unknown_key(path, model, at, written)
    hidden = is_secret(model, path[len(at) :])
    return path, _bad_value(detail, path, None if hidden else value, written)


def _unknown_key(path: KeyPath, model: type[BaseModel], at: KeyPath, written: Written) -> Fault:
    keys = known_keys(model, path[len(at) : -1])
    return written.fault(
        path,
        found=f"an unknown key {quoted(str(path[-1]))}",
        allowed=", ".join(keys) or None,
        hint=did_you_mean(str(path[-1]), keys),
    )


def _bad_value(detail: ErrorDetails, path: KeyPath, value: object, written: Written) -> Fault:
    found = show(value)
    if detail["type"] == "value_error":
        said = _PREFIX.sub("", detail["msg"])
        whole_table = isinstance(value, dict)
        return written.fault(
            path, found=None if whole_table or _tells(said, value) else found, hint=said
        )
    choices = _choices(detail)
    if choices:
        near = did_you_mean(value, choices) if isinstance(value, str) else None
        return written.fault(path, found=found, allowed=", ".join(choices), hint=near)
    return written.fault(path, found=found, allowed=_allowed(detail, value))


def _allowed(detail: ErrorDetails, value: object) -> str:
    if detail["type"] == "too_short":
        return f"at least {detail.get('ctx', {}).get('min_length')}"
    expected = EXPECTED.get(detail["type"]) or _PREFIX.sub("", detail["msg"])
    as_list = expected == "a list" and isinstance(value, str)
    return f"a list, [{show(value)}]" if as_list else expected


def _tells(said: str, value: object) -> bool:
    return isinstance(value, str) and bool(value) and value in said


def _choices(detail: ErrorDetails) -> list[str]:
    if detail["type"] not in {"literal_error", "enum"}:
        return []
    return _CHOICE.findall(str(detail.get("ctx", {}).get("expected", "")))


def show(value: object) -> str:
    """A value of the file as a phrase; `None` stands for one that must not be shown."""
    if value is None:
        return "a value that is not shown"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value) if abs(value) < HUGE else "a huge number"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    return "a date or time"


def outside(faults: Iterable[tuple[KeyPath, Fault]], broken: Iterable[KeyPath]) -> Iterator[Fault]:
    """The faults that do not merely follow from a `${…}` that could not be replaced.

    A table's own judgement rests on all its values, so it waits until all of them are known.
    """
    known = tuple(broken)
    for path, fault in faults:
        if not any(place[: len(path)] == path for place in known):
            yield fault
