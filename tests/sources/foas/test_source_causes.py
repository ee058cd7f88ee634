"""Which of several failed tries a FOAS source reports."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sources.foas.test_source import Script, cause_of, lost, make, read, refused
from watcher.core.reading import Cause


@pytest.mark.parametrize("timeout, cause", [(10.0, Cause.THROTTLED), (0.1, Cause.TIMEOUT)])
async def test_only_a_try_that_had_its_time_counts(timeout: float, cause: Cause) -> None:
    """One that the poll's end cuts short says less than what the API answered before it."""
    wire = Script(refused(429, "Throttling.User"), lost(Cause.TIMEOUT))
    source, _ = make(wire, timeout=timedelta(seconds=timeout))
    assert cause == cause_of(await read(source, within=timedelta(seconds=1)))
    assert len(wire.sent) > 1


async def test_without_an_answer_before_it_a_try_that_is_cut_short_is_a_time_out() -> None:
    """An API that is silent from the first try on is silent."""
    source, _ = make(Script(lost(Cause.TIMEOUT)))
    assert Cause.TIMEOUT == cause_of(await read(source, within=timedelta(seconds=1)))
