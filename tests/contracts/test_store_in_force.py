"""What every store keeps of the file in force: the last reload, and what holds since a good one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contracts.stores import FACTORIES, Case
from tests.store.samples import T0
from watcher.core.in_force import InForce, Reload, Sketch
from watcher.store.in_force import read_in_force, read_reload

SKETCH = Sketch("ab", {"rules": {"down": {"for": "60s"}}})
GOOD = Reload("1", T0, difference=("+ rule down",))
BAD = Reload("2", T0, faults=("rules.toml:3: on: found 7",))
HELD = InForce("/etc/watcher/rules.toml", T0, SKETCH)


@pytest.fixture(params=FACTORIES, ids=lambda factory: str(factory.__name__))
async def case(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Case]:
    async with request.param(tmp_path) as made:
        yield made


async def test_a_new_store_knows_of_no_file(case: Case) -> None:
    """Nothing is in force, and nothing was reloaded."""
    assert (None, None) == (await case.write(read_in_force), await case.write(read_reload))


async def test_a_refused_file_leaves_what_is_in_force(case: Case) -> None:
    """The last reload is the refused one; what holds is what was put into force before."""
    await case.store.note_reload(GOOD, HELD)
    assert (HELD, GOOD) == (await case.write(read_in_force), await case.write(read_reload))
    await case.store.note_reload(BAD, None)
    await case.restart()
    assert (HELD, BAD) == (await case.write(read_in_force), await case.write(read_reload))
    assert (False, True) == (GOOD.refused, BAD.refused)
