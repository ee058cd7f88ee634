"""Silences, as a program adds, sees and ends them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.web.api.asking import asking

ORDERS = {"jobs": ["orders_*"], "lasts": "2h", "reason": "upgrade"}


async def test_a_silence_is_added_seen_and_ended(tmp_path: Path) -> None:
    """It says what it fits; when it is over it is only among all of them, with who ended it."""
    async with asking(tmp_path) as api:
        made = await api.post("/silences", ORDERS, 201)
        assert (["orders_1", "orders_2"], 1) == (made["jobs"], made["alerts"])
        silence = made["silence"]
        assert "2026-11-22T14:02:20Z" == silence["until"]
        assert [silence] == (await api.get("/silences"))["silences"]
        ended = await api.post("/silences/expire", {"id": silence["id"]})
        assert (False, "127.0.0.1") == (ended["in_force"], ended["expired_by"])
        assert [] == (await api.get("/silences"))["silences"]
        assert [ended] == (await api.get("/silences?all=true"))["silences"]
        assert ended == await api.get(f"/silences/{silence['id']}")
        await api.post("/silences/expire", {"id": silence["id"]}, 409)


async def test_one_that_is_not_kept_is_none(tmp_path: Path) -> None:
    """Neither shown nor ended."""
    async with asking(tmp_path) as api:
        await api.get("/silences/00000000", 404)
        await api.post("/silences/expire", {"id": "00000000"}, 404)


UNCLEAR: tuple[tuple[dict[str, Any], str], ...] = (
    ({"lasts": "2h"}, "body"),
    ({"jobs": ["orders_1"]}, "body"),
    ({"jobs": ["orders_1"], "lasts": "2h", "until": "2026-11-23T00:00:00Z"}, "lasts"),
    ({"jobs": ["orders_1"], "until": "2026-11-21T00:00:00Z"}, "until"),
    ({"jobs": ["orders_1"], "lasts": "9999d"}, "lasts"),
    ({"jobs": [" "], "lasts": "2h"}, "body"),
    ({"kinds": ["unwritable"], "lasts": "2h"}, "kinds"),
)
AIMLESS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"jobs": ["ordesr_*"]}, "jobs"),
    ({"sources": ["prodd"]}, "sources"),
    ({"rules": ["donw"]}, "rules"),
    ({"errors": ["Nothing-"]}, "errors"),
    ({"kinds": ["blind"], "jobs": ["orders_1"]}, "kinds"),
    ({"jobs": ["orders_1"], "kinds": ["missing"], "until_recovered": True}, "until_recovered"),
)


async def test_a_silence_says_what_and_until_when(tmp_path: Path) -> None:
    """Without end it would hide trouble for good."""
    async with asking(tmp_path) as api:
        for wanted, parameter in UNCLEAR:
            problem = await api.post("/silences", wanted, 422)
            assert parameter in [fault["parameter"] for fault in problem["errors"]]
        assert [] == (await api.get("/silences"))["silences"]


async def test_what_hides_nothing_is_likely_a_slip(tmp_path: Path) -> None:
    """It is refused with what was probably meant, unless it is forced."""
    async with asking(tmp_path) as api:
        for wanted, parameter in AIMLESS:
            problem = await api.post("/silences", {"lasts": "2h", **wanted}, 409)
            assert parameter in [fault["parameter"] for fault in problem["errors"]]
            await api.post("/silences", {"lasts": "2h", **wanted, "force": True}, 201)


async def test_the_beginning_of_a_fingerprint_is_enough(tmp_path: Path) -> None:
    """It is kept in full."""
    async with asking(tmp_path) as api:
        made = await api.post("/silences", {"errors": ["ConnectException-"], "lasts": "1h"}, 201)
        (whole,) = made["silence"]["errors"]
        assert len(whole) > len("ConnectException-")
