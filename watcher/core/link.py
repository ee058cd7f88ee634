"""The page about a job: a template of its address, filled with what is known of the job."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from watcher.core.run_summary import RunSummary

PLACES: Final = (
    "job",
    "job_type",
    "instance",
    "application",
    "flink_job",
    "project",
    "source",
    "region",
)
"""What a template may name in braces: of the job its name and type; of its run the Id, the YARN
application and the Flink job; of its source the project, its name in the file and the region."""

_PLACE: Final = re.compile(r"\{([^{}]*)\}")


def places_in(template: str) -> tuple[str, ...]:
    """What a template names in braces, known or not, each once."""
    return tuple(dict.fromkeys(_PLACE.findall(template)))


def has_stray_brace(template: str) -> bool:
    """Whether a brace in a template belongs to no place."""
    return bool(re.search(r"[{}]", _PLACE.sub("", template)))


def places_of(run: RunSummary) -> dict[str, str]:
    """What a run gives to a template; "" for what it does not say."""
    application, _, flink_job = (run.engine_job_handler or "").partition("|")
    return {
        "instance": str(run.instance_id or ""),
        "application": application.strip(),
        "flink_job": flink_job.strip(),
    }


def fill(template: str, values: Mapping[str, str]) -> str | None:
    """The address; `None` where a place has no value: a link to a wrong page is worse than none.

    A value must not lead to another page, nor end the address where it stands in a message.
    """
    if not all(values.get(place) for place in places_in(template)):
        return None
    return _PLACE.sub(lambda place: _safe(values[place[1]]), template)


def _safe(value: str) -> str:
    return quote(value, safe="", errors="replace")
