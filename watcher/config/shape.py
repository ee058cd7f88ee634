"""What the tables of the file may hold at a path: which keys, and whether the value is a secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, get_args, get_origin

from pydantic import BaseModel, Secret, SecretBytes, SecretStr
from pydantic.fields import FieldInfo

from watcher.config.positions import KeyPath

SECRETS: Final = (SecretStr, SecretBytes, Secret)
"""The types of values that show themselves to nobody."""


def key_of(name: str, field: FieldInfo) -> str:
    """How the file writes a field: by its alias, where it has one."""
    return field.alias or name


def keys_of(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys that a table may have, in the order of its declaration."""
    return tuple(key_of(name, field) for name, field in model.model_fields.items())


def known_keys(model: type[BaseModel], path: KeyPath) -> tuple[str, ...]:
    """The keys that the table at `path` below `model` may have; none where no table can be."""
    return tuple(key for table in _tables_in(_types_at(model, path)) for key in keys_of(table))


def is_secret(model: type[BaseModel], path: KeyPath) -> bool:
    """Whether the value at `path` is one that nobody but its user may see."""
    return any(
        _hides(kind)
        for length in range(1, len(path) + 1)
        for kind in _types_at(model, path[:length])
    )


def _hides(kind: object) -> bool:
    origin = get_origin(kind) or kind
    return isinstance(origin, type) and issubclass(origin, SECRETS)


def _types_at(model: type[BaseModel], path: KeyPath) -> tuple[object, ...]:
    """Every type that may stand at `path`; an index or a key of a mapping goes into its members."""
    types: tuple[object, ...] = (model,)
    for step in path:
        field = _field_in(types, step)
        if field is not None:
            types = tuple(_flat(field.annotation))
        elif isinstance(types[0], type):
            return ()
    return types


def _field_in(types: tuple[object, ...], step: str | int) -> FieldInfo | None:
    for table in _tables_in(types):
        for name, field in table.model_fields.items():
            if step == key_of(name, field):
                return field
    return None


def _tables_in(types: tuple[object, ...]) -> Iterator[type[BaseModel]]:
    return (kind for kind in types if isinstance(kind, type) and issubclass(kind, BaseModel))


def _flat(annotation: object) -> Iterator[object]:
    yield annotation
    for inner in get_args(annotation):
        yield from _flat(inner)


def secret_texts(
    model: type[BaseModel], table: Mapping[str, object]
) -> Iterator[tuple[KeyPath, str]]:
    """The texts in an unjudged table that stand where its model has a secret, and where."""
    waiting: list[tuple[KeyPath, object]] = [((), table)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(((*path, key), inner) for key, inner in value.items())
        elif isinstance(value, list):
            waiting.extend(((*path, number), inner) for number, inner in enumerate(value))
        elif isinstance(value, str) and value and is_secret(model, path):
            yield path, value
