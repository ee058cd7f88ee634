"""What flags mean for a first file."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from watcher.cli.first_flags import (
    Flags,
    flag_of,
    known_keys,
    read_channels,
    read_jobs,
    split_names,
)
from watcher.config.draft import ChannelDraft, Jobs

FLAGS = Flags(
    language="en",
    timezone="UTC",
    source="prod",
    region=None,
    endpoint=None,
    project=None,
    access_key_id=None,
    access_key_secret=None,
    security_token=None,
    jobs=(),
    channel=(),
    secret=(),
    keyword=(),
    test=None,
    offline=False,
    timeout=timedelta(seconds=10),
)


@pytest.mark.parametrize(
    "flags, expected",
    [
        (("a, b",), (Jobs("FLINK_STREAM", ("a", "b")),)),
        (("batch:n_*", "FLINK_BATCH:m"), (Jobs("FLINK_BATCH", ("n_*", "m")),)),
        (("x:y",), (Jobs("FLINK_STREAM", ("x:y",)),)),
        (("stream:x:y",), (Jobs("FLINK_STREAM", ("x:y",)),)),
        ((" , ",), ()),
    ],
)
def test_jobs(flags: tuple[str, ...], expected: tuple[Jobs, ...]) -> None:
    """A type stands before a colon, if it is one; names have commas between."""
    assert expected == tuple(read_jobs(flags))


def test_channels() -> None:
    """A channel has its kind's name or one of its own; what belongs to it is found by that."""
    flags = msgspec.structs.replace(
        FLAGS,
        channel=("slack=https://h/x?a=b", "oncall=dingtalk=https://h/y"),
        secret=("oncall=SEC=1",),
        keyword=("oncall=w",),
    )
    assert [
        ChannelDraft("slack", "slack", "https://h/x?a=b"),
        ChannelDraft("oncall", "dingtalk", "https://h/y", "SEC=1", "w"),
    ] == list(read_channels(flags))


@pytest.mark.parametrize("missing", ["ID", "SECRET"])
def test_half_a_key_in_the_environment_is_none(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only both together are referred to."""
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "x")
    assert {
        "access_key_id": "${ALIBABA_CLOUD_ACCESS_KEY_ID}",
        "access_key_secret": "${ALIBABA_CLOUD_ACCESS_KEY_SECRET}",
    } == known_keys()
    monkeypatch.delenv(f"ALIBABA_CLOUD_ACCESS_KEY_{missing}")
    assert {} == known_keys()


def test_words() -> None:
    """A key as a flag, and a list without what is empty."""
    assert "--access-key-id" == flag_of("access_key_id")
    assert ("a", "b") == split_names(" a,,b ")
