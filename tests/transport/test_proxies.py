"""Which proxy stands before which address."""

from __future__ import annotations

import pytest
from yarl import URL

from watcher.core.reading import Cause
from watcher.ports import TransportError
from watcher.transport.proxies import DIRECT, Proxies


@pytest.mark.parametrize(
    "no_proxy, direct",
    [
        ("", False),
        ("*", True),
        ("foas.example.com", True),
        ("FOAS.example.com:443", True),
        ("foas.example.com:80", False),
        ("example.com", True),
        (".example.com", True),
        ("ple.com", False),
        ("localhost, .example.com", True),
        ("other.example.com", False),
    ],
)
def test_no_proxy_names_hosts_and_domains(no_proxy: str, direct: bool) -> None:
    """A host is asked directly if NO_PROXY names it or a domain above it."""
    proxies = Proxies({"https": "http://proxy:3128", "no": no_proxy})
    assert direct == (proxies.towards(URL("https://foas.example.com/x")) == DIRECT)


def test_a_scheme_has_its_own_proxy() -> None:
    """HTTPS_PROXY says nothing of http addresses."""
    proxies = Proxies({"https": "http://proxy:3128"})
    assert DIRECT == proxies.towards(URL("http://foas.example.com/"))


def test_a_proxy_without_scheme_is_http() -> None:
    """`proxy:3128` is understood as curl does."""
    proxies = Proxies({"http": "proxy:3128"})
    assert URL("http://proxy:3128") == proxies.towards(URL("http://example.com/")).url


def test_a_proxys_password_does_not_show() -> None:
    """Neither where it is found nor in what is told of the proxy."""
    proxies = Proxies({"https": "http://user:planted@proxy:3128"})
    proxy = proxies.towards(URL("https://example.com/"))
    assert "Basic dXNlcjpwbGFudGVk" == proxy.authorization
    assert "Proxy(http://proxy:3128)" == repr(proxy)
    assert "planted" not in f"{proxies!r}"


def test_a_socks_proxy_is_refused_in_words() -> None:
    """What the client cannot speak is said, without the address and its password."""
    proxies = Proxies({"https": "socks5://user:planted@proxy:1080"})
    with pytest.raises(TransportError, match="HTTPS_PROXY names no http:// proxy") as caught:
        proxies.towards(URL("https://example.com/"))
    assert Cause.CONNECTION == caught.value.cause
