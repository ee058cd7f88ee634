"""Both signatures are checked as the vendor's signers make them, and every refusal has its code."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulator.signing import (
    JOB1,
    KEY,
    NOON,
    RUN_SUMMARY_PATH,
    STS_KEY,
    run_summary_request,
    signed_v1,
    signed_v3,
)
from watcher.simulator.refusal import RefusedError
from watcher.simulator.signature import (
    Credentials,
    Gatekeeper,
    NonceMemory,
    SignedRequest,
    v1_strings_to_sign,
    v3_canonical_request,
    verify,
)

VECTORS = json.loads(
    (Path(__file__).parents[1] / "vectors" / "signature_vectors.json").read_text(encoding="utf-8")
)
V1_VECTORS = [
    vector for vector in VECTORS["v1_core"] + VECTORS["v1_tea"] if vector["method"] == "GET"
]
V3_VECTORS = [vector for vector in VECTORS["v3_tea"] if vector["method"] == "GET"]
VECTOR_TIME = datetime(2026, 11, 9, 8, tzinfo=UTC).timestamp()
KEYS = {key.access_key_id: key for key in (KEY, STS_KEY)}


def vector_request(vector: dict[str, Any], authorization: str | None = None) -> SignedRequest:
    """Return the vector's request as its signer's HTTP client puts it on the wire."""
    path, _, query = vector.get("url_path_and_query", "").partition("?")
    headers = {name.lower(): value for name, value in vector["headers"].items()}
    headers["authorization"] = authorization or vector["authorization"]
    return SignedRequest(
        vector["method"],
        path or quote(vector["pathname"]),
        query or urlencode(vector["query"], quote_via=quote),
        headers,
    )


def vector_keys(vector: dict[str, Any]) -> dict[str, Credentials]:
    """Return the one key that the vector was signed with."""
    key_id = vector["access_key_id"]
    key = Credentials(key_id, vector["access_key_secret"], vector.get("security_token"))
    return {key_id: key}


def named(vectors: list[dict[str, Any]]) -> list[Any]:
    """Return the vectors as parameters that bear their names."""
    return [pytest.param(vector, id=vector["name"]) for vector in vectors]


@pytest.mark.parametrize("vector", named(V1_VECTORS + V3_VECTORS))
def test_what_the_vendors_signers_signed_is_let_in(vector: dict[str, Any]) -> None:
    """Every golden vector of both signatures verifies."""
    keys = vector_keys(vector)
    assert keys[vector["access_key_id"]] == verify(vector_request(vector), keys, VECTOR_TIME)


@pytest.mark.parametrize("vector", named(V1_VECTORS))
def test_the_v1_string_to_sign_is_the_vendors(vector: dict[str, Any]) -> None:
    """One of the strings that the server takes is, byte for byte, the signer's."""
    assert vector["string_to_sign"] in tuple(v1_strings_to_sign(vector_request(vector)))


@pytest.mark.parametrize("vector", named(V3_VECTORS))
def test_the_v3_canonical_request_is_the_vendors(vector: dict[str, Any]) -> None:
    """The canonical request is, byte for byte, the signer's."""
    signed = vector["signed_headers"].split(";")
    assert vector["canonical_request"] == v3_canonical_request(vector_request(vector), signed)


@pytest.mark.parametrize("vector", named(V1_VECTORS + V3_VECTORS))
def test_another_secret_does_not_match(vector: dict[str, Any]) -> None:
    """The same requests are refused where the key has another secret."""
    key_id = vector["access_key_id"]
    keys = {key_id: Credentials(key_id, "anotherSecret", vector.get("security_token"))}
    with pytest.raises(RefusedError) as refused:
        verify(vector_request(vector), keys, VECTOR_TIME)
    assert (400, "SignatureDoesNotMatch") == (refused.value.status, refused.value.code)
    assert "server string to sign is:" in refused.value.message


def test_the_published_v3_example_verifies() -> None:
    """The worked example of the vendor's page, a POST, verifies too."""
    (vector,) = VECTORS["v3_published"]
    at = datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC).timestamp()
    keys = vector_keys(vector)
    assert verify(vector_request(vector), keys, at) == keys[vector["access_key_id"]]


