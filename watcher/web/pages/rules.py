"""The rules in force, what each of them made of late, the patterns of jobs and the channels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

import msgspec
from aiohttp import web

from watcher.core.rule import Rule
from watcher.core.why import Why
from watcher.messages.terms import Row, describe_rule
from watcher.store.views.rules import Became, RuleView, read_rules
from watcher.web.desk import DESK
from watcher.web.rendering import page
from watcher.web.telling import telling_for

GROUPS: Final = MappingProxyType(
    {
        Why.TOLD: "told",
        Why.MERGED: "merged",
        Why.OTHER_RULE_SPEAKS: "merged",
        Why.SILENCED: "held",
        Why.WINDOW: "held",
        Why.INCIDENT: "held",
        Why.FLAPPING: "held",
    }
)
"""What became of events in few words: told, told in another's message, held back by a gate; what is
not here went on, was counted or was over too soon."""


class Shown(msgspec.Struct, frozen=True):
    """A rule as the file has it, where it is still there, with what it did.

    `tally` counts the events of a week by `GROUPS`; one that came to several counts for each.
    """

    view: RuleView
    terms: Row
    tally: Mapping[str, int]


async def show(request: web.Request) -> web.Response:
    """Everything that the file asks for, beside what came of it."""
    desk = request.app[DESK]
    found = await desk.read(partial(read_rules, plan=desk.plan, now=desk.now()))
    shown = [shown_of(view, desk.plan.rule(view.name)) for view in found.rules]
    return await page(
        request,
        "rules.html",
        rules=shown,
        idle=[one.view.name for one in shown if one.view.in_file and not one.view.week],
        found=found,
        say=telling_for(request),
    )


def shown_of(view: RuleView, rule: Rule | None) -> Shown:
    """A rule with its terms."""
    terms = describe_rule(rule) if rule is not None else MappingProxyType[str, str]({})
    return Shown(view, terms, tally_of(view.became))


def tally_of(became: tuple[Became, ...]) -> Mapping[str, int]:
    """How many events of a week were told, merged, held, or came to something else."""
    tally: Counter[str] = Counter()
    for one in became:
        tally[GROUPS.get(one.why, "other")] += one.week
    return tally


ROUTES: Final = (web.get("/rules", show),)
