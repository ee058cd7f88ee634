"""contrib/grafana/watcher.json as Grafana would read it."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.tree import ROOT

FILE = ROOT / "contrib/grafana/watcher.json"
BUILT_IN = {"__rate_interval": "1m"}
"""What Grafana itself puts in place of a variable."""
CHOSEN = {"job": "watcher", "instance": ".*", "source": ".*", "channel": ".*"}
"""What a person has chosen, for each variable of the dashboard that stands in a query."""

_VALUES = re.compile(r"label_values\((.+), (\w+)\)")


def dashboard() -> Any:
    """The file."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def panels() -> list[Any]:
    """Every panel, rows too."""
    found = dashboard()["panels"]
    assert isinstance(found, list)
    return found


def filled(query: str) -> str:
    """The query with a value for each of its variables; KeyError for one that nobody knows."""
    values = BUILT_IN | CHOSEN
    return re.sub(r"\$(\w+)", lambda found: values[found[1]], query)


def queries() -> list[tuple[str, str]]:
    """Each query of a panel with the panel's title, ready to be asked."""
    return [
        (str(panel["title"]), filled(target["expr"]))
        for panel in panels()
        for target in panel.get("targets", ())
    ]


def other_queries() -> list[tuple[str, str]]:
    """What the annotations and the variables ask for; the latter with the label that they take."""
    found = dashboard()
    notes = [(str(one["name"]), filled(one["expr"])) for one in found["annotations"]["list"]]
    asked = [one["definition"] for one in found["templating"]["list"] if one["type"] == "query"]
    matched = [_VALUES.fullmatch(definition) for definition in asked]
    takes = [
        (f"variable {one[2]}", f"count by ({one[2]}) ({filled(one[1])})") for one in matched if one
    ]
    assert len(takes) == len(asked)
    return [*notes, *takes]