def refusal_code(request: SignedRequest, now: float = NOON) -> str:
    """Return the code that the request is refused with."""
    with pytest.raises(RefusedError) as refused:
        verify(request, KEYS, now)
    return refused.value.code


@pytest.mark.parametrize("sign", [signed_v1, signed_v3])
@pytest.mark.parametrize(
    "skew,code", [(901, "InvalidTimeStamp.Expired"), (-901, "InvalidTimeStamp.Expired")]
)
def test_a_request_from_another_time_is_refused(sign: Any, skew: float, code: str) -> None:
    """More than 15 minutes before or after the server's time is too much."""
    request = sign(RUN_SUMMARY_PATH, JOB1, at=NOON + skew)
    assert code == refusal_code(request)


@pytest.mark.parametrize("sign", [signed_v1, signed_v3])
@pytest.mark.parametrize("skew", [-900, 900])
def test_fifteen_minutes_are_tolerated(sign: Any, skew: float) -> None:
    """A clock that is wrong by 15 minutes is good enough."""
    assert verify(sign(RUN_SUMMARY_PATH, JOB1, at=NOON + skew), KEYS, NOON) == KEY


def test_a_time_that_is_none_is_refused() -> None:
    """A Date that cannot be read has its own code, in both signatures."""
    v1 = run_summary_request()
    v1 = SignedRequest("GET", v1.path, v1.query, {**v1.headers, "date": "yesterday"})
    assert refusal_code(v1) == "InvalidTimeStamp.Format"
    v3 = signed_v3(RUN_SUMMARY_PATH, JOB1, extra={"x-acs-date": "yesterday"})
    assert refusal_code(v3) == "InvalidTimeStamp.Format"


@pytest.mark.parametrize(
    "authorization", ["", "acs", "acs:testAccessKeyId:x", "Bearer x", "ACS3-HMAC-SHA256 x"]
)
def test_an_authorization_without_a_known_form_is_refused(authorization: str) -> None:
    """What is not a signature at all is called incomplete."""
    request = SignedRequest("GET", RUN_SUMMARY_PATH, "", {"authorization": authorization})
    assert refusal_code(request) == "IncompleteSignature"


def test_an_unknown_key_is_not_found() -> None:
    """A key that nobody has is 404 InvalidAccessKeyId.NotFound."""
    request = run_summary_request(key=Credentials("nobody", "x"))
    assert refusal_code(request) == "InvalidAccessKeyId.NotFound"


@pytest.mark.parametrize("sign", [signed_v1, signed_v3])
def test_a_temporary_key_needs_its_token(sign: Any) -> None:
    """An STS key passes with its token, and not without it or with another."""
    right = sign(RUN_SUMMARY_PATH, JOB1, key=STS_KEY)
    assert verify(right, KEYS, NOON) == STS_KEY
    bare = Credentials(STS_KEY.access_key_id, STS_KEY.access_key_secret)
    assert refusal_code(sign(RUN_SUMMARY_PATH, JOB1, key=bare)) == "MissingSecurityToken"
    other = Credentials(STS_KEY.access_key_id, STS_KEY.access_key_secret, "other")
    mismatch = "InvalidSecurityToken.MismatchWithAccessKey"
    assert refusal_code(sign(RUN_SUMMARY_PATH, JOB1, key=other)) == mismatch
    stray = Credentials(KEY.access_key_id, KEY.access_key_secret, "stray")
    assert refusal_code(sign(RUN_SUMMARY_PATH, JOB1, key=stray)) == mismatch


@pytest.mark.parametrize("name", ["host", "x-acs-date", "x-acs-signature-nonce", "x-acs-action"])
def test_v3_must_sign_what_counts(name: str) -> None:
    """A header that says what, when or where may not stay out of V3's signature."""
    request = signed_v3(RUN_SUMMARY_PATH, JOB1, unsigned=(name,))
    assert refusal_code(request) == "IncompleteSignature"


