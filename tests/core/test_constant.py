"""What stays of a message when it comes again with other values."""

from __future__ import annotations

import pytest

from watcher.core.constant import MOST_CHARACTERS, constant_part


@pytest.mark.parametrize(
    "line, expected",
    [
        ("refused: db-7.prod.internal/10.0.0.1:5432", "refused"),
        ("no route to db-7.prod.internal now", "no route to #host now"),
        ("no route to mars:9092 now", "no route to #host now"),
        ("UnknownHostException: mars: Name or service not known", None),
        ("GET https://a.b/c/7?d=e failed", "GET https:* failed"),
        ("mail to bob@acme.com bounced", "mail to *@* bounced"),
        ("cannot read /data/job-17/part-3.csv now", "cannot read /data/*/* now"),
        ("cannot read /etc/krb/app.conf now", "cannot read /etc/krb/app.conf now"),
        ("Session 123e4567-e89b-12d3-a456-426614174000 ended", "Session # ended"),
        ("ended at 2026-11-24T10:00:00.123Z then", "ended at # then"),
        ("ended at 2026-11-24 10:00:00,123 +08:00 then", "ended at # then"),
        ("ended at Tue Nov 24 13:41:29 CST 2026 then", "ended at # then"),
        ("timed out after 30000 ms here", "timed out after #span here"),
        ("timed out after PT8S here", "timed out after #span here"),
        ("needs 10.5 GiB here", "needs #size here"),
        ("task a.B$$Lambda$17/0x0000000800c8b440@1a2b failed", "task a.B$$Lambda@ failed"),
        ("bean com.sun.proxy.$Proxy12@7f failed", "bean com.sun.proxy.$Proxy@ failed"),
        ("bean A$$EnhancerByCGLIB$$1a2b failed", "bean A$$Enhanced failed"),
        ("lambda$open$17 failed", "lambda$open failed"),
        ("offset=17, leader='bob' lost", "offset=*, leader=* lost"),
        ("errorCode=E17, code=AccessDenied lost", "errorCode=E#, code=AccessDenied lost"),
        ("Access denied for user 'bob'@'10.0.0.1' here", "Access denied for user * here"),
        ('For input string: "12x" here', "For input string: '*' here"),
        ("rejected for user bob here", "rejected for user * here"),
        ("Unknown column 'amount_3' here", "Unknown column 'amount_#' here"),
        ("values [1, 2, 3] here", "values [#] here"),
        ("attempt 3/10 here", "attempt # here"),
        ("订单 17 失败", "订单 # 失败"),
        ("at [Source: (String)\"{'id': 7}\"; line: 1]", "at [Source]"),
    ],
)
def test_what_varies_is_taken_out(line: str, expected: str | None) -> None:
    """Numbers, ids, addresses, hosts, times, spans, paths' and quoted values, generated names."""
    assert (expected or "UnknownHostException: #host: Name or service not known") == (
        constant_part(line)
    )


@pytest.mark.parametrize(
    "one, other",
    [
        ("Server returned HTTP response code: 503 for it", "response code: 403 for it"),
        ("HTTP/1.1 503 busy", "HTTP/1.1 403 busy"),
        ("(Status Code: 403)", "(Status Code: 503)"),
        ("ORA-00942: no", "ORA-01017: no"),
        ("no table 'a'", "no table 'b'"),
        ("no class com.acme.A", "no class com.acme.B"),
        ("cannot read /etc/a", "cannot read /etc/b"),
        ("state=FAILED", "state=LOST"),
        ("订单 17 失败", "订单 17 成功"),
    ],
)
def test_what_has_a_meaning_stays(one: str, other: str) -> None:
    """Codes, names of tables, classes and files, and words make another error."""
    assert constant_part(one) != constant_part(other)


def test_what_is_constant_is_bounded() -> None:
    """A payload behind the message does not decide."""
    assert MOST_CHARACTERS == len(constant_part("word " * 400))
    assert constant_part("word " * 300 + "a") == constant_part("word " * 300 + "b")
