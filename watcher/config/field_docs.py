"""What the tables say of their keys: the texts below the fields, as the source writes them."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from itertools import pairwise
from textwrap import dedent

from pydantic import BaseModel


def field_docs(model: type[BaseModel]) -> dict[str, str]:
    """Field → its text on one line, inherited ones included; read when asked for, not at a start.

    pydantic could read them itself (`use_attribute_docstrings`), but at each start of the process.
    """
    found: dict[str, str] = {}
    for table in reversed(model.__mro__):
        if issubclass(table, BaseModel) and table is not BaseModel:
            found |= dict(_docs_in(table))
    return found


def _docs_in(table: type[BaseModel]) -> Iterator[tuple[str, str]]:
    tree = ast.parse(dedent(inspect.getsource(table))).body[0]
    if not isinstance(tree, ast.ClassDef):
        return
    for field, text in pairwise(tree.body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            said = _text(text)
            if said is not None:
                yield field.target.id, said


def _text(statement: ast.stmt) -> str | None:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        value = statement.value.value
        return " ".join(value.split()) if isinstance(value, str) else None
    return None
