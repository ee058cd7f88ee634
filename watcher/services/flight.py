"""The flight recorder's loop: takes what each Step changes, writes it soon, stops nobody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import anyio
from structlog.typing import FilteringBoundLogger

from watcher.core.flight import Reason
from watcher.core.state import State
from watcher.core.step import Saved, Step
from watcher.core.tape import Tape
from watcher.ports import Clock, Recorder, StoreError
from watcher.telemetry.metrics import Metrics

INTERVAL: Final = timedelta(seconds=1)
SOON: Final = timedelta(seconds=60)
"""How long looks that showed nothing new may wait to be written; a kill costs no more of them."""

ERA: Final = timedelta(hours=6)
"""After so long everything is written anew, so that no later time needs what lies further back."""

PRUNED_EVERY: Final = timedelta(minutes=10)
RETRIED_EVERY: Final = timedelta(seconds=30)
MOST: Final = 500_000
"""Entries in memory; what a disk that does not answer leaves unwritten beyond that is lost."""


class Flight:
    """Records beside the store for `keep`; nothing where that is no time at all.

    What cannot be written is said once, dropped, and begun anew as soon as it can be.
    """

    def __init__(
        self,
        recorder: Recorder,
        clock: Clock,
        log: FilteringBoundLogger,
        metrics: Metrics,
        keep: timedelta,
    ) -> None:
        self.keep = keep
        self._recorder = recorder
        self._clock = clock
        self._log = log
        self._metrics = metrics
        self._tape = Tape()
        self._state: State | None = None
        self._lost_from: datetime | None = None
        self._era_due = 0.0
        self._write_due = 0.0
        self._prune_due = 0.0
        self._retry_due = 0.0

    @property
    def records(self) -> bool:
        """Whether what happens now is kept."""
        return self._state is not None and self.keep > timedelta(0) and self._lost_from is None

    def begin(self, state: State, saved: Saved) -> None:
        """Follow a state that was just made of what a store gave back."""
        self._state = state
        self._tape.load(saved.jobs)
        if self.records:
            self._begin(Reason.START)

    def take(self, state: State, step: Step) -> None:
        """Record a Step that was saved and is about to be applied."""
        if self.records and not step.moved:
            self._tape.take(state, step)
            if self._tape.size > MOST:
                self._lose("the disk does not answer")

    def applied(self, step: Step) -> None:
        """A Step now holds; where it moved the clock, times begin anew."""
        if self.records and step.moved:
            self._begin(Reason.CLOCK)

    def tick(self, step: Step) -> None:
        """Time alone led to a Step."""
        if self.records and step.saves:
            self._tape.tick(step.at)

    def note(self, word: str, facts: Mapping[str, object]) -> None:
        """Record what is not about one job, such as a reload."""
        if self.records:
            self._tape.note(self._clock.now(), word, facts)

    def keep_for(self, keep: timedelta) -> None:
        """How long a file that came into force wants it kept."""
        was, self.keep = self.keep, keep
        if self._state is not None and self.records and was <= timedelta(0):
            self._begin(Reason.START)

    async def run(self) -> None:
        """Once a second, for ever; not at once, as a start has more urgent things to do."""
        while True:
            await self._clock.sleep(INTERVAL)
            await self.once()

    async def once(self) -> None:
        """Write what is due, and delete what is too old."""
        if self.keep <= timedelta(0) or self._state is None:
            return
        now = self._clock.monotonic()
        if self._lost_from is not None:
            if now < self._retry_due:
                return
            self._begin(Reason.LOSS)
        elif now >= self._era_due:
            self._begin(Reason.TURN)
        if self._tape.urgent or now >= self._write_due:
            await self._write()
        if now >= self._prune_due and self._lost_from is None:
            self._prune_due = now + PRUNED_EVERY.total_seconds()
            await self._prune()

    async def finish(self) -> None:
        """Write everything that is left, and let go of the file, also when it is cancelled."""
        with anyio.CancelScope(shield=True):
            if self.records:
                await self._write()
            try:
                await self._recorder.close()
            except StoreError as error:
                self._log.warning("history_not_closed", error=str(error))

    def _begin(self, reason: Reason) -> None:
        state = self._state
        if state is not None:
            self._era_due = self._clock.monotonic() + ERA.total_seconds()
            self._tape.begin(state, self._clock.now(), reason, self._lost_from)

    async def _write(self) -> None:
        self._write_due = self._clock.monotonic() + SOON.total_seconds()
        reel = self._tape.drain()
        if not reel.parts:
            return
        before = self._recorder.passed_over
        try:
            # A reel that is half written would be lost without anybody knowing.
            with anyio.CancelScope(shield=True):
                frames = await self._recorder.write(reel, self._clock.now())
        except StoreError as error:
            self._lose(str(error))
            return
        self._metrics.recorded(frames)
        if self._recorder.passed_over != before:
            self._log.warning("history_begun_beside", left=list(self._recorder.passed_over))
        if self._lost_from is not None:
            self._log.info("history_is_recorded_again", since=self._lost_from.isoformat())
            self._metrics.can_record(can=True)
            self._lost_from = None

    async def _prune(self) -> None:
        try:
            await self._recorder.prune(self._clock.now() - self.keep)
        except StoreError as error:
            self._lose(str(error))

    def _lose(self, why: str) -> None:
        """Nothing is recorded until it can be written again."""
        self._retry_due = self._clock.monotonic() + RETRIED_EVERY.total_seconds()
        self._tape.drain()
        if self._lost_from is None:
            self._lost_from = self._clock.now()
            self._metrics.can_record(can=False)
            self._log.error("history_not_recorded", error=why)
