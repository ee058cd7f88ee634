"""The list of jobs: found by a name and by filters that stand in the address."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

import msgspec
from aiohttp import web
from sqlalchemy import Connection

from watcher.store.views.jobs import (
    ABSENT,
    LONGEST_TEXT,
    Choice,
    Choices,
    JobsPage,
    Wanted,
    read_choices,
    read_jobs,
)
from watcher.web.desk import DESK
from watcher.web.rendering import page
from watcher.web.tones import PHASES, state_tone

FURTHEST: Final = 10**6
"""Page numbers beyond it are meant to break something."""


async def show(request: web.Request) -> web.Response:
    """The jobs that fit the address."""
    wanted = wanted_of(request.query)
    found, choices = await request.app[DESK].read(partial(_read, wanted=wanted))
    shown = msgspec.structs.replace(wanted, page=found.page)
    return await page(
        request,
        "jobs.html",
        jobs=found,
        wanted=shown,
        filters=_filters(choices, wanted),
        query=query_of(shown),
        tone=state_tone,
        phases=PHASES,
        longest=LONGEST_TEXT,
        absent=ABSENT,
    )


def wanted_of(query: Mapping[str, str]) -> Wanted:
    """What an address asks for; what it asks for in vain counts as not asked for."""
    number = query.get("page", "")
    whole = number.isascii() and number.isdecimal()
    return Wanted(
        text=query.get("q", "").strip()[:LONGEST_TEXT],
        source=query.get("source", ""),
        job_type=query.get("type", ""),
        expect=query.get("expect", ""),
        actual=query.get("actual", ""),
        in_trouble=query.get("trouble", "") == "1",
        page=min(int(number[:9]), FURTHEST) if whole else 1,
    )


def query_of(wanted: Wanted) -> dict[str, str]:
    """The address's query without the page's number; what is not asked for is left out."""
    given = {
        "q": wanted.text,
        "source": wanted.source,
        "type": wanted.job_type,
        "expect": wanted.expect,
        "actual": wanted.actual,
        "trouble": "1" if wanted.in_trouble else "",
    }
    return {name: value for name, value in given.items() if value}


def _read(connection: Connection, wanted: Wanted) -> tuple[JobsPage, Choices]:
    return read_jobs(connection, wanted), read_choices(connection)


def _filters(choices: Choices, wanted: Wanted) -> list[tuple[str, str, list[Choice], str]]:
    """Each filter's name, its column's word, its choices, and what is chosen."""
    given = (
        ("source", "source", choices.sources, wanted.source),
        ("type", "type", choices.job_types, wanted.job_type),
        ("expect", "expect", choices.expect, wanted.expect),
        ("actual", "actual", choices.actual, wanted.actual),
    )
    return [(name, word, _with(found, chosen), chosen) for name, word, found, chosen in given]


def _with(found: tuple[Choice, ...], chosen: str) -> list[Choice]:
    """The choices, with the one that is made where no job has it any more."""
    lacking = chosen and all(one.value != chosen for one in found)
    return [*found[:MOST_CHOICES], *([Choice(chosen, 0)] if lacking else [])]


MOST_CHOICES: Final = 100
"""A filter offers no more; an address may still ask for any value."""

ROUTES: Final = (web.get("/jobs", show),)
