"""The keys that requests are signed with, which no repr shows."""

from __future__ import annotations

import msgspec


class Credentials(msgspec.Struct, frozen=True):
    """An AccessKey, with the token that temporary (STS) keys come with."""

    access_key_id: str
    access_key_secret: str
    security_token: str | None = None

    def __repr__(self) -> str:
        """Nothing of the keys."""
        return "Credentials(…)"

    def redact(self, text: str) -> str:
        """`text` without the keys: servers quote what they were sent in their errors."""
        for secret in (self.security_token, self.access_key_secret, self.access_key_id):
            if secret:
                text = text.replace(secret, "***")
        return text
