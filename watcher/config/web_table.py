"""The `[web]` table of the file: who may see the pages and act, and how they are reached."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr

from watcher.tables import StrictTable

SHORTEST_TOKEN: Final = 16
SHORTEST_PASSWORD: Final = 8


def _check_token(token: SecretStr) -> SecretStr:
    text = token.get_secret_value()
    if len(text) < SHORTEST_TOKEN or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(
            f"a token has at least {SHORTEST_TOKEN} ASCII letters, digits and signs without"
            " blanks; make one with: openssl rand -hex 32"
        )
    return token


def _check_password(password: SecretStr) -> SecretStr:
    if len(password.get_secret_value()) < SHORTEST_PASSWORD:
        raise ValueError(f"a password has at least {SHORTEST_PASSWORD} letters")
    return password


def _check_user(user: str) -> str:
    if not user or ":" in user or not user.isprintable():
        raise ValueError("a user's name is not empty and has no colon")
    return user


def _check_base_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError("write it as https://host or https://host/path") from None
    plain = url.isascii() and url.isprintable() and not set(url) & set(" \"'<>\\")
    bare = not parts.query and not parts.fragment and "@" not in parts.netloc
    if parts.scheme not in ("https", "http") or not parts.hostname or not plain or not bare:
        raise ValueError("write it as https://host or https://host/path")
    return url


class WebTable(StrictTable):
    """Who may see the pages and act on them; without one, whoever sits at this machine."""

    token: Annotated[SecretStr, AfterValidator(_check_token)] | None = None
    """What opens everything, by `Authorization: Bearer` or the login page."""

    user: Annotated[str, AfterValidator(_check_user)] | None = None
    """In place of a token, with `password`: by Basic or the login page."""

    password: Annotated[SecretStr, AfterValidator(_check_password)] | None = None
    """The user's password."""

    cert_file: str | None = None
    """A file of PEM: the certificate, and those between it and its authority; with `key_file`."""

    key_file: str | None = None
    """A file of PEM: the certificate's key, not encrypted."""

    base_url: Annotated[str, AfterValidator(_check_base_url)] | None = None
    """The address by which browsers come, where a proxy stands before the watcher."""

    @property
    def locked(self) -> bool:
        """Whether one must say who one is."""
        return self.token is not None or self.password is not None
