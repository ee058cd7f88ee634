"""What crosses the edges shows nothing of what it carries."""

from __future__ import annotations

import pytest

from watcher.ports import HttpAnswer, HttpRequest


@pytest.mark.parametrize(
    "url",
    [
        "https://h.example:8443/planted?planted",
        "https://h.example:8443?token=planted",
        "https://h.example:8443#planted",
        "https://h.example:8443\\planted",
        "https://planted:planted@h.example:8443/x",
    ],
)
def test_a_request_shows_its_method_and_host(url: str) -> None:
    """Paths, queries, passwords, headers and bodies hold secrets."""
    request = HttpRequest("POST", url, {"Authorization": "planted"}, b"planted")
    assert "HttpRequest(POST https://h.example:8443/…)" == repr(request) == str(request)


def test_an_answer_shows_its_status_and_size() -> None:
    """Receivers echo what they were sent."""
    answer = HttpAnswer(403, {"x-echo": "planted"}, b"planted")
    assert "HttpAnswer(403, 7 bytes)" == repr(answer)
