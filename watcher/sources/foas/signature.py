"""Signs requests as Alibaba Cloud asks: the ROA signature V1 (HMAC-SHA1) and V3 (ACS3-HMAC-SHA256).

Sources: `roa_signature_composer.py` of aliyun-python-sdk-core 2.16.1 for V1, `utils.py` of
alibabacloud-tea-openapi 0.4.6 for V3.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from typing import Final, Literal
from urllib.parse import quote

from watcher.sources.foas.credentials import Credentials

V3_ALGORITHM: Final = "ACS3-HMAC-SHA256"
BLOCK: Final = 64
"""Bytes of a block of SHA-1 and of SHA-256."""
INNER_PAD: Final = bytes(byte ^ 0x36 for byte in range(256))
OUTER_PAD: Final = bytes(byte ^ 0x5C for byte in range(256))
EMPTY_SHA256: Final = hashlib.sha256(b"").hexdigest()
"""The payload's hash of a request without a body."""


class Hand:
    """Signs with one AccessKey by HMAC (RFC 2104).

    The key's two hash states are prepared once: with OpenSSL's own HMAC, setting up the key costs
    several times what signing does, at every request.
    """

    def __init__(self, credentials: Credentials, algorithm: Literal["sha1", "sha256"]) -> None:
        """V1 asks for sha1, V3 for sha256."""
        self.access_key_id = credentials.access_key_id
        key = credentials.access_key_secret.encode()
        if len(key) > BLOCK:
            key = hashlib.new(algorithm, key).digest()
        key = key.ljust(BLOCK, b"\0")
        self._inner = hashlib.new(algorithm, key.translate(INNER_PAD))
        self._outer = hashlib.new(algorithm, key.translate(OUTER_PAD))

    def __repr__(self) -> str:
        """Nothing of the key."""
        return "Hand(…)"

    def sign(self, text: str) -> bytes:
        """The HMAC of `text` in UTF-8."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(text.encode())
        outer.update(inner.digest())
        return outer.digest()


def percent_encode(text: str) -> str:
    """RFC 3986 encoding in UTF-8 (`%20`, `%2C`, `%2A`; `~` stays), right on the wire and in V3."""
    return quote(text, safe="~")


def canonical_query(query: Mapping[str, str]) -> str:
    """The query sorted by key (code points), values encoded: V3 signs it, and it is sent so."""
    return "&".join(f"{key}={percent_encode(query[key])}" for key in sorted(query))


def raw_resource(path: str, query: Mapping[str, str | None]) -> str:
    """What V1 signs of the URL: the path and the sorted query with RAW values.

    A value of `None` stands as the bare key.  The vendor's signers differ about an empty value
    (`k=` or `k`), which is why none is ever sent.
    """
    pairs = (key if query[key] is None else f"{key}={query[key]}" for key in sorted(query))
    return f"{path}?{'&'.join(pairs)}" if query else path


def v1_string_to_sign(method: str, headers: Mapping[str, str], resource: str) -> str:
    """The text that V1 signs; `resource` is that of `raw_resource`.

    Of the headers it takes Accept, Content-MD5, Content-Type, Date and everything that begins with
    x-acs-.
    """
    given = {name.lower(): value for name, value in headers.items()}
    lines = [method]
    lines += [given.get(name, "") for name in ("accept", "content-md5", "content-type", "date")]
    lines += [f"{name}:{given[name]}" for name in sorted(given) if name.startswith("x-acs-")]
    lines.append(resource)
    return "\n".join(lines)


def v1_authorization(hand: Hand, string_to_sign: str) -> str:
    """The Authorization header of the ROA signature V1."""
    return f"acs {hand.access_key_id}:{b64encode(hand.sign(string_to_sign)).decode()}"


def v3_canonical_request(
    method: str, path: str, query: str, headers: Mapping[str, str], payload_sha256: str
) -> str:
    """The text whose hash V3 signs: all of `headers`, and the `query` of `canonical_query`."""
    given = {name.lower(): value.strip() for name, value in headers.items()}
    names = sorted(given)
    lines = [method, path, query, *(f"{name}:{given[name]}" for name in names)]
    return "\n".join([*lines, "", ";".join(names), payload_sha256])


def v3_authorization(hand: Hand, canonical_request: str) -> str:
    """The Authorization header of V3 for a request in the form of `v3_canonical_request`."""
    signed_headers = canonical_request.rsplit("\n", 2)[1]
    hashed = hashlib.sha256(canonical_request.encode()).hexdigest()
    signature = hand.sign(f"{V3_ALGORITHM}\n{hashed}").hex()
    return (
        f"{V3_ALGORITHM} Credential={hand.access_key_id},"
        f"SignedHeaders={signed_headers},Signature={signature}"
    )
