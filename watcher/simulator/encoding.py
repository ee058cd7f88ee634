"""Write a tree of values as JSON or as XML the way the API does."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias
from xml.sax.saxutils import escape

Tree: TypeAlias = "Mapping[str, Tree] | Sequence[Tree] | str | int | None"
"""A value of an answer; a list under a key becomes repeated elements in XML."""

JSON_TYPE: Final = "application/json;charset=utf-8"
XML_TYPE: Final = "text/xml;charset=utf-8"
_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def encode_json(tree: Tree) -> bytes:
    """Return the tree as compact JSON in UTF-8."""
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def encode_xml(name: str, tree: Tree) -> bytes:
    """Return the tree as one XML element in UTF-8; null is an empty element."""
    return "".join(_elements(name, tree)).encode(errors="replace")


def _elements(name: str, tree: Tree) -> list[str]:
    if isinstance(tree, str):
        return [_element(name, _xml_text(tree))]
    if isinstance(tree, bool):
        return [_element(name, "true" if tree else "false")]
    if isinstance(tree, Mapping):
        inner = (piece for key, value in tree.items() for piece in _elements(key, value))
        return [_element(name, "".join(inner))]
    if isinstance(tree, Sequence):
        return [piece for item in tree for piece in _elements(name, item)]
    return [_element(name, "" if tree is None else f"{tree}")]


def _element(name: str, inner: str) -> str:
    return f"<{name}>{inner}</{name}>" if inner else f"<{name}/>"


def _xml_text(text: str) -> str:
    """Escape; characters that XML 1.0 cannot carry become U+FFFD, a CR stays one."""
    return escape(_NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text), {"\r": "&#13;"})
