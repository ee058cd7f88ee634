"""Slack: what is sent, and what its answers mean."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.channels.samples import TABLES, answer, channel_of
from tests.messages.samples import TOLD_AT, WRONG, ended, notify, parcel
from watcher.core.delivery import Parcel
from watcher.core.outcome import Fate
from watcher.core.pace import Limit
from watcher.core.subject import job_subject


def sent(given_parcel: Parcel, **changes: Any) -> dict[str, Any]:
    body = channel_of("slack", **changes).encode(given_parcel, TOLD_AT).body
    told: dict[str, Any] = json.loads(body)
    return told


def section(text: str) -> dict[str, object]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def test_a_whole_message_is_block_kit_with_text() -> None:
    """Header, mentions, facts and link, and a text for the notification on a phone."""
    told = sent(parcel(notify(mention=True, link="https://console.example.com/a?b=1&c=2")))
    assert (
        "prod/orders_1 has stopped, since 16:03: "
        "java.sql.SQLTransientConnectionException: pool-1 timed out after 30000ms" == told["text"]
    )
    assert [
        {
            "type": "header",
            "text": {"type": "plain_text", "text": "🔴 prod/orders_1 has stopped", "emoji": True},
        },
        section("<!here> <@U012AB3CD>"),
        section(
            """\
*State:* should be RUNNING, is PAUSED
*Since:* 16:03 UTC+8, for 6 min
*Error:* java.sql.SQLTransientConnectionException: pool-1 timed out after 30000ms · at 16:02
*Before:* RUNNING, instance 177473
*Job:* orders_1, FLINK_STREAM, project test_project
*Labels:* team=orders
*Look at:* instance 177474 · YARN application_1564648959240_0125 · Flink job \
6150954a90852814ce0c6eace9868691
*Rule:* job-down · critical"""
        ),
        section("<https://console.example.com/a?b=1&amp;c=2|Open the job's page>"),
    ] == told["blocks"]


def test_a_recovery_mentions_nobody() -> None:
    """Good news can wait until morning."""
    assert "<!here>" not in json.dumps(sent(parcel(ended())))


def test_a_bundle_is_a_list() -> None:
    """A line for each member, in as few sections as hold them."""
    many = [
        notify(subject=job_subject("prod", "FLINK_STREAM", f"job_{n}"), number=n) for n in range(12)
    ]
    blocks = sent(parcel(*many))["blocks"]
    lines = [line for block in blocks for line in block["text"]["text"].splitlines()]
    assert 12 == len([line for line in lines if line.startswith("• 🔴 prod/job_")])
    assert len(blocks) < 8


@given(st.text(st.sampled_from("<>&!@U|x-here "), max_size=60))
def test_a_hostile_error_mentions_nobody_and_links_nowhere(text: str) -> None:
    """No `<` of the text reaches Slack as such, in blocks, header or text."""
    run = msgspec.structs.replace(WRONG, last_error_message=text)
    hostile = notify(run=run, subject=job_subject("prod", "FLINK_STREAM", f"j{text}j"))
    assert "<" not in json.dumps(sent(parcel(hostile)), ensure_ascii=False)


def test_the_webhooks_pace_is_one_a_second() -> None:
    """Slack may disable an app that goes on sending while it is limited."""
    assert Limit(most=1, window=timedelta(seconds=1)) == channel_of("slack").limit


@pytest.mark.parametrize(
    "status, body, fate",
    [
        (200, "ok", Fate.DELIVERED),
        (200, "ok\n", Fate.DELIVERED),
        (500, "ok", Fate.RETRY),
        (200, "channel_is_archived", Fate.REFUSED),
        (500, "no_service", Fate.REFUSED),
        (404, "rate_limited", Fate.THROTTLED),
        (400, "a_word_not_heard_before", Fate.REJECTED),
        (403, "a_word_not_heard_before", Fate.REFUSED),
        (413, "<html>", Fate.TOO_LONG),
    ],
)
def test_the_word_goes_before_the_status(status: int, body: str, fate: Fate) -> None:
    """Slack's own word is surer than the status that carries it."""
    assert fate == channel_of("slack").judge(answer(status, body), TOLD_AT).fate


def test_a_refusal_says_what_to_do() -> None:
    """Words for the operator, and Slack's own for the search engine."""
    outcome = channel_of("slack").judge(answer(404, "no_service"), TOLD_AT)
    assert "no_service" == outcome.code
    assert (
        "the Slack webhook or its conversation is gone or closed to us; "
        "make a new one and set `url` · no_service" == outcome.detail
    )


@pytest.mark.parametrize(
    "mention", ["<!here>", "<!channel>", "<!everyone>", "<@U012AB3CD>", "<!subteam^SAZ94GDB8>"]
)
def test_mentions_of_slacks_forms_are_taken(mention: str) -> None:
    """People, groups and everybody."""
    assert mention in json.dumps(sent(parcel(notify(mention=True)), mentions=[mention]))


@pytest.mark.parametrize("mention", ["@here", "<#C123>", "<@bob>", "<!here> x", "<https://x|y>"])
def test_other_mentions_are_faults_of_the_file(mention: str) -> None:
    """What Slack would show as plain text is found when the file is read."""
    with pytest.raises(ValidationError) as caught:
        channel_of("slack", mentions=[mention])
    assert ("mentions", 0) == caught.value.errors()[0]["loc"]


def test_the_address_is_sent_as_it_was_given() -> None:
    """Nothing is added to a webhook's address."""
    assert TABLES["slack"]["url"] == channel_of("slack").encode(parcel(), TOLD_AT).url
