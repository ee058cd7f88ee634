"""Which proxy stands before an address, from the environment's variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.request import getproxies_environment

from aiohttp import encode_basic_auth
from yarl import URL

from watcher.core.reading import Cause
from watcher.ports import TransportError


class Proxy(NamedTuple):
    """A proxy and the Proxy-Authorization that it wants; both `None` where the way is direct."""

    url: URL | None = None
    authorization: str | None = None

    def __repr__(self) -> str:
        """Where it is; nothing of its password."""
        return f"Proxy({self.url})"


DIRECT = Proxy()


class Proxies:
    """The proxies of `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, read once.

    aiohttp's own `trust_env` is not used: it would also send the passwords of `.netrc` to whoever
    is asked, and read the environment anew for each request.
    """

    def __init__(self, addresses: Mapping[str, str]) -> None:
        """Take addresses by scheme; `no` holds the hosts that are asked directly."""
        self._addresses = dict(addresses)

    @classmethod
    def of_environment(cls) -> Proxies:
        """The proxies that the process was started with."""
        return cls(getproxies_environment())

    def towards(self, url: URL) -> Proxy:
        """The proxy before `url`, or none; `TransportError` where it is no HTTP proxy."""
        address = self._addresses.get(url.scheme)
        if not address or self._is_direct(url):
            return DIRECT
        proxy = URL(address if "://" in address else f"http://{address}")
        if proxy.scheme not in ("http", "https") or not proxy.host:
            raise TransportError(
                Cause.CONNECTION, f"{url.scheme.upper()}_PROXY names no http:// proxy"
            )
        if proxy.user is None:
            return Proxy(proxy)
        authorization = encode_basic_auth(proxy.user, proxy.password or "")
        return Proxy(proxy.with_user(None), authorization)

    def _is_direct(self, url: URL) -> bool:
        """Whether `NO_PROXY` names the host: itself, with its port, a domain above it, or `*`."""
        entries = (entry.strip().lstrip(".") for entry in self._addresses.get("no", "").split(","))
        hosts = (f".{url.host}", f".{url.host}:{url.port}")
        return any(
            entry == "*" or any(host.endswith(f".{entry.lower()}") for host in hosts)
            for entry in entries
            if entry
        )
