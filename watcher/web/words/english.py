"""What every page says in English; each page's own words stand in a module of their own."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

WORDS: Final = MappingProxyType(
    {
        "product": "watcher",
        "skip": "Skip to the content",
        "nav": "Pages",
        "nav.overview": "Overview",
        "nav.jobs": "Jobs",
        "nav.alerts": "Alerts",
        "nav.deliveries": "Deliveries",
        "nav.silences": "Silences",
        "nav.rules": "Rules",
        "as.of": "As of",
        "overview.title": "Overview",
        "overview.sources": "Sources",
        "overview.source": "Source",
        "overview.read": "Last good reading",
    }
)
