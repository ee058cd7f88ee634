"""The OpenAPI document is made of the operations and leaves nothing out."""

from __future__ import annotations

import re
from typing import Any

import pytest
from msgspec.structs import fields

from watcher.web.api.document import document
from watcher.web.api.operation import Operation
from watcher.web.api.table import OPERATIONS

DOCUMENT = document(OPERATIONS)


def described(operation: Operation) -> Any:
    return DOCUMENT["paths"][operation.path][operation.method.lower()]


def test_each_operation_is_in_it() -> None:
    """Once, under a name of its own."""
    names = [one["operationId"] for path in DOCUMENT["paths"].values() for one in path.values()]
    assert sorted(one.name for one in OPERATIONS) == sorted(names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_each_parameter_is_described(operation: Operation) -> None:
    """With its meaning, in the path where its name stands there."""
    if operation.has_body:
        assert "parameters" not in described(operation)
        assert described(operation)["requestBody"]["required"]
        return
    found = {one["name"]: one for one in described(operation)["parameters"]}
    assert {field.encode_name for field in fields(operation.takes)} == set(found)
    assert all(one["description"].endswith((".", "…", "`.")) for one in found.values())
    in_path = {name for name, one in found.items() if one["in"] == "path"}
    assert set(re.findall(r"\{(\w+)\}", operation.path)) == in_path
    assert all(found[name]["required"] for name in in_path)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_each_list_and_text_that_is_taken_is_bounded(operation: Operation) -> None:
    """No request asks for more than a page, and none brings a name without end."""
    for one in described(operation).get("parameters", ()):
        schema = one["schema"]
        assert schema.get("type") != "integer" or "maximum" in schema
        assert schema.get("type") != "string" or {"maxLength", "pattern", "format"} & set(schema)


def test_every_type_has_a_short_name_and_a_meaning() -> None:
    """Two of one name would be told apart by our module paths, which are nobody's matter."""
    schemas = DOCUMENT["components"]["schemas"]
    assert [] == [name for name in schemas if "." in name]
    assert [] == [name for name, one in schemas.items() if not one.get("description")]


def test_each_refusal_is_a_problem() -> None:
    """In the one form that all of them have."""
    contents = [
        (status, list(answer["content"]))
        for path in DOCUMENT["paths"].values()
        for one in path.values()
        for status, answer in one["responses"].items()
    ]
    for status, kinds in contents:
        expected = "application/json" if status < "400" else "application/problem+json"
        assert [expected] == kinds
