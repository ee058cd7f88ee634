"""Say no to a request as the API's gateway does: a status, a code and a message."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class RefusedError(Exception):
    """A request is refused; becomes the error body of the vendor's page 返回结果.

    `status` is the HTTP status, `code` and `message` are the body's, `headers` are sent along.
    """

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] = NO_HEADERS
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
