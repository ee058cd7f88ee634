"""No secret leaves: what was told to the redactor, however spelt, and what shows by its shape."""

from __future__ import annotations

import json
from urllib.parse import quote, quote_plus, urlencode
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.telemetry.redaction import MASK, Redactor

VALUE = "s3cr3t-Value/+=& <é>"

PLANTED = "9f8e7d6c5b4a"
SHAPES = (
    f"https://oapi.dingtalk.com/robot/send?access_token={PLANTED}",
    f"https://oapi.dingtalk.com/robot/send?timestamp={PLANTED}",
    f"https://oapi.dingtalk.com/robot/send?a=b&sign={PLANTED}%2B%3D",
    f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={PLANTED}",
    f"https://open.feishu.cn/open-apis/bot/v2/hook/{PLANTED}",
    f"https://hooks.slack.com/services/T{PLANTED}/B{PLANTED}/{PLANTED}",
    f"https://hooks.slack.com/workflows/{PLANTED}",
    f"https://hooks.slack-gov.com/services/T1/B1/{PLANTED}",
    f"https://discord.com/api/webhooks/123/{PLANTED}",
    f"https://api.telegram.org/bot123:{PLANTED}/sendMessage",
    f"https://foas.example.com/api?AccessKeyId=x&Signature={PLANTED}%3D",
    f"https://foas.example.com/api?SecurityToken={PLANTED}",
    f"redirected to /robot/send%3Faccess_token%3D{PLANTED}",
    f"redirected to /robot/send%3fa%3Db%26sign%3D{PLANTED}",
    f"postgresql://watcher:{PLANTED}@db.example.com/watcher",
    f"https://{PLANTED}@proxy.example.com:3128",
    f"Authorization: Bearer {PLANTED}",
    f"authorization: acs LTAI4Fkey:{PLANTED}=",
    f"Authorization: ACS3-HMAC-SHA256 Credential=x,SignedHeaders=a;b,Signature={PLANTED}",
    f'{{"Authorization": "acs key:{PLANTED}"}}',
    f"{{'Proxy-Authorization': 'Basic {PLANTED}'}}",
    f"<CIMultiDict('x-acs-security-token': '{PLANTED}')>",
    f"signed with acs testId:{PLANTED}+/=",
    f"no such key LTAI{PLANTED}",
    f"the token STS.{PLANTED} has expired",
    f"xoxb-1234-{PLANTED}",
    f"SEC{PLANTED * 4}",
    f"whsec_{PLANTED}",
    f"password={PLANTED}",
    f"Cookie: session={PLANTED}",
)


@pytest.mark.parametrize("text", SHAPES)
def test_a_secret_shows_by_its_shape(text: str) -> None:
    """What looks like a credential is masked though nobody told the redactor of it."""
    masked = Redactor().redact(f"before {text} ")
    assert PLANTED not in masked
    assert MASK in masked
    assert masked.startswith("before ")


@pytest.mark.parametrize(
    "text",
    [
        "job orders_1 is RUNNING, delay=300 key=orders timestamp=1763798400",
        "https://oapi.dingtalk.com/robot/send?",
        "https://foas.cn-hangzhou.aliyuncs.com/api/v2/projects/p/runsummary/jobs/a,b",
        "acs is the vendor's word; SECONDS and LTAI are no keys",
        "Caused by: java.io.IOException: No space left on device @ host:8081",
        "mail oncall@example.com",
        "",
    ],
)
def test_plain_words_stay(text: str) -> None:
    """What is no secret reaches the reader as it is."""
    assert text == Redactor(["another"]).redact(text)


def test_the_address_stays_readable() -> None:
    """The reader still sees which receiver an error is about."""
    masked = Redactor().redact("POST https://hooks.slack.com/services/T1/B2/x3 failed: refused")
    assert f"POST https://hooks.slack.com/services/{MASK} failed: refused" == masked


@pytest.mark.parametrize(
    "spelt",
    [
        VALUE,
        quote(VALUE),
        quote(VALUE, safe=""),
        quote_plus(VALUE),
        urlencode({"x": VALUE}),
        json.dumps({"x": VALUE}),
        json.dumps({"x": VALUE}, ensure_ascii=False),
        escape(VALUE),
        repr(VALUE),
    ],
)
def test_a_known_secret_is_masked_however_spelt(spelt: str) -> None:
    """URLs, JSON, XML and reprs spell the same value differently; none gets through."""
    masked = Redactor([VALUE]).redact(f"<<{spelt}>>")
    assert MASK in masked
    assert "s3cr3t" not in masked


def test_a_secret_from_a_file_is_masked_without_its_line_end() -> None:
    """A file often ends with a line end that the wire does not carry."""
    assert f"got {MASK}." == Redactor(["s3cr3t-of-file\n"]).redact("got s3cr3t-of-file.")


def test_the_longer_of_two_secrets_is_masked_whole() -> None:
    """A secret that begins with another one leaves no rest behind."""
    assert MASK == Redactor(["abcd", "abcdefgh"]).redact("abcdefgh")


def test_a_short_secret_does_not_blot_words() -> None:
    """A secret of a few characters is masked where it stands alone, not inside of words."""
    assert f"{MASK} cab a-{MASK}" == Redactor(["ab"]).redact("ab cab a-ab")


@pytest.mark.parametrize("nothing", ["", " ", "\n"])
def test_an_empty_secret_is_none(nothing: str) -> None:
    """An unset secret does not turn every text into masks."""
    assert "some text" == Redactor([nothing]).redact("some text")


def test_learned_secrets_are_masked_and_old_ones_stay() -> None:
    """After a reload both the new secret and the one before it are kept from the reader."""
    redactor = Redactor(["old-secret"])
    redactor.learn(["new-secret"])
    assert f"{MASK} {MASK}" == redactor.redact("old-secret new-secret")


def test_redactor_does_not_show_what_it_knows() -> None:
    """The redactor's own repr counts its secrets and shows none."""
    assert "Redactor(2 secrets)" == repr(Redactor(["s3cr3t-1", "s3cr3t-2"]))


@given(
    secret=st.text("abcXYZ019+/=%&-_ \"\\'<é中", min_size=4).filter(lambda s: len(s.strip()) >= 4),
    before=st.text(),
    after=st.text(),
)
def test_no_known_secret_survives(secret: str, before: str, after: str) -> None:
    """Whatever stands round it, a secret that was told does not come through."""
    assert secret.strip() not in Redactor([secret]).redact(before + secret + after)


@given(st.text() | st.sampled_from(SHAPES))
def test_redacting_twice_changes_nothing(text: str) -> None:
    """What was masked once, on its way into an error, passes the log as it is."""
    redactor = Redactor(["s3cr3t"])
    assert redactor.redact(text) == redactor.redact(redactor.redact(text))
