"""Reads what an answer means from whatever shape it has: JSON or XML, keys in any case (pure).

The shapes are those of the vendor's pages and SDKs, which disagree: numbers as texts, null, `""`,
absent keys, one object for a list, no wrapper.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Plain: TypeAlias = "Mapping[str, Plain] | list[Plain] | str | int | float | bool | None"

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
"""The API's Long; what lies outside is no number that anything downstream could keep."""


DIGITS = re.compile(r"\s*-?[0-9]{1,19}\s*", re.ASCII)

RECORD_KEY = "jobname"
"""Every record has it, in some case; it tells a lone record from a wrapper."""

ENVELOPE = frozenset({"requestid", "pageindex", "pagesize", "totalcount", "totalpage"})
"""What an answer without any record may hold (lower case)."""


MOST_TAGS = 300_000
"""Signs that begin a tag of XML: a tree of millions of elements would take seconds and the memory
of all jobs.  A thousand records have ten thousand; error texts may quote some."""


class UnreadableError(ValueError):
    """An answer is not what it should be: what is wrong, in words, without its content."""


def parse(body: bytes, content_type: str) -> Plain:
    """The answer as plain values, by its Content-Type, or by its first character if that is mute.

    XML elements become mappings (repeated ones lists) and texts; the root's name does not count.
    """
    kind = content_type.lower()
    if "json" in kind:
        return _parse_json(body)
    if "xml" in kind and "html" not in kind:
        return _parse_xml(body)
    start = body.lstrip()[:1]
    if start in (b"{", b"["):
        return _parse_json(body)
    if start == b"<" and "html" not in kind:
        return _parse_xml(body)
    named = "".join(filter(str.isprintable, content_type.partition(";")[0].strip()[:60]))
    raise UnreadableError(f"neither JSON nor XML ({named or 'no Content-Type'})")


def find(tree: Plain, name: str) -> Plain:
    """The value under `name`, its case ignored where it is not there as written; else `None`."""
    if not isinstance(tree, Mapping):
        return None
    if name in tree:
        return tree[name]
    lower = name.lower()
    return next((value for key, value in tree.items() if key.lower() == lower), None)


def find_rows(tree: Plain, wrapper: str, item: str) -> list[Mapping[str, Plain]]:
    """The records under `wrapper` and `item`, either of which may be left out.

    A lone record counts as a list of one.  No record at all is an empty list, as long as the
    answer holds nothing else instead.
    """
    inner = tree
    if isinstance(inner, Mapping) and (_has(inner, wrapper) or not _has(inner, RECORD_KEY)):
        named = wrapper if _has(inner, wrapper) else item
        if not _has(inner, named) and not ENVELOPE.issuperset(map(str.lower, inner)):
            raise UnreadableError(f"an answer without {wrapper}")
        inner = find(inner, named)
    if isinstance(inner, Mapping) and (_has(inner, item) or not _has(inner, RECORD_KEY)):
        if inner and not _has(inner, item):
            raise UnreadableError(f"{wrapper} without {item}")
        inner = find(inner, item)
    return _records(inner, item)


def _records(inner: Plain, item: str) -> list[Mapping[str, Plain]]:
    if inner is None or (isinstance(inner, str) and not inner.strip()):
        return []
    rows = inner if isinstance(inner, list) else [inner]
    records = [row for row in rows if isinstance(row, Mapping)]
    if len(records) != len(rows):
        raise UnreadableError(f"{item} with something that is no record")
    return records


def text(tree: Mapping[str, Plain], name: str) -> str | None:
    """The text under `name`; a number counts as its digits, `""` and null as absent."""
    value = find(tree, name)
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise UnreadableError(f"{name} is no text")


def integer(tree: Mapping[str, Plain], name: str) -> int | None:
    """The whole number under `name`, also written as a text; `""` and null count as absent."""
    value = find(tree, name)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        number = _whole(value)
        if number is not None:
            return number
    raise UnreadableError(f"{name} is no whole number")


def _whole(value: float | str) -> int | None:
    if isinstance(value, str):
        number = int(value) if DIGITS.fullmatch(value) else None
    else:
        number = int(value) if value == value // 1 else None
    return number if number is not None and INT64_MIN <= number <= INT64_MAX else None


def truth(tree: Mapping[str, Plain], name: str) -> bool | None:
    """The boolean under `name`, also as a text; `None` for anything else."""
    value = find(tree, name)
    return {"true": True, "false": False}.get(str(value).strip().lower())


def _has(tree: Mapping[str, Plain], name: str) -> bool:
    return name.lower() in map(str.lower, tree)


def _parse_json(body: bytes) -> Plain:
    try:
        tree: Plain = json.loads(body.decode("utf-8-sig", "replace"))
        # A text that was cut inside a surrogate pair is no Unicode; nothing downstream takes it.
        return _mended(tree) if b"\\u" in body else tree
    except (ValueError, RecursionError):
        words = "no JSON" if body.strip() else "an empty body"
        raise UnreadableError(words) from None


def _mended(tree: Plain) -> Plain:
    if isinstance(tree, str):
        return tree.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(tree, Mapping):
        return {str(_mended(key)): _mended(value) for key, value in tree.items()}
    return [_mended(value) for value in tree] if isinstance(tree, list) else tree


def _parse_xml(body: bytes) -> Plain:
    # Imported where an answer is XML: most never are, and a start shall be quick.
    from defusedxml import ElementTree  # noqa: PLC0415
    from defusedxml.common import DefusedXmlException  # noqa: PLC0415

    if body.count(b"<") > MOST_TAGS:
        raise UnreadableError("XML of far more elements than jobs can have")
    try:
        root = ElementTree.fromstring(body, forbid_dtd=True)
        return _content(root) or {}
    except DefusedXmlException:
        raise UnreadableError("XML with a document type or entities") from None
    except (ElementTree.ParseError, ValueError, LookupError, RecursionError):
        words = "no XML" if body.strip() else "an empty body"
        raise UnreadableError(words) from None


def _content(element: Element) -> Plain:
    if not len(element):
        return element.text or None
    found: dict[str, list[Plain]] = {}
    for child in element:
        found.setdefault(child.tag.rpartition("}")[2], []).append(_content(child))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}
