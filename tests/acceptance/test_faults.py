"""The fault matrix (`make fault-test`): its quickest cases, and that it sees what is not so."""

from __future__ import annotations

import pytest

from tests.acceptance.faults.case import Case
from tests.acceptance.faults.matrix import CASES
from tests.acceptance.faults.runner import play, play_all
from tests.acceptance.faults.stage import Stage
from tests.acceptance.faults.table import markdown

pytestmark = pytest.mark.slow

QUICKEST = ("api-drip", "api-truncate", "receiver-drip", "receiver-reset", "loop-blocked")


async def test_the_quickest_cases() -> None:
    """An API and receivers that drip, break off or reset, and a blocked loop, as promised."""
    chosen = [case for case in CASES if case.name in QUICKEST]
    assert len(QUICKEST) == len(chosen)
    rows = await play_all(chosen, at_once=len(chosen))
    assert {} == {row.case.name: row.misses for row in rows if not row.holds}
    assert {"balances"} == {row.ledger for row in rows}


async def _miss(stage: Stage) -> None:
    stage.expect(holds=False, words="the sky | is green")


async def _break(stage: Stage) -> None:
    raise AssertionError(f"{stage.row.case.name} broke")


@pytest.mark.parametrize("broken, words", [(_miss, "the sky | is green"), (_break, "odd broke")])
async def test_what_is_not_as_expected_is_seen(broken: object, words: str) -> None:
    """A missed expectation and a case that breaks off both stand in the table as NO."""
    assert callable(broken)
    row = await play(Case("odd", "none", "nobody", "nothing", broken))
    assert not row.holds
    assert f"NO: {words}".replace("|", r"\|") in markdown([row])


def test_cases_have_names_of_their_own() -> None:
    """A name leads to one case, and each case says what it expects."""
    assert len(CASES) == len({case.name for case in CASES})
    assert all(case.expected for case in CASES)
