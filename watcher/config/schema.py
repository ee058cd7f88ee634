"""The JSON Schema (draft 2020-12) of the file, for editors: made of the tables that judge it.

What only the loader can judge (names that must be there, spans that must be longer than others,
addresses, time zones) is not in it: each file that loads is valid, not the other way round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from inspect import cleandoc
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from watcher.config.field_docs import field_docs
from watcher.config.file_table import FileTable
from watcher.config.kinds import AccountTable, channel_tables, source_tables
from watcher.config.rule_table import RuleTable
from watcher.config.shape import key_of
from watcher.config.window_table import WindowTable
from watcher.core.span import format_span
from watcher.tables import OPEN

Schema = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
REFERENCE: Final = r"\$"
"""What the environment or a file puts into a text holds a dollar; nobody knows it before."""

SAID: Final = (
    "What watcher watches, and whom it tells. In every text ${VARIABLE} is the environment's, "
    "${file:/path} a file's content, ${credential:NAME} one of systemd's credentials; $$ is a "
    "plain $. `watcher check` judges what no schema can."
)

_DROPPED: Final = frozenset({"title", "format", "writeOnly"})


class _Generator(GenerateJsonSchema):
    """As pydantic has it, but defaults as the file writes them."""

    def encode_default(self, dft: Any) -> Any:  # noqa: ANN401 - as pydantic has it
        return format_span(dft) if isinstance(dft, timedelta) else super().encode_default(dft)


def config_schema() -> Schema:
    """The schema of the whole file."""
    definitions: Schema = {}
    top = _table(FileTable, definitions)
    known = top["properties"]
    known["accounts"] |= _named(_defined("account", AccountTable, definitions))
    known["sources"] |= _named(_by_kind("source", source_tables(), definitions), least=1)
    known["channels"] |= _named(_by_kind("channel", channel_tables(), definitions), least=1)
    known["rules"] |= {"items": _defined("rule", RuleTable, definitions)}
    known["windows"] |= {"items": _defined("window", WindowTable, definitions)}
    definitions["rule"] |= _severity_unless_turned_off()
    head = {"$schema": DIALECT, "title": "watcher's configuration"}
    needed = {"description": SAID, "required": ["sources", "channels"]}
    return {**head, **top, **needed, "$defs": dict(sorted(definitions.items()))}


def _severity_unless_turned_off() -> Schema:
    tells = {"properties": {"notify": {"minItems": 1}}, "required": ["notify"], **OPEN}
    return {"if": tells, "then": {"required": ["severity"], **OPEN}}


def _named(table: Schema, least: int = 0) -> Schema:
    return {"additionalProperties": table} | ({"minProperties": least} if least else {})


def _by_kind(part: str, tables: Mapping[str, type[BaseModel]], definitions: Schema) -> Schema:
    """A table that is judged by its `kind`; editors do not look into `then` for what to offer."""
    kinds = {kind: _defined(f"{part}.{kind}", table, definitions) for kind, table in tables.items()}
    cases = [
        {
            "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"], **OPEN},
            "then": table,
        }
        for kind, table in kinds.items()
    ]
    definitions[part] = {
        "type": "object",
        "properties": {"kind": {"description": f"Which kind of {part}.", **choice(kinds)}},
        "required": ["kind"],
        **OPEN,
        "anyOf": [*kinds.values(), {}],
        "allOf": cases,
    }
    return {"$ref": f"#/$defs/{part}"}


def choice(words: Mapping[str, object] | list[str]) -> Schema:
    """One of these words, or a reference.

    The `else` refuses what is neither, in words that name them all; the `anyOf` refuses nothing
    and is there for editors, which offer what stands in one and do not look into an `else`.
    """
    among = {"enum": list(words)}
    return {
        "type": "string",
        "anyOf": [among, {}],
        "if": {"pattern": REFERENCE},
        "else": among,
    }


def _defined(name: str, model: type[BaseModel], definitions: Schema) -> Schema:
    definitions[name] = _table(model, definitions)
    return {"$ref": f"#/$defs/{name}"}


def _table(model: type[BaseModel], definitions: Schema) -> Schema:
    """A model's own schema; what it refers to goes to the definitions."""
    made = model.model_json_schema(schema_generator=_Generator)
    inner = made.pop("$defs", {})
    for table in {model, *_tables_below(model)}:
        described = made if table is model else inner[table.__name__]
        _describe(table, described)
    definitions |= {name: _tidy(schema) for name, schema in inner.items()}
    tidy: Schema = _tidy(made)
    return tidy


def _tables_below(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for field in model.model_fields.values():
        for table in _tables_in(field.annotation):
            yield table
            yield from _tables_below(table)


def _tables_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _tables_in(inner)


def _describe(model: type[BaseModel], schema: Schema) -> None:
    texts = field_docs(model)
    schema["description"] = " ".join(cleandoc(model.__doc__ or "").split())
    for name, field in model.model_fields.items():
        if name in texts:
            schema["properties"][key_of(name, field)]["description"] = texts[name]


def _tidy(value: Any) -> Any:  # noqa: ANN401 - it is JSON
    """Without what a file of TOML cannot say, and with references where a text has a form."""
    if isinstance(value, list):
        return [_tidy(one) for one in value]
    if not isinstance(value, dict):
        return value
    schema = _without_null(value)
    tidy = {key: _inner(key, inner) for key, inner in schema.items() if not _is_idle(key, inner)}
    tidy |= _one_of_two(tidy.pop("anyOf", None) or tidy.pop("oneOf", None))
    if isinstance(tidy.get("pattern"), str):
        tidy["pattern"] = f"{tidy['pattern']}|{REFERENCE}"
    words = tidy.pop("enum", None) or ([tidy.pop("const")] if "const" in tidy else None)
    return tidy if words is None else {**choice(words), **tidy}


def _one_of_two(options: list[Schema] | None) -> Schema:
    """A text or a list, a span or a table: judged as what it is, so that a fault has its words."""
    if options is None:
        return {}
    if len(options) != 2:  # noqa: PLR2004 - one of two
        return {"anyOf": options}
    plain, other = options
    kind = other.get("type", "object")
    return {"anyOf": [*options, {}], "if": {"type": kind}, "then": other, "else": plain}


def _inner(key: str, value: Any) -> Any:  # noqa: ANN401 - it is JSON
    if key == "properties":
        return {name: _tidy(schema) for name, schema in value.items()}
    # The environment puts nothing into keys.
    return value if key == "propertyNames" else _tidy(value)


def _is_idle(key: str, value: object) -> bool:
    return (key in _DROPPED and isinstance(value, str | bool)) or (
        key == "default" and (value is None or isinstance(value, dict | list))
    )


def _without_null(schema: Schema) -> Schema:
    """TOML has no null; what pydantic says of one only hides the rest."""
    options = schema.get("anyOf")
    if not isinstance(options, list) or {"type": "null"} not in options:
        return schema
    (only, *more) = [option for option in options if option != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**rest, "anyOf": [only, *more]} if more else {**only, **rest}
