"""What the tables of the configuration file are made of."""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import Annotated, Final, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import PydanticKnownError

from watcher.core.span import PATTERN, format_span, parse_span

T = TypeVar("T")

OPEN: Final = MappingProxyType({"additionalProperties": True})
"""For parts of a schema that judge a table beside others: some editors take silence for no."""


def _read_span(written: object) -> timedelta:
    if isinstance(written, timedelta):
        return written
    if isinstance(written, str):
        return parse_span(written)
    raise ValueError(f'{written!r} is no span; write it with its unit, in quotes: "{written}s"')


Span = Annotated[
    timedelta,
    BeforeValidator(_read_span),
    PlainSerializer(format_span, return_type=str),
    WithJsonSchema({"type": "string", "pattern": PATTERN, "examples": ["10s"]}),
]
"""A span as people write it (`"10s"`), a `timedelta` in code; bounds go in a `Field` of the key."""


def _positive(span: timedelta) -> timedelta:
    if span <= timedelta(0):
        raise ValueError("must be longer than 0s")
    return span


PositiveSpan = Annotated[Span, AfterValidator(_positive)]
"""A span that is longer than nothing."""

Many = Annotated[tuple[T, ...], Field(strict=False)]
"""A list in the file, a tuple in code; its members are judged as strictly as everything else."""


def _not_empty(members: tuple[T, ...]) -> tuple[T, ...]:
    if not members:
        facts = {"field_type": "List", "min_length": 1, "actual_length": 0}
        raise PydanticKnownError("too_short", facts)
    return members


# A min_length would complain a second time about a list whose members are at fault.
AtLeastOne = Annotated[
    Many[T], AfterValidator(_not_empty), Field(json_schema_extra={"minItems": 1})
]
"""A list in the file that is never empty."""


class StrictTable(BaseModel):
    """A table of the file: unknown keys are faults, `1` is no `"1"`, and nothing changes later."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        hide_input_in_errors=True,
    )
