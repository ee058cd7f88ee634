"""The commands.

Only click is imported here: each command imports what it needs when it is called, so that
`watcher --help` is quick.
"""

from __future__ import annotations

from watcher.cli.root import main

__all__ = ["main"]
