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
        "logout": "Log out",
        "login.title": "Log in",
        "login.user": "User",
        "login.password": "Password",
        "login.token": "Token",
        "login.submit": "Log in",
        "login.wrong": "That is not right.",
        "login.wait": "Too many tries that were not right. Try again in {seconds} s.",
        "refused.403": "This was not done",
        "refused.404": "Nothing is here",
        "refused.405": "This cannot be done here",
        "refused.408": "This took too long",
        "refused.415": "This cannot be read",
        "refused.503": "Not just now",
        "refused.home": "To the overview",
        "live.updated": "Updated",
        "language.en": "English",
        "language.zh": "中文",
        "overview.title": "Overview",
        "overview.sources": "Sources",
        "overview.source": "Source",
        "overview.read": "Last good reading",
    }
)
