"""One job's page, as a browser gets it."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.browser.scenes import file, play
from tests.core.playbook import plan, rule, run
from tests.web.house import House, house_in, pages_of
from watcher.core.delivery import Disposition
from watcher.core.event import Kind
from watcher.core.notification import Reason
from watcher.core.rule import Severity
from watcher.core.subject import job_subject
from watcher.core.verdict import VERDICT_WORDS
from watcher.core.why import Why
from watcher.messages.wording import Language, Wording
from watcher.web.pages.job import RANGES, limits_of
from watcher.web.words import TABLES


async def get(house: House, name: str, more: str = "", status: int = 200) -> str:
    path = f"/job?source=prod&type=FLINK_STREAM&name={quote(name, safe='')}{more}"
    async with pages_of(house) as client, client.get(path) as answer:
        assert status == answer.status
        return await answer.text()


async def test_all_that_is_known_of_a_job_is_there(tmp_path: Path) -> None:
    """State, alert, drawing, chart, error with its text, and what was told to whom."""
    async with house_in(tmp_path, file()) as house:
        await play(house)
        text = await get(house, "payments", "&range=6h")
        for part in (
            "FAILED",
            "team=orders",
            "job-down",
            "ConnectException",
            "oncall",
            "delivered",
        ):
            assert part in text
        assert 2 == text.count("<svg")
        assert "at java.net.PlainSocketImpl" in text
        assert "not seen" in text


async def test_thresholds_of_its_rules_stand_in_the_chart(tmp_path: Path) -> None:
    """By the rule's name."""
    async with house_in(tmp_path, file()) as house:
        await play(house)
        text = await get(house, "clicks", "&range=6h")
        assert "behind 5 min" in text
        assert 2 == text.count('class="limit')


@pytest.mark.parametrize("span", [*RANGES, "", "nonsense", "<script>"])
async def test_any_range_is_some_range(tmp_path: Path, span: str) -> None:
    """What is not offered is six hours."""
    async with house_in(tmp_path) as house:
        house.reads(run("a"), run("b"))
        await house.keeps()
        text = await get(house, "a", f"&range={quote(span)}")
        assert 1 == text.count('aria-current="true"')
        assert "<script>" not in text


@pytest.mark.parametrize(
    "name", ["a/b?c=d&e#f", "<b>bold</b>", "turn\u202eover", "名前", "{{7*7}}", "x" * 1000]
)
async def test_any_name_has_its_page(tmp_path: Path, name: str) -> None:
    """Its address holds the name whole, and the page shows it as text."""
    async with house_in(tmp_path, plan(rule("down", "state-mismatch"), jobs=("*",))) as house:
        house.lists(name)
        house.reads(run(name))
        await house.keeps()
        text = await get(house, name)
        assert "<b>bold" not in text
        assert "\u202e" not in text
        assert "49" not in text.partition("<h1>")[2].partition("</h1>")[0]


async def test_a_job_that_is_not_known_has_names_like_it(tmp_path: Path) -> None:
    """A slip of the keyboard leads on."""
    async with house_in(tmp_path) as house:
        house.reads(run("a"), run("b"))
        await house.keeps()
        text = await get(house, "abc", status=404)
        assert "No such job" in text
        assert "name=a" in text
        assert "<script>" not in await get(house, "<script>alert(1)</script>", status=404)


async def test_what_is_secret_stays_so(tmp_path: Path) -> None:
    """An error that quotes a key of ours is shown without it."""
    async with house_in(tmp_path) as house:
        house.reads(run("a"), run("b"))
        house.reads(run("a", "FAILED", error="denied for key s3cr3t", error_at=1_000), run("b"))
        await house.keeps()
        text = await get(house, "a")
        assert "denied for key" in text
        assert "s3cr3t" not in text


async def test_a_recording_that_cannot_be_read_costs_only_the_drawing(tmp_path: Path) -> None:
    """The rest of the page stands."""
    async with house_in(tmp_path) as house:
        house.reads(run("a"), run("b"))
        await house.keeps()
        await house.writer.close()
        recording = house.path.with_name(house.path.name + ".history")
        whole = recording.read_bytes()
        recording.write_bytes(whole[: len(whole) // 2])
        text = await get(house, "a")
        assert "RUNNING" in text


def test_only_rules_that_watch_the_job_give_thresholds() -> None:
    """Each delay once."""
    watching = rule("slow", "input-delay", threshold=300_000, recover=60_000)
    same = rule("slower", "input-delay", threshold=300_000, recover=60_000)
    other = rule("states", "state-mismatch")
    subject = job_subject("prod", "FLINK_STREAM", "a")
    found = limits_of(plan(watching, same, other), subject, Wording(Language.ENGLISH, UTC))
    assert ["slow 5 min", "slow 1 min"] == [limit.word for limit in found]


def test_every_word_of_the_core_has_words_here() -> None:
    """A kind, verdict, reason or disposition that comes later is not a broken page."""
    wanted = [
        *(f"kind.{kind.value}" for kind in Kind),
        *(f"verdict.{verdict}" for verdict in VERDICT_WORDS),
        *(f"why.{why.value}" for why in Why),
        *(f"reason.{reason.value}" for reason in Reason),
        *(f"outbox.{one.value}" for one in Disposition),
        *(f"severity.{one.word}" for one in Severity),
    ]
    assert [] == [key for table in TABLES.values() for key in wanted if key not in table]
