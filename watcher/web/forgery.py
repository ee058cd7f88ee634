"""Tells a form of our own page from one that another site made: a token that only we can make."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from hashlib import sha256
from hmac import compare_digest, digest
from secrets import token_bytes
from typing import Final

FIELD: Final = "csrf"
"""The form's field that holds the token."""

HEADER: Final = "X-CSRF-Token"
"""The header that holds it where there is no form."""

_SIZE: Final = 32


def make_token(key: bytes, binding: str) -> str:
    """A token for the browser that `binding` stands for; each looks different.

    It is masked by chance, so that compressed pages of different requests tell nothing about it.
    """
    mask = token_bytes(_SIZE)
    return urlsafe_b64encode(mask + _xor(mask, _proof(key, binding))).decode()


def is_token(key: bytes, binding: str, token: str) -> bool:
    """Whether `make_token` made this one with the same key for the same browser."""
    try:
        raw = urlsafe_b64decode(token.encode())
    except (Error, ValueError):
        return False
    return len(raw) == 2 * _SIZE and compare_digest(
        _xor(raw[:_SIZE], raw[_SIZE:]), _proof(key, binding)
    )


def _proof(key: bytes, binding: str) -> bytes:
    return digest(key, binding.encode(errors="surrogatepass"), sha256)


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
