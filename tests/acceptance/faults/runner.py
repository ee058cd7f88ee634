"""Plays cases side by side, within the machine's shares, and tells how each went."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

import anyio

from tests.acceptance.faults.case import Case, Row
from tests.acceptance.faults.stage import EndedError, Stage

KEPT = "FAULTS_LOGS"
"""Names a folder that outlives the run, in the environment."""


class Shares:
    """So many parts of the machine; a case waits until its parts are free."""

    def __init__(self, whole: int) -> None:
        self._whole = whole
        self._free = whole
        self._changed = anyio.Condition()

    async def take(self, wanted: int) -> int:
        """Wait for so many parts, or for all there are; how many were taken."""
        number = min(wanted, self._whole)
        async with self._changed:
            while self._free < number:
                await self._changed.wait()
            self._free -= number
        return number

    async def give_back(self, number: int) -> None:
        async with self._changed:
            self._free += number
            self._changed.notify_all()


async def play_all(cases: Sequence[Case], at_once: int) -> list[Row]:
    """Play the cases, those that may take longest first; their rows in the order of `cases`."""
    rows: dict[str, Row] = {}
    shares = Shares(at_once)

    async def one(case: Case, number: int) -> None:
        try:
            rows[case.name] = row = await play(case)
        finally:
            await shares.give_back(number)
        _tell(row, len(rows), len(cases))

    async with anyio.create_task_group() as group:
        for case in sorted(cases, key=lambda case: -case.limit):
            number = await shares.take(case.share)
            group.start_soon(one, case, number)
    return [rows[case.name] for case in cases]


async def play(case: Case) -> Row:
    """Play one case in a folder of its own; what breaks it off is a miss too."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=f"{case.name}-") as folder:
        stage = Stage(case, Path(folder))
        try:
            with anyio.fail_after(case.limit):
                await case.play(stage)
        except TimeoutError:
            stage.expect(holds=False, words=f"not over after {case.limit:.0f} s")
        except Exception as error:  # noqa: BLE001 - one case that breaks must not end the others
            stage.expect(holds=False, words=_words_of(error))
        if stage.row.misses:
            _keep_logs(case, Path(folder))
    stage.row.seconds = time.monotonic() - began
    return stage.row


def _words_of(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, AssertionError | EndedError):
        return str(error)
    return "".join(traceback.format_exception(error)[-3:])


def _keep_logs(case: Case, folder: Path) -> None:
    """What the processes of a case that failed said, to be looked at."""
    kept = Path(os.environ.get(KEPT) or Path(tempfile.gettempdir(), "watcher-faults"))
    for file in sorted(folder.glob("*.stderr")):
        kept.mkdir(exist_ok=True)
        shutil.copyfile(file, kept / f"{case.name}.{file.name}")
        print(f"its log: {kept}/{case.name}.{file.name}", file=sys.stderr)


def _tell(row: Row, done: int, whole: int) -> None:
    sign = "ok" if row.holds else "NO"
    print(f"{done:3}/{whole} {sign} {row.case.name} ({row.seconds:.0f} s)", file=sys.stderr)
    for miss in row.misses:
        print(f"        {miss}", file=sys.stderr)
    sys.stderr.flush()
