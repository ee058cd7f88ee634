"""The tokens inside addresses: what of a URL is a secret when it stands alone."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

TOKEN: Final = re.compile(r"(?=.*[0-9A-Z])[\w-]{12,}")
"""What looks like a token and like no word: a path may hold plain words, which are no secret."""


def tokens_in(url: str) -> frozenset[str]:
    """The tokens of an address, which may come back without the rest of it; none in no address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return frozenset()
    pieces = map(unquote, parts.path.split("/"))
    values = (value for _, value in parse_qsl(parts.query))
    return frozenset({*filter(TOKEN.fullmatch, pieces), *values})
