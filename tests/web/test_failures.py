"""Counting those who are wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from watcher.web.failures import MOST, REMEMBERED, WITHIN, Failures, address_in, counted_as

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def test_ten_in_a_minute_are_enough() -> None:
    """Then one waits for the rest of that minute, and begins anew."""
    failures = Failures()
    for number in range(MOST):
        assert 0 == failures.wait("a", NOW)
        failures.note("a", NOW + timedelta(seconds=number))
    assert 51 == failures.wait("a", NOW + timedelta(seconds=9))
    assert 1 == failures.wait("a", NOW + timedelta(seconds=59.5))
    assert 0 == failures.wait("a", NOW + WITHIN)
    assert 0 == failures.wait("b", NOW)


def test_two_lines_of_the_log_a_minute() -> None:
    """The first one that is wrong, and the one that fills the measure."""
    failures = Failures()
    told = [failures.note("a", NOW) for _ in range(1000)]
    assert [0, MOST - 1] == [number for number, tell in enumerate(told) if tell]


def test_a_clock_that_goes_back_locks_nobody_out() -> None:
    """A count that began in the future counts no more."""
    failures = Failures()
    for _ in range(MOST):
        failures.note("a", NOW)
    assert 0 == failures.wait("a", NOW - timedelta(hours=1))


def test_many_addresses_take_bounded_memory_and_lines() -> None:
    """Whoever has a million addresses fills neither memory nor the log."""
    failures = Failures()
    told = sum(failures.note(f"address {number}", NOW) for number in range(5000))
    assert REMEMBERED == failures.counted
    assert 20 == told


@pytest.mark.parametrize(
    "peer, expected",
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("unix", "unix"),
        ("::1", "::1"),
    ],
)
def test_an_ipv6_host_is_counted_by_its_network(peer: str, expected: str) -> None:
    """It has 2^64 addresses to change through."""
    assert expected == counted_as(peer)


@pytest.mark.parametrize(
    "told, address",
    [
        ("203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7:50123", "203.0.113.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]:50123", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("alice", None),
        ("", None),
    ],
)
def test_what_a_proxy_tells(told: str, address: str | None) -> None:
    """An address and nothing else: with each new port a guesser would be a new one."""
    assert address == address_in(told)
