"""The OpenAPI 3.1 document, made of the operations: what it says is what the routes do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from msgspec.structs import FieldInfo, fields

from watcher.web.api.operation import BASE, Operation
from watcher.web.api.problem import CONTENT_TYPE, Problem

VERSION: Final = "1.0.0"
"""Of the API: what is added raises the second number; nothing else changes under this path."""

ABOUT: Final = """\
How a watcher sees its Flink jobs, what it told of them and to whom.  Times are RFC 3339 in UTC.
Unknown parameters are refused.  HEAD works wherever GET does.  What looks like a secret is masked
as `***`.  Where the file sets a lock, bring its token as `Authorization: Bearer TOKEN`, or the user
and password."""

_REF: Final = "#/components/schemas/{name}"
_ALWAYS: Final = (
    (400, "A parameter is unknown, missing or wrong; `errors` names each."),
    (401, "Where the file sets a lock: say who asks."),
    (421, "The `Host` that was asked for is not the watcher's; see `base_url`."),
    (429, "Too many wrong passwords came from there; `Retry-After` says when to try again."),
    (503, "The store cannot be read or written now."),
)
_OF_BODIES: Final = (
    (403, "A browser sent it from another site."),
    (408, "It took too long to send the body."),
    (413, "The body is too large."),
    (415, "The body is not sent as application/json."),
)

Schema = dict[str, Any]


def document(operations: Sequence[Operation]) -> Schema:
    """The whole document."""
    wanted: list[Any] = [Problem]
    for operation in operations:
        wanted += [operation.gives, operation.takes, *(f.type for f in fields(operation.takes))]
    schemas, components = msgspec.json.schema_components(wanted, ref_template=_REF)
    by_type = dict(zip(map(_key, wanted), schemas, strict=True))
    paths: dict[str, Schema] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(
            operation, by_type
        )
    return {
        "openapi": "3.1.0",
        "info": {"title": "watcher", "version": VERSION, "description": ABOUT},
        "servers": [{"url": BASE}],
        # The first: where the file sets no lock, nobody need say who asks.
        "security": [{}, {"token": []}, {"password": []}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(_used(paths, components).items())),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "password": {"type": "http", "scheme": "basic"},
            },
        },
    }


def _key(kind: object) -> str:
    """What tells one type from another; annotated ones need not be hashable."""
    return repr(kind)


def _described(operation: Operation, schemas: dict[str, Schema]) -> Schema:
    found: Schema = {
        "operationId": operation.name,
        "tags": [operation.subject],
        "summary": operation.summary,
    }
    if operation.detail:
        found["description"] = operation.detail
    if operation.has_body:
        content = {"application/json": {"schema": schemas[_key(operation.takes)]}}
        found["requestBody"] = {"required": True, "content": content}
    else:
        found["parameters"] = [
            _parameter(operation, field, schemas) for field in fields(operation.takes)
        ]
    found["responses"] = _responses(operation, schemas)
    return found


def _parameter(operation: Operation, field: FieldInfo, schemas: dict[str, Schema]) -> Schema:
    schema = dict(_without_null(schemas[_key(field.type)]))
    in_path = operation.is_in_path(field.encode_name)
    meaning = schema.pop("description", "")
    if not field.required and field.default not in (None, ()):
        schema["default"] = msgspec.to_builtins(field.default)
    return {
        "name": field.encode_name,
        "in": "path" if in_path else "query",
        "required": field.required,
        "description": meaning,
        "schema": schema,
    }


def _without_null(schema: Schema) -> Schema:
    """A parameter is left out, never null."""
    choices = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if not choices:
        return schema
    (only,) = choices
    return {**only, **{name: value for name, value in schema.items() if name != "anyOf"}}


def _responses(operation: Operation, schemas: dict[str, Schema]) -> Schema:
    good = {"application/json": {"schema": schemas[_key(operation.gives)]}}
    found: Schema = {
        str(operation.status): {"description": operation.summary, "content": good},
    }
    refusals = [*_ALWAYS, *operation.refusals, *(_OF_BODIES if operation.has_body else ())]
    for status, when in sorted(refusals):
        content = {CONTENT_TYPE: {"schema": schemas[_key(Problem)]}}
        found[str(status)] = {"description": when, "content": content}
    return found


def _used(paths: object, components: dict[str, Schema]) -> dict[str, Schema]:
    """The schemas that something refers to; those of parameters by themselves do not count."""
    found: dict[str, Schema] = {}
    ahead = list(_refs(paths))
    while ahead:
        name = ahead.pop()
        if name not in found:
            found[name] = components[name]
            ahead += _refs(components[name])
    return found


def _refs(value: object) -> Iterable[str]:
    if isinstance(value, dict):
        ref = value.get("$ref")
        if isinstance(ref, str):
            yield ref.rpartition("/")[2]
        for inner in value.values():
            yield from _refs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _refs(inner)
