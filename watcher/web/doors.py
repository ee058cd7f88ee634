"""Who may come in and by what address, as the file says."""

from __future__ import annotations

from hmac import compare_digest
from urllib.parse import SplitResult, urlsplit

import msgspec


class Doors(msgspec.Struct, frozen=True):
    """The `[web]` table, as far as requests are judged by it; never printed, it holds secrets."""

    token: str | None = None
    user: str | None = None
    password: str | None = None
    base_url: str | None = None
    tls: bool = False
    port: int = 0

    def __repr__(self) -> str:
        """Whether there is a lock; no values."""
        return f"Doors(locked={self.locked}, secure={self.secure})"

    @property
    def locked(self) -> bool:
        """Whether one must say who one is."""
        return self.token is not None or self.password is not None

    @property
    def secure(self) -> bool:
        """Whether browsers come by https, so that cookies need never travel in the open."""
        return self.tls or self._base.scheme == "https"

    @property
    def prefix(self) -> str:
        """What stands before each path of ours in a browser; "" where nothing does."""
        return self._base.path.rstrip("/")

    @property
    def origin(self) -> str | None:
        """The origin of `base_url`, as browsers write it in `Origin`."""
        return f"{self._base.scheme}://{self._base.netloc}".lower() if self.base_url else None

    @property
    def host(self) -> str | None:
        """The name in `base_url`, without its port."""
        return self._base.hostname

    @property
    def _base(self) -> SplitResult:
        return urlsplit(self.base_url or "")

    def takes_token(self, given: str) -> bool:
        """Whether this is the token; takes as long for one that is nearly right."""
        return self.token is not None and _same(given, self.token)

    def takes_password(self, user: str, password: str) -> bool:
        """Whether these are the user and the password; both are always compared."""
        if self.user is None or self.password is None:
            return False
        return _same(user, self.user) & _same(password, self.password)


def _same(given: str, right: str) -> bool:
    return compare_digest(given.encode(errors="surrogatepass"), right.encode())
