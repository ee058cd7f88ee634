"""The keys that requests are signed with, which no repr shows."""

from __future__ import annotations

import msgspec

from watcher.telemetry.redaction import Redactor


class Credentials(msgspec.Struct, frozen=True):
    """An AccessKey, with the token that temporary (STS) keys come with."""

    access_key_id: str
    access_key_secret: str
    security_token: str | None = None

    def __repr__(self) -> str:
        """Nothing of the keys."""
        return "Credentials(…)"

    def redact(self, text: str) -> str:
        """`text` without the keys, however spelt: servers quote what they were sent."""
        keys = (self.access_key_id, self.access_key_secret, self.security_token or "")
        return Redactor(keys).redact(text)
