"""Keeps secrets out of everything that a person or a machine may read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

MASK: Final = "***"

SHORTEST_ANYWHERE: Final = 4
"""A secret shorter than this is masked only where it stands alone, lest it blot every text."""

_VALUE = r"[^\s&\"'<>#,;\\]+"
_EQUALS = r"(?:=|%3[Dd])"
_HEADERS = (
    "x-acs-security-token|x-acs-accesskey-id|x-acs-signature|webhook-signature|x-api-key"
    "|cookie|set-cookie"
)
_ALWAYS = (
    "access_token|accesskeyid|accesskeysecret|access_key_id|access_key_secret"
    "|securitytoken|security-token|signature|credential|password|passwd"
)
_IN_QUERIES = "sign|sig|timestamp|key|token|secret|api_key"

PATTERNS: Final = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # Header values first, and to the end of the line or quote: a scheme may be two words.
        (r"(?i)((?:proxy-)?authorization[\"']?\s*[:=]\s*[\"']?)[^\"'\r\n]+", rf"\1{MASK}"),
        (rf"(?i)((?:{_HEADERS})[\"']?\s*[:=]\s*[\"']?)[^\"'\r\n]+", rf"\1{MASK}"),
        # The ROA signature of FOAS: `acs AccessKeyId:Base64`.
        (r"\bacs\s+[^\s:\"']+:[A-Za-z0-9+/=%]+", f"acs {MASK}"),
        # Words that are secrets wherever they stand.
        (rf"(?i)((?:{_ALWAYS}){_EQUALS}){_VALUE}", rf"\1{MASK}"),
        # Words that are secrets only in a query: DingTalk's and Feishu's sign and timestamp,
        # WeCom's key, Teams' sig.
        (rf"(?i)((?:[?&]|%3F|%26)(?:{_IN_QUERIES}){_EQUALS}){_VALUE}", rf"\1{MASK}"),
        # Addresses whose path is the credential: Slack, Discord, Feishu, Lark, Telegram.
        (
            r"(?i)(hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/)[^\s\"'<>?\\]+",
            rf"\1{MASK}",
        ),
        (r"(?i)(/api/webhooks/\d+/)[\w-]+", rf"\1{MASK}"),
        (r"(?i)(/open-apis/bot/v2/hook/)[\w-]+", rf"\1{MASK}"),
        (r"(?i)(api\.telegram\.org/bot)[^/\s\"']+", rf"\1{MASK}"),
        # A password before the host.
        (r"(?i)(\b[a-z][a-z0-9+.-]*://)[^/\s\"'<>@?#]*@", rf"\1{MASK}@"),
        # Keys that show what they are: Alibaba Cloud's, Slack's, DingTalk's, Standard Webhooks'.
        (r"\bLTAI[A-Za-z0-9]{6,}", f"LTAI{MASK}"),
        (r"\bSTS\.[A-Za-z0-9]{8,}", f"STS.{MASK}"),
        (r"\bxox[a-z]-[A-Za-z0-9-]+", f"xox{MASK}"),
        (r"\bSEC[0-9a-f]{32,}", f"SEC{MASK}"),
        (r"\bwhsec_[A-Za-z0-9+/=]+", f"whsec_{MASK}"),
        (r"\bv1,[A-Za-z0-9+/]{43}=", f"v1,{MASK}"),
    )
)
"""What is masked by its shape alone, in the order in which it is done."""

PLAIN: Final = re.compile(r"[a-z0-9 .]*")
"""Texts in which none of the patterns can match; most of what is logged is like that."""


class Redactor:
    """Masks secrets in text: those it was told of, however spelt, and those of a known shape.

    One object, made where the configuration is read and handed to all that write for people.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known: frozenset[str] = frozenset()
        self._spellings: re.Pattern[str] | None = None
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Mask these too from now on; those that a reload took out of the file stay masked."""
        self._known |= {value for value in secrets if value.strip()}
        self._spellings = _pattern_of(self._known)

    def redact(self, text: str) -> str:
        """`text` with `***` for every secret in it."""
        if self._spellings is not None:
            text = self._spellings.sub(MASK, text)
        if PLAIN.fullmatch(text):
            return text
        for pattern, replacement in PATTERNS:
            text = pattern.sub(replacement, text)
        return text

    def __repr__(self) -> str:
        return f"Redactor({len(self._known)} secrets)"


def _pattern_of(secrets: frozenset[str]) -> re.Pattern[str] | None:
    spellings = {spelling for secret in secrets for spelling in _spellings_of(secret)}
    if not spellings:
        return None
    # The longest first, so that a secret that begins with another one is masked whole.
    longest_first = sorted(spellings, key=lambda spelling: (-len(spelling), spelling))
    return re.compile("|".join(map(_place_of, longest_first)))


def _place_of(spelling: str) -> str:
    found = re.escape(spelling)
    return found if len(spelling) >= SHORTEST_ANYWHERE else rf"(?<!\w){found}(?!\w)"


def _spellings_of(secret: str) -> Iterator[str]:
    """The ways in which URLs, JSON, XML and Python's repr write the same value."""
    stripped = secret.strip()
    for value in (secret, stripped):
        yield value
        yield quote(value)
        yield quote(value, safe="")
        yield quote_plus(value)
        yield json.dumps(value)[1:-1]
        yield json.dumps(value, ensure_ascii=False)[1:-1]
        yield escape(value, {'"': "&quot;"})
        yield repr(value)[1:-1]
