"""Reads what a request gives into the struct that its operation takes, strictly."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec.inspect import (
    BoolType,
    EnumType,
    IntType,
    Metadata,
    NoneType,
    Type,
    UnionType,
    VarTupleType,
    type_info,
)
from msgspec.structs import FieldInfo, fields

from watcher.web.api.problem import Fault, Refused, shown, unknown, wrong

_INTEGER: Final = re.compile(r"-?[0-9]{1,30}")
_TRUTHS: Final = ("true", "false")
_PLACE: Final = re.compile(r" - at `\$(.*)`$")


def read_texts(takes: type[msgspec.Struct], given: Mapping[str, Sequence[str]]) -> msgspec.Struct:
    """The struct of what a path and a query give as texts; `Refused` names every fault."""
    known = {field.encode_name: field for field in fields(takes)}
    faults = [unknown(name, known) for name in given if name not in known]
    values: dict[str, object] = {}
    for name, field in known.items():
        texts = given.get(name, ())
        try:
            if texts:
                values[field.name] = _value(texts, field)
            elif field.required:
                faults.append(Fault(name, expected="a value; it is required"))
        except ValueError as error:
            faults.append(Fault(name, found=shown(", ".join(texts)), expected=str(error)))
    if faults:
        raise wrong(faults)
    return takes(**values)


def _value(texts: Sequence[str], field: FieldInfo) -> object:
    kind = _bare(type_info(field.type))
    if isinstance(kind, VarTupleType):
        item = _bare(kind.item_type)
        found: object = [_scalar(text, item) for text in texts]
    elif len(texts) > 1:
        raise ValueError("it once, not several times")
    else:
        found = _scalar(texts[0], kind)
    try:
        return msgspec.convert(found, field.type)
    except msgspec.ValidationError as error:
        raise ValueError(_expected(str(error))) from None


def _bare(kind: Type) -> Type:
    """The type itself, without what is said about it and without `None`."""
    if isinstance(kind, Metadata):
        return _bare(kind.type)
    if isinstance(kind, UnionType):
        return _bare(next(one for one in kind.types if not isinstance(one, NoneType)))
    return kind


def _scalar(text: str, kind: Type) -> object:
    """What a text in an address stands for; `ValueError` says what is expected."""
    if isinstance(kind, IntType):
        if _INTEGER.fullmatch(text) is None:
            raise ValueError("a whole number in digits")
        return int(text)
    if isinstance(kind, BoolType):
        if text not in _TRUTHS:
            raise ValueError("true or false")
        return text == "true"
    if isinstance(kind, EnumType):
        values = [one.value for one in kind.cls]
        if text not in values:
            raise ValueError(f"one of: {', '.join(values)}")
    return text


def read_body(takes: type[msgspec.Struct], body: bytes) -> msgspec.Struct:
    """The struct of a JSON body; `Refused` says what is wrong with it."""
    try:
        given = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise Refused(400, f"The body is no JSON: {error}.") from None
    if not isinstance(given, dict):
        raise Refused(400, "The body is not a JSON object.")
    known = {field.encode_name for field in fields(takes)}
    if faults := [unknown(name, known) for name in given if name not in known]:
        raise wrong(faults)
    try:
        return msgspec.convert(given, takes)
    except msgspec.ValidationError as error:
        raise wrong([_fault(str(error), given)]) from None


def _fault(words: str, given: dict[str, Any]) -> Fault:
    place = _PLACE.search(words)
    path = place.group(1).lstrip(".") if place else "body"
    name = re.split(r"[.\[]", path)[0]
    found = shown(given[name]) if name in given else None
    return Fault(path, found=found, expected=_expected(words))


def _expected(words: str) -> str:
    """What msgspec expected, without where: "Expected `int` >= 1"."""
    return _PLACE.sub("", words).removeprefix("Expected ").replace("`", "")
