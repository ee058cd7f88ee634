"""DingTalk's and Standard Webhooks' signatures, against code that was written apart."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from hypothesis import strategies as st
from pydantic import SecretStr, TypeAdapter, ValidationError
from standardwebhooks import Webhook as Library

from tests.fuzz.target import Target
from tests.fuzz.written import NOW
from watcher.channels import dingtalk, webhook
from watcher.channels.table import Address

SECRETS: Final = TypeAdapter(webhook.Secret)
ADDRESSES: Final = TypeAdapter(Address)


def check(written: bytes) -> None:
    """A first line with the secret, a second with an address, then the body."""
    secret, _, rest = written.partition(b"\n")
    address, _, body = rest.partition(b"\n")
    text = secret.decode("utf-8", "replace").strip()
    check_dingtalk(text, body)
    check_address(address.decode("utf-8", "replace"), text)
    check_webhook(text, body.decode("utf-8", "replace"))


def hmac_sha256(key: bytes, said: bytes) -> bytes:
    """RFC 2104, in its own words."""
    block = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + said).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in block) + inner).digest()


def check_dingtalk(secret: str, body: bytes) -> None:
    moment = int.from_bytes(body[:5], "big")
    said = str(moment).encode() + b"\n" + secret.encode()
    expected = base64.encodebytes(hmac_sha256(secret.encode(), said)).decode().replace("\n", "")
    assert expected == dingtalk.sign(secret, moment)


def check_address(address: str, secret: str) -> None:
    """What the file takes as an address is signed once, whatever it held, and keeps the rest."""
    try:
        url = ADDRESSES.validate_python(SecretStr(address)).get_secret_value()
    except ValidationError:
        return
    signed = dingtalk.signed_url(url, secret, NOW)
    kept, pairs = [(pairs_of(text)) for text in (url, signed)]
    own = ("timestamp", "sign")
    assert [pair for pair in kept if pair[0] not in own] == [p for p in pairs if p[0] not in own]
    (timestamp,) = [value for key, value in pairs if key == "timestamp"]
    assert [dingtalk.sign(secret, int(timestamp))] == [v for key, v in pairs if key == "sign"]
    assert urlsplit(url)._replace(query="") == urlsplit(signed)._replace(query="")
    again = dingtalk.signed_url(signed, secret, NOW + timedelta(seconds=1))
    assert dingtalk.signed_url(url, secret, NOW + timedelta(seconds=1)) == again


def pairs_of(url: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(url).query, keep_blank_values=True)


def check_webhook(secret: str, body: str) -> None:
    """A receiver with the standard's own library accepts what a secret of the file has signed."""
    try:
        taken = SECRETS.validate_python(SecretStr(secret)).get_secret_value()
    except ValidationError:
        return
    key = webhook.key_of(taken)
    expected = "v1," + base64.b64encode(hmac_sha256(key, f"m.5.{body}".encode())).decode()
    assert expected == webhook.signature(key, "m", 5, body.encode())
    if key != taken.encode():
        assert expected == Library(taken).sign("m", NOW.fromtimestamp(5, NOW.tzinfo), body)


KEYS: Final = st.binary(min_size=1, max_size=70)
ENCODED: Final = KEYS.map(lambda key: base64.b64encode(key).decode())
LINES: Final = st.text(st.characters(exclude_characters="\n", codec="utf-8"), max_size=30)
QUERIES: Final = st.lists(
    st.sampled_from(
        (
            "access_token=abc",
            "timestamp=1",
            "sign=x",
            "a=%2B+%20",
            "a",
            "=",
            "a=b;c=d",
            "%3D=%",
            "?",
        )
    ),
    max_size=6,
).map("&".join)
TARGET: Final = Target(
    check,
    st.builds(
        lambda secret, query, body: f"{secret}\nhttps://h.example/p?{query}\n{body}".encode(),
        ENCODED | ENCODED.map("whsec_{}".format) | LINES,
        QUERIES | LINES,
        LINES,
    ),
)
