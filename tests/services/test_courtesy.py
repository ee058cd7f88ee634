"""Polls go first, and nobody waits for them for ever."""

from __future__ import annotations

from threading import Thread

import pytest

from watcher.services.courtesy import Courtesy


def test_without_a_poll_nobody_waits() -> None:
    """However often it is asked."""
    courtesy = Courtesy()
    assert [2, 0] == [courtesy.give_way(2), courtesy.give_way(0)]


def test_beside_a_poll_one_waits_so_often_and_then_goes_on() -> None:
    """An API may be slow for longer than a person wants to wait."""
    courtesy = Courtesy()
    with courtesy.polling():
        assert 1 == courtesy.give_way(2)
        assert 0 == courtesy.give_way(1)
        assert 0 == courtesy.give_way(0)
    assert 2 == courtesy.give_way(2)


def test_the_last_of_several_polls_ends_the_wait() -> None:
    """Sources are polled at the same time."""
    courtesy, gone = Courtesy(), list[int]()
    with courtesy.polling():
        with courtesy.polling():
            pass
        assert 0 == courtesy.give_way(1)
        waiting = Thread(target=lambda: gone.append(courtesy.give_way(1000)))
        waiting.start()
    waiting.join()
    assert 0 < gone[0] < 1001


def test_a_poll_that_breaks_is_over() -> None:
    """Or every page would be late from then on."""
    courtesy = Courtesy()
    with pytest.raises(ZeroDivisionError), courtesy.polling():
        1 / 0  # noqa: B018 - something that breaks
    assert 1 == courtesy.give_way(1)
