"""The way out: one HTTP client for every source and channel."""

from __future__ import annotations

from watcher.transport.http import Http

__all__ = ["Http"]