def test_v3_may_leave_other_headers_unsigned() -> None:
    """What a proxy may rewrite can stay out of V3's signature."""
    request = signed_v3(RUN_SUMMARY_PATH, JOB1, unsigned=("accept",))
    assert verify(request, KEYS, NOON) == KEY


def test_v3_signs_the_host_with_its_port() -> None:
    """A request signed for another port is refused."""
    request = signed_v3(RUN_SUMMARY_PATH, JOB1)
    headers = {**request.headers, "host": "127.0.0.1:8081"}
    moved = SignedRequest("GET", request.path, request.query, headers)
    assert refusal_code(moved) == "SignatureDoesNotMatch"


def test_v3_body_must_be_the_one_that_was_signed() -> None:
    """The digest header must be that of the body that came."""
    request = signed_v3(RUN_SUMMARY_PATH, JOB1)
    swapped = SignedRequest("GET", request.path, request.query, request.headers, "00")
    assert refusal_code(swapped) == "SignatureDoesNotMatch"


@pytest.mark.parametrize("sign", [signed_v1, signed_v3])
@given(
    names=st.text(
        st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("+&% ,=~*'é作"),
        min_size=1,
    )
)
def test_any_name_is_signed_by_its_raw_value(sign: Any, names: str) -> None:
    """Spaces, +, &, % and Chinese characters verify in both signatures."""
    query = {"jobNames": names, "jobType": "FLINK_STREAM"}
    assert verify(sign(RUN_SUMMARY_PATH, query), KEYS, NOON) == KEY


@pytest.mark.parametrize("sign", [signed_v1, signed_v3])
def test_another_query_does_not_match(sign: Any) -> None:
    """A query that was changed on the way is refused."""
    request = sign(RUN_SUMMARY_PATH, JOB1)
    changed = SignedRequest("GET", request.path, request.query + "2", request.headers)
    assert refusal_code(changed) == "SignatureDoesNotMatch"


def test_a_nonce_serves_once() -> None:
    """The same signed request does not pass twice when it bears a nonce."""
    gatekeeper = Gatekeeper([KEY])
    request = signed_v1(RUN_SUMMARY_PATH, JOB1, extra={"x-acs-signature-nonce": "once"})
    assert gatekeeper.admit(request, NOON) == KEY
    with pytest.raises(RefusedError) as refused:
        gatekeeper.admit(request, NOON + 1)
    assert (400, "SignatureNonceUsed") == (refused.value.status, refused.value.code)


def test_without_a_nonce_a_request_may_repeat() -> None:
    """The vendor's core SDK sends no nonce, and is let in each time."""
    gatekeeper = Gatekeeper([KEY])
    assert [KEY, KEY] == [gatekeeper.admit(run_summary_request(), NOON) for _ in range(2)]


def test_a_badly_signed_nonce_is_not_used_up() -> None:
    """A request that is refused leaves its nonce to the one who owns it."""
    gatekeeper = Gatekeeper([KEY])
    nonce = {"x-acs-signature-nonce": "mine"}
    forged = signed_v1(RUN_SUMMARY_PATH, JOB1, key=Credentials(KEY.access_key_id, "?"), extra=nonce)
    with pytest.raises(RefusedError):
        gatekeeper.admit(forged, NOON)
    assert gatekeeper.admit(signed_v1(RUN_SUMMARY_PATH, JOB1, extra=nonce), NOON) == KEY


def test_nonces_are_forgotten() -> None:
    """Nonces take bounded room: the old ones go, by age and by number."""
    memory = NonceMemory(limit=3)
    assert [True] * 5 == [memory.use("key", f"{n}", NOON) for n in range(5)]
    assert len(memory) == 3
    assert memory.use("key", "late", NOON + 1801)
    assert len(memory) == 1


def test_credentials_do_not_show_their_secrets() -> None:
    """Neither secret nor token is in a key's repr, nor in a request's."""
    shown = repr(STS_KEY) + repr(run_summary_request(key=STS_KEY))
    assert "stsAccessKeySecret" not in shown
    assert "stsToken" not in shown
