"""The signatures, against vectors made by the vendor's own signers."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.sources.foas.credentials import Credentials
from watcher.sources.foas.signature import (
    EMPTY_SHA256,
    Hand,
    canonical_query,
    percent_encode,
    raw_resource,
    v1_authorization,
    v1_string_to_sign,
    v3_authorization,
    v3_canonical_request,
)

VECTORS = json.loads(
    (Path(__file__).parents[2] / "vectors" / "signature_vectors.json").read_text(encoding="utf-8")
)
Vector = dict[str, Any]


def named(vector: Vector) -> str:
    return str(vector["name"])


def keys_of(vector: Vector) -> Credentials:
    return Credentials(vector["access_key_id"], vector["access_key_secret"])


def path_of(vector: Vector) -> str:
    path: str = vector.get("uri_pattern") or vector["pathname"]
    for name, value in (vector.get("path_params") or {}).items():
        path = path.replace(f"[{name}]", value)
    return path


def v1_query(vector: Vector) -> dict[str, str | None]:
    """The query; Tea signs an empty value as its bare key, the core SDK as `key=`."""
    tea = named(vector).startswith("tea")
    return {key: value or (None if tea else "") for key, value in vector["query"].items()}


@pytest.mark.parametrize("vector", VECTORS["v1_core"] + VECTORS["v1_tea"], ids=named)
def test_v1_vectors(vector: Vector) -> None:
    """V1's string, signature and header are those of the vendor's Python signers."""
    resource = raw_resource(path_of(vector), v1_query(vector))
    text = v1_string_to_sign(vector["method"], vector["headers"], resource)
    assert vector["string_to_sign"] == text
    assert vector["authorization"] == v1_authorization(Hand(keys_of(vector), "sha1"), text)


@pytest.mark.parametrize("vector", VECTORS["v3_tea"] + VECTORS["v3_published"], ids=named)
def test_v3_vectors(vector: Vector) -> None:
    """V3's canonical request and header are those of the vendor's signer and documentation."""
    query = canonical_query(vector["query"])
    canonical = v3_canonical_request(
        vector["method"], path_of(vector), query, vector["headers"], EMPTY_SHA256
    )
    assert vector.get("canonical_request", canonical) == canonical
    assert vector["authorization"] == v3_authorization(Hand(keys_of(vector), "sha256"), canonical)


def test_there_are_vectors_of_each_kind() -> None:
    """The vectors above are there, and so can fail."""
    kinds = ("v1_core", "v1_tea", "v3_tea", "v3_published")
    assert [True] * 4 == [len(VECTORS[kind]) > 0 for kind in kinds]


@given(st.text(st.characters(codec="utf-8"), max_size=200), st.text(st.characters(codec="utf-8")))
def test_an_hmac_is_the_standard_librarys(key: str, text: str) -> None:
    """Prepared hash states give the same HMAC, for keys of any length."""
    keys = Credentials("id", key)
    expected = [hmac.digest(key.encode(), text.encode(), name) for name in ("sha1", "sha256")]
    assert expected == [Hand(keys, "sha1").sign(text), Hand(keys, "sha256").sign(text)]


def test_the_empty_payload() -> None:
    """A GET's payload hash is that of no bytes."""
    assert hashlib.sha256(b"").hexdigest() == EMPTY_SHA256


@pytest.mark.parametrize(
    "text, encoded",
    [("a,b c", "a%2Cb%20c"), ("+&%=*~-._", "%2B%26%25%3D%2A~-._"), ("作业", "%E4%BD%9C%E4%B8%9A")],
)
def test_percent_encoding(text: str, encoded: str) -> None:
    """Everything but RFC 3986's unreserved characters is encoded; a space is %20."""
    assert encoded == percent_encode(text)


def test_no_repr_shows_a_key() -> None:
    """The prepared key is not shown."""
    assert "Hand(…)" == repr(Hand(Credentials("planted", "planted"), "sha1"))
