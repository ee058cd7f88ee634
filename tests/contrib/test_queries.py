"""Every query of contrib/ and docs/metrics.md, asked of a real Prometheus about a real watcher."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import aiohttp

from tests.acceptance.receiver import Manner
from tests.acceptance.waiting import eventually_so
from tests.acceptance.world import World, job_down, rule, world
from tests.contrib.dashboard import other_queries, queries
from tests.contrib.prometheus import Prometheus, prometheus
from tests.contrib.promql import labels_in, metrics_in
from tests.contrib.test_rules import RULES, alerts, promtool
from tests.parts import need
from tests.tree import ROOT
from watcher.simulator import Fault, FaultKind
from watcher.telemetry.table import METRICS

Query = tuple[str, str]
REFUSES = Manner(status=404, body="no_service")
MAY_BE_EMPTY = frozenset({"watcher_config_last_reload_successful"})
"""Metrics of panels that show something only while it is wrong."""


@asynccontextmanager
async def watched(folder: Path) -> AsyncIterator[tuple[World, str]]:
    """A watcher with jobs that run and fail, a channel that takes and one that refuses."""
    async with world(folder, "payments", "orders", "refunds") as here:
        channels = {"audit": "webhook", "data": "slack"}
        here.receiver.answer("data", REFUSES)
        here.write(
            job_down(*channels),
            rule("restart", severity="warning"),
            channels=channels,
            top='listen = "127.0.0.1:0"',
        )
        async with here.run() as service:
            (listening,) = await service.logged("listening")
            await service.polled_again()
            here.change("payments", actual_state="FAILED")
            await here.told("audit", 1)
            await service.logged("attempt", 2)
            yield here, f"127.0.0.1:{listening['port']}"
            assert 0 == await service.terminate()


async def live_through(here: World, asked: Prometheus) -> None:
    """Let everything happen once more between two scrapes, so that no rate is of nothing."""
    await asked.scraped_again()
    for state in ("RUNNING", "FAILED"):
        before = len(here.receiver.taken("audit"))
        here.simulator.add_fault(Fault(FaultKind.TRUNCATED, requests=1))
        here.change("payments", actual_state=state)
        await here.told("audit", before + 1)
        await asked.scraped_again()


async def queries_of_rules(asked: Prometheus) -> list[Query]:
    """The expression of each alert, as Prometheus has read it."""
    found = await asked.get("rules")
    rules = [one for group in found["data"]["groups"] for one in group["rules"]]
    assert alerts() == [one["name"] for one in rules]
    assert [] == [one["lastError"] for one in rules if one.get("lastError")]
    return [(one["name"], one["query"]) for one in rules]


def queries_of_docs() -> list[Query]:
    """The typical use of each metric."""
    text = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(watcher_\w+)` .* \| ([^|]+) \|$", text, re.MULTILINE)
    return [
        (name, query)
        for name, use in rows
        for query in re.findall(r"`([^`]+)`", use)
        if name in query
    ]


def strangers(asked: Iterable[Query], live: dict[str, set[str]]) -> list[str]:
    """What a query names that is neither on the page nor in the table."""
    found = []
    for title, query in asked:
        there: set[str] = set()
        for metric in metrics_in(query):
            name = re.sub(r"_(bucket|sum|count)$", "", metric)
            known = METRICS[name].labels if name in METRICS else ()
            if metric not in live and name not in METRICS:
                found.append(f"{title}: there is no metric {metric}")
            there |= live.get(metric, set()) | set(known)
        found += [f"{title}: no metric of it has {label}" for label in labels_in(query) - there]
    return found


async def live_labels(asked: Prometheus) -> dict[str, set[str]]:
    """Every metric that was scraped, with the labels that its series have."""
    answer = await asked.get("series", **{"match[]": '{job="watcher"}'})
    found: dict[str, set[str]] = {}
    for series in answer["data"]:
        found.setdefault(series["__name__"], set()).update(series)
    return found


async def empty_among(asked: Prometheus, every: Iterable[Query]) -> list[str]:
    """The queries that Prometheus takes and that give nothing."""
    return [title for title, query in every if not await asked.result(query)]


async def refusal_is_told(asked: Prometheus) -> bool:
    """Whether the one alert that waits to fire says in words which channel it is about."""
    found = (await asked.get("alerts"))["data"]["alerts"]
    words = [(one["annotations"]["summary"], one["annotations"]["runbook"]) for one in found]
    return [("The receiver of channel data refuses the watcher.", True)] == [
        (summary, "`watcher test-channel data`" in runbook) for summary, runbook in words
    ]


async def test_every_query_is_sound(tmp_path: Path) -> None:
    """Prometheus takes each; each names only what is there; each panel shows something; and of the
    alerts those fire or wait to that the watcher's state asks for.
    """
    need("prometheus", "prometheus")
    panels, others = queries(), other_queries()
    async with (
        watched(tmp_path) as (here, target),
        prometheus(tmp_path, target, RULES) as asked,
    ):
        await live_through(here, asked)
        rules = await queries_of_rules(asked)
        every = [*panels, *others, *rules, *queries_of_docs()]
        live = await live_labels(asked)
        assert [] == strangers(every, live)
        assert [] == await empty_among(
            asked, [one for one in panels if not MAY_BE_EMPTY & metrics_in(one[1])]
        )
        assert [] == await empty_among(asked, [one for one in others if "variable" in one[0]])
        quiet = set(await empty_among(asked, [*rules]))
        assert {"WatcherChannelRefused"} == {name for name, _ in rules} - quiet
        await empty_among(asked, every)
        await eventually_so(partial(refusal_is_told, asked))


async def test_the_page_is_to_promtool_s_taste(tmp_path: Path) -> None:
    """Names, units and help texts on the real page follow Prometheus's conventions."""
    need("promtool", "prometheus")
    async with (
        watched(tmp_path) as (_, target),
        aiohttp.ClientSession(f"http://{target}") as client,
        client.get("/metrics") as answer,
    ):
        page = await answer.text()
    assert "watcher_attempts_total" in page
    assert "" == promtool("check", "metrics", given=page)


def test_a_query_that_names_what_is_not_there_is_found() -> None:
    """The check above can fail, on metrics and on labels."""
    live = {"up": {"job", "instance"}}
    asked = [("a", "watcher_polls"), ("b", 'watcher_ready{channel="x"}'), ("c", "up == 1")]
    assert [
        "a: there is no metric watcher_polls",
        "b: no metric of it has channel",
    ] == strangers(asked, live)


def test_the_document_has_a_query_for_every_metric() -> None:
    """What is asked of Prometheus above is all that docs/metrics.md advises."""
    assert list(METRICS) == list(dict.fromkeys(name for name, _ in queries_of_docs()))
