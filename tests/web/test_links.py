"""Addresses of our own pages."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from watcher.web.doors import Doors
from watcher.web.gate import GATE, Gate
from watcher.web.links import inner, link


def test_links_stand_under_the_proxy_s_path() -> None:
    """With what is asked, and without what is not."""
    app = web.Application()
    app[GATE] = Gate(lambda: Doors(base_url="https://ops.example.com/watcher/"))
    request = make_mocked_request("GET", "/", app=app)
    assert "/watcher/" == link(request, "/")
    assert "/watcher/jobs?q=a%26b&page=2" == link(request, "/jobs", q="a&b", page=2, state=None)


@pytest.mark.parametrize(
    "target, expected",
    [
        ("/jobs?q=1#x", "/jobs?q=1#x"),
        ("/", "/"),
        ("", "/"),
        ("jobs", "/"),
        ("//evil", "/"),
        ("/\\evil", "/"),
        ("/a\\b", "/"),
        ("https://evil", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
    ],
)
def test_a_target_is_ours_or_the_first_page(target: str, expected: str) -> None:
    """Nobody is led to another site."""
    assert expected == inner(target)
