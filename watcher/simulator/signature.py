"""Check that a request was signed with the secret of a known key, in either of two ways.

V1 is the HMAC-SHA1 signature of ROA APIs ("acs KEY:SIGNATURE"), V3 is ACS3-HMAC-SHA256.
Both are written from the vendor's description and signers, apart from any client's code, so that
a client that is wrong is told so.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import mktime_tz, parsedate_tz
from functools import cached_property, lru_cache
from typing import Final
from urllib.parse import parse_qsl, quote, unquote

from watcher.simulator.refusal import RefusedError

EMPTY_SHA256: Final = hashlib.sha256(b"").hexdigest()
MAX_SKEW: Final = timedelta(minutes=15)
"""How far a request's time may be from the server's (vendor's page 公共参数)."""

V3_ALWAYS_SIGNED: Final = frozenset(
    {
        "host",
        "x-acs-action",
        "x-acs-content-sha256",
        "x-acs-date",
        "x-acs-signature-nonce",
        "x-acs-version",
    }
)
_V3_DATE: Final = "%Y-%m-%dT%H:%M:%SZ"
_V1_AUTHORIZATION: Final = re.compile(r"acs (?P<key>[^:\s]+):(?P<signature>\S+)")
_V3_AUTHORIZATION: Final = re.compile(
    r"ACS3-HMAC-SHA256 Credential=(?P<key>[^,\s]+),"
    r"\s*SignedHeaders=(?P<headers>[^,\s]+),\s*Signature=(?P<signature>[0-9a-f]+)"
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key that the server knows; with `security_token` it is a temporary one of STS."""

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class SignedRequest:
    """What of a request is signed, as it stood on the wire.

    `path` and `query` (without "?") are still percent-encoded; header names are in lower case.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(repr=False)
    body_sha256: str = EMPTY_SHA256

    @cached_property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The query's decoded keys and values in the order of the wire; "+" is a space."""
        return _parsed_query(self.query)

    def header(self, name: str) -> str:
        """Return the header of that lower-case name, or an empty string."""
        return self.headers.get(name, "")


class NonceMemory:
    """Remembers nonces for as long as a request that bears one could still be in time."""

    def __init__(self, limit: int = 100_000) -> None:
        self._limit = limit
        self._seen: OrderedDict[tuple[str, str], float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._seen)

    def use(self, key_id: str, nonce: str, now: float) -> bool:
        """Note the nonce; return whether it was new."""
        self._forget(now - 2 * MAX_SKEW.total_seconds())
        if (key_id, nonce) in self._seen:
            return False
        self._seen[key_id, nonce] = now
        return True

    def _forget(self, before: float) -> None:
        while self._seen:
            oldest = next(iter(self._seen.values()))
            if oldest >= before and len(self._seen) < self._limit:
                return
            self._seen.popitem(last=False)


class Gatekeeper:
    """Lets requests in that a known key has signed, in time, and not twice."""

    def __init__(self, credentials: Iterable[Credentials], *, nonce_limit: int = 100_000) -> None:
        self._keys = {known.access_key_id: known for known in credentials}
        self._nonces = NonceMemory(nonce_limit)

    def admit(self, request: SignedRequest, now: float) -> Credentials:
        """Return the key that signed the request, or raise RefusedError with the API's code."""
        known = verify(request, self._keys, now)
        nonce = request.header("x-acs-signature-nonce")
        if nonce and not self._nonces.use(known.access_key_id, nonce, now):
            raise RefusedError(
                400, "SignatureNonceUsed", "Specified signature nonce was used already."
            )
        return known


@lru_cache(maxsize=512)
def _parsed_query(query: str) -> tuple[tuple[str, str], ...]:
    """A poller sends the same queries again and again."""
    return tuple(parse_qsl(query, keep_blank_values=True))


def verify(request: SignedRequest, keys: Mapping[str, Credentials], now: float) -> Credentials:
    """Return the key whose secret signed the request; `now` is in seconds since 1970.

    Raises RefusedError with the gateway's codes: IncompleteSignature, InvalidAccessKeyId.NotFound,
    InvalidTimeStamp.Format, InvalidTimeStamp.Expired, MissingSecurityToken,
    InvalidSecurityToken.MismatchWithAccessKey, SignatureDoesNotMatch.
    """
    authorization = request.header("authorization")
    if match := _V1_AUTHORIZATION.fullmatch(authorization):
        known = _known_key(keys, match["key"])
        _check_time(_v1_time(request), now)
        _check_v1(request, known, match["signature"])
    elif match := _V3_AUTHORIZATION.fullmatch(authorization):
        known = _known_key(keys, match["key"])
        _check_v3(request, known, match["headers"], match["signature"])
        _check_time(_v3_time(request), now)
    else:
        raise _incomplete("the Authorization header is absent or has neither known form")
    _check_token(request, known)
    return known


def v1_strings_to_sign(request: SignedRequest) -> Iterator[str]:
    """Yield every form of the string that one of the vendor's signers makes for this request.

    Query values are raw. The signers differ in two points, and which one the real server wants is
    not known: an empty value is signed as "key=" (Python core) or "key" (Tea, Go), and a path that
    needs encoding is signed raw (core, Go) or as it is on the wire (Tea). All forms are taken.
    """
    pairs = sorted(request.pairs, key=lambda pair: pair[0])
    queries = ["&".join(f"{key}={value}" for key, value in pairs)]
    if any(not value for _, value in pairs):
        queries.append("&".join(f"{key}={value}" if value else key for key, value in pairs))
    head = _v1_head(request)
    for path in dict.fromkeys((unquote(request.path), request.path)):
        for query in queries:
            yield f"{head}{path}?{query}" if query else f"{head}{path}"


def v3_canonical_request(request: SignedRequest, signed_headers: Iterable[str]) -> str:
    """Return ACS3-HMAC-SHA256's canonical request over the named headers."""
    names = sorted(signed_headers)
    pairs = sorted(request.pairs, key=lambda pair: pair[0])
    return "\n".join(
        (
            request.method,
            request.path or "/",
            "&".join(f"{key}={quote(value, safe='~')}" for key, value in pairs),
            "".join(f"{name}:{request.header(name).strip()}\n" for name in names),
            ";".join(names),
            request.header("x-acs-content-sha256"),
        )
    )


def _v1_head(request: SignedRequest) -> str:
    plain = (
        request.method,
        request.header("accept"),
        request.header("content-md5"),
        request.header("content-type"),
        request.header("date"),
    )
    signed = sorted(item for item in request.headers.items() if item[0].startswith("x-acs-"))
    return "\n".join((*plain, *(f"{name}:{value}" for name, value in signed))) + "\n"


def _check_v1(request: SignedRequest, known: Credentials, signature: str) -> None:
    strings = tuple(v1_strings_to_sign(request))
    secret = known.access_key_secret.encode()
    for string in strings:
        digest = hmac.digest(secret, _wire_bytes(string), "sha1")
        if hmac.compare_digest(base64.b64encode(digest), _wire_bytes(signature)):
            return
    raise _mismatch(f"server string to sign is:{strings[0]}")


def _check_v3(request: SignedRequest, known: Credentials, headers: str, signature: str) -> None:
    signed = frozenset(headers.split(";"))
    _check_v3_headers(request, signed)
    canonical = v3_canonical_request(request, signed)
    string = f"ACS3-HMAC-SHA256\n{hashlib.sha256(_wire_bytes(canonical)).hexdigest()}"
    digest = hmac.digest(known.access_key_secret.encode(), string.encode(), "sha256")
    if not hmac.compare_digest(digest.hex(), signature):
        raise _mismatch(
            f"server string to sign is:{string}, server canonical request is:{canonical}"
        )


def _check_v3_headers(request: SignedRequest, signed: frozenset[str]) -> None:
    sent = {name for name in request.headers if name.startswith("x-acs-")}
    if unsigned := sorted((V3_ALWAYS_SIGNED | sent) - signed):
        raise _incomplete(f"not in SignedHeaders: {', '.join(unsigned)}")
    if absent := sorted(signed - request.headers.keys()):
        raise _incomplete(f"in SignedHeaders but not sent: {', '.join(absent)}")
    if request.header("x-acs-content-sha256") != request.body_sha256:
        raise _mismatch(f"server body digest is:{request.body_sha256}")


def _known_key(keys: Mapping[str, Credentials], key_id: str) -> Credentials:
    known = keys.get(key_id)
    if known is None:
        raise RefusedError(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
    return known


def _check_token(request: SignedRequest, known: Credentials) -> None:
    token = request.header("x-acs-security-token") or None
    if known.security_token is not None and token is None:
        raise RefusedError(400, "MissingSecurityToken", "SecurityToken is mandatory.")
    if token != known.security_token:
        raise RefusedError(
            400,
            "InvalidSecurityToken.MismatchWithAccessKey",
            "Specified SecurityToken mismatches with the AccessKey.",
        )


def _check_time(sent: float | None, now: float) -> None:
    if sent is None:
        raise RefusedError(
            400,
            "InvalidTimeStamp.Format",
            "Specified time stamp or date value is not well formatted.",
        )
    if abs(now - sent) > MAX_SKEW.total_seconds():
        raise RefusedError(
            400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired."
        )


def _v1_time(request: SignedRequest) -> float | None:
    parsed = parsedate_tz(request.header("date"))
    return None if parsed is None else float(mktime_tz(parsed))


def _v3_time(request: SignedRequest) -> float | None:
    try:
        sent = datetime.strptime(request.header("x-acs-date"), _V3_DATE).replace(tzinfo=UTC)
    except ValueError:
        return None
    return sent.timestamp()


def _wire_bytes(text: str) -> bytes:
    """Give back the bytes that a header held, also where they were no UTF-8."""
    return text.encode(errors="surrogateescape")


def _incomplete(why: str) -> RefusedError:
    message = f"The request signature does not conform to Aliyun standards: {why}."
    return RefusedError(400, "IncompleteSignature", message)


def _mismatch(what: str) -> RefusedError:
    message = f"Specified signature is not matched with our calculation. {what}"
    return RefusedError(400, "SignatureDoesNotMatch", message)
