"""The reference documents, made of the code: `python -m tests.reference` writes them anew."""

from __future__ import annotations

from types import MappingProxyType

from tests.reference import commands, configuration

PAGES = MappingProxyType(
    {"docs/commands.md": commands.page, "docs/configuration.md": configuration.page}
)
"""Each document, and what makes it."""
