"""Trees are written as JSON and XML as the vendor's page shows them."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from watcher.simulator.encoding import encode_json, encode_xml


def test_a_list_is_repeated_elements() -> None:
    """XML has an element for each item, and none for an empty list."""
    assert encode_xml("A", {"B": [1, 2], "C": []}) == b"<A><B>1</B><B>2</B></A>"


def test_values_in_xml() -> None:
    """Booleans are lower case; null and the empty string are empty elements."""
    expected = b"<A><T>true</T><F>false</F><N/><E/></A>"
    assert expected == encode_xml("A", {"T": True, "F": False, "N": None, "E": ""})


def test_json_is_compact_and_in_utf8() -> None:
    """JSON has no blanks, and Chinese characters as they are."""
    assert '{"名":["作业",1,null]}'.encode() == encode_json({"名": ["作业", 1, None]})


@given(st.text())
def test_any_text_is_well_formed_xml(text: str) -> None:
    """Whatever an error text holds, the XML can be read, and markup in it stays text."""
    read = ET.fromstring(encode_xml("A", text)).text or ""
    assert len(text) == len(read)
    if text.isprintable():
        assert text == read


@given(st.text())
def test_any_text_is_well_formed_json(text: str) -> None:
    """Whatever an error text holds, the JSON can be read."""
    assert text == json.loads(encode_json(text))
