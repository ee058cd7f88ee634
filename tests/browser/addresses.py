"""The pages that are looked at in a browser; a new page is one line here."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode


def job(name: str, span: str = "6h") -> str:
    """The address of a job's page."""
    asked = {"source": "prod", "type": "FLINK_STREAM", "name": name, "range": span}
    return f"/job?{urlencode(asked)}"


PAGES: Final = MappingProxyType(
    {
        "overview": "/",
        "jobs": "/jobs",
        "jobs-found": "/jobs?q=orders&expect=RUNNING",
        "jobs-none": "/jobs?q=nothing",
        "job": job("payments"),
        "job-delays": job("clicks"),
        "deliveries-dead": "/deliveries?state=dead",
        "order": "/deliveries/order?verb=drop&state=dead",
        "silence-filled": "/silences?job=payments&kind=state-mismatch&rule=job-down",
        "job-unknown": job("paymentz"),
        "alerts": "/alerts",
        "deliveries": "/deliveries",
        "silences": "/silences",
        "rules": "/rules",
    }
)
"""By their names in pictures."""

FOLLOWED: Final = MappingProxyType(
    {
        "alert": ("/alerts", "main a[href^='/alert?']"),
        "delivery": ("/deliveries", "main a[href^='/delivery?']"),
        "order": ("/deliveries?state=dead", "main a[href^='/deliveries/order?']"),
    }
)
"""Pages whose addresses hold an id: where a link leads to one, and which link."""
