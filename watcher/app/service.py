"""The running service: opened, kept in force through reloads, and stopped."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from ssl import SSLContext
from typing import Final

import anyio
from structlog.typing import FilteringBoundLogger

from watcher.app.build import (
    build_channels,
    build_dispatchers,
    build_heartbeat,
    build_pollers,
    outbox_limit,
)
from watcher.app.health import Health
from watcher.app.reloading import Reloading, sizes
from watcher.app.reporter import Reporter
from watcher.app.scrape import standing_of
from watcher.clock import SteadyClock, SystemClock, boot_id
from watcher.config.resolve import Resolved
from watcher.core.breaker import Breaker
from watcher.core.plan import Plan
from watcher.core.state import State
from watcher.ports import Clock, StoreError
from watcher.services.bell import Bell
from watcher.services.courtesy import Courtesy
from watcher.services.dispatch import Dispatcher
from watcher.services.edge import Edge
from watcher.services.flight import Flight
from watcher.services.guard import Guard
from watcher.services.keeper import Keeper
from watcher.services.memo import Memo, memo_in
from watcher.services.outcry import Outcry
from watcher.services.recovery import Recovery
from watcher.services.supervise import supervise
from watcher.services.ticking import Ticker
from watcher.services.upkeep import Upkeep
from watcher.store.flight_writer import FlightWriter
from watcher.store.open import open_store
from watcher.telemetry.metrics import Metrics
from watcher.telemetry.notify import Notifier
from watcher.telemetry.redaction import Redactor
from watcher.telemetry.standing import Standing
from watcher.transport import Http

PATIENCE: Final = timedelta(seconds=30)
"""With `--once`: how long a delivery that is not due yet is worth waiting for."""


class Service:
    """One process's parts, joined around the file that is in force."""

    def __init__(  # noqa: PLR0913  the parts are joined here and nowhere else
        self,
        file: Path,
        resolved: Resolved,
        keeper: Keeper,
        edge: Edge,
        breakers: Mapping[str, Breaker],
        env: Mapping[str, str],
        redactor: Redactor,
        *,
        wire: Http,
    ) -> None:
        self.health = Health(keeper, edge.clock)
        self._file = file
        self._resolved = resolved
        self._wire = wire
        self._keeper = keeper
        self._edge = edge
        self._breakers = dict(breakers)
        self._redactor = redactor
        self._reloading = Reloading(file, resolved, keeper, edge, env, redactor, self._swap)
        self._notifier = Notifier(env, edge.clock)
        self._reporter = Reporter(
            self._notifier, self.health, keeper, redactor, edge.clock, edge.log
        )
        self._outcry = Outcry(edge, memo_in(env))
        self._stop: anyio.Event | None = None
        self._again = False
        self._renew: Callable[[], None] = lambda: None
        self._stopping = False
        edge.metrics.look = self._standing

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT; SIGHUP takes the file anew."""
        signals = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        with anyio.open_signal_receiver(*signals) as received:
            async with self._pages(), anyio.create_task_group() as group:
                group.start_soon(self._heed, received)
                group.start_soon(self._reporter.run)
                if self._edge.flight is not None:
                    group.start_soon(supervise, "history", self._edge.flight.run, self._edge)
                group.start_soon(supervise, "reload", self._serve_reloads, self._edge)
                self._ready()
                self._edge.log.info("started", file=str(self._file))
                await self._serve_generations()
                group.cancel_scope.cancel()
        for late in signals:
            # What is left to do, closing the store, must not be cut off by their default action.
            signal.signal(late, signal.SIG_IGN)
        self._edge.log.info("stopped")

    def stop(self) -> None:
        """End the service as SIGTERM does."""
        self._stopping, self._again = True, False
        if self._stop is not None:
            self._stop.set()

    async def once(self) -> bool:
        """One reading of everything, one tick, then deliveries; whether nothing failed."""
        pollers = build_pollers(self._resolved, self._keeper, self._edge)
        async with anyio.create_task_group() as group:
            for poller in pollers:
                group.start_soon(poller.once)
        await self._ticker().once()
        saved = self._edge.store.trouble is None
        await self._drain()
        seen = all(poller.last is not None and not poller.last.failed for poller in pollers)
        return seen and saved and self._edge.store.trouble is None

    async def _drain(self) -> None:
        """Deliver what is due soon; that the store fails is for whoever sees the exit code."""
        async with anyio.create_task_group() as group:
            group.start_soon(Recovery(self._keeper, self._edge, self._outcry, ()).run)
            async with anyio.create_task_group() as draining:
                for one in build_dispatchers(self._resolved, self._breakers, self._edge):
                    draining.start_soon(one.drain, PATIENCE)
            group.cancel_scope.cancel()

    async def _serve_generations(self) -> None:
        """Run the loops of the file in force; once more after each reload.

        After a reload the new file's polls go on at once, while each channel's old dispatcher still
        waits for the answers to what it sent.
        """
        speaking: dict[str, Dispatcher] = {}
        async with anyio.create_task_group() as group:
            while True:
                self._stop, self._again = anyio.Event(), False
                for one in build_dispatchers(self._resolved, self._breakers, self._edge):
                    group.start_soon(self._dispatch, one, speaking.get(one.name))
                    speaking[one.name] = one
                self.health.listen_to(speaking.values())
                await self._look(self._stop)
                for one in speaking.values():
                    one.stop()
                if not self._again:
                    return

    def _standing(self) -> Standing:
        """What /metrics shows of this moment."""
        return standing_of(self._keeper.state, ready=not self.health.ready())

    async def _look(self, stop: anyio.Event) -> None:
        async with anyio.create_task_group() as looking:
            for name, loop in self._loops():
                looking.start_soon(supervise, name, loop, self._edge)
            await stop.wait()
            looking.cancel_scope.cancel()

    async def _dispatch(self, dispatcher: Dispatcher, before: Dispatcher | None) -> None:
        """Run a channel's dispatcher once the one before it has settled what it sent."""
        if before is not None:
            await before.done.wait()
            dispatcher.succeed(before)
        await supervise("dispatch", dispatcher.run, self._edge)

    def _loops(self) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
        resolved, edge = self._resolved, self._edge
        edge.metrics.expect(resolved.sources, resolved.channels)
        upkeep = Upkeep(
            edge,
            channels=tuple(resolved.channels),
            give_up=resolved.give_up,
            retention=resolved.retention,
        )
        channels = build_channels(resolved)
        recovery = Recovery(self._keeper, edge, self._outcry, channels)
        ticker, pollers = self._ticker(), build_pollers(resolved, self._keeper, edge)
        self.health.look_at(pollers, ticker, outbox_limit(resolved))
        polls = [("poll", poller.run) for poller in pollers]
        beats = [("heartbeat", beat.run) for beat in build_heartbeat(resolved, edge, self.health)]
        loops = [("tick", ticker.run), ("upkeep", upkeep.run), ("recovery", recovery.run)]
        return [*loops, *polls, *beats]

    def _ticker(self) -> Ticker:
        return Ticker(self._keeper, self._edge, self.health.pulse)

    async def _heed(self, received: AsyncIterator[signal.Signals]) -> None:
        async for number in received:
            if number is signal.SIGHUP:
                self._reloading.ask()
            else:
                self._edge.log.info("stopping", signal=number.name)
                self._reporter.stopping()
                self.stop()
                # A SIGHUP that follows must not bring the service back.
                return

    def _swap(self, resolved: Resolved, trusted: SSLContext, anew: bool) -> None:  # noqa: FBT001
        """A file came into force; `anew`: what runs is not what it asks for."""
        old, self._resolved = self._resolved, resolved
        self._wire.adopt(trusted, resolved.allowed)
        self._renew()
        for source in old.sources.keys() - resolved.sources.keys():
            self._edge.metrics.forget_source(source)
        for channel in old.channels.keys() - resolved.channels.keys():
            self._edge.metrics.forget_channel(channel)
        if anew and not self._stopping and self._stop is not None:
            self._again = True
            self._stop.set()

    def _ready(self) -> None:
        if not self._stopping:
            self._reporter.ready()

    async def _serve_reloads(self) -> None:
        """Say what is in force, then take the file anew whenever SIGHUP asks for it."""
        await self._reloading.note_start()
        await self._reloading.run(self._notifier.reloading, self._ready)

    @asynccontextmanager
    async def _pages(self) -> AsyncIterator[None]:
        if self._resolved.listen is None:
            yield
            return
        # Imported only where a page is asked for: aiohttp's server takes a while.
        from watcher.app.front import Front  # noqa: PLC0415

        front = Front(lambda: self._resolved, self.health, self._edge, self._redactor)
        self._renew = front.renew
        async with front.open():
            yield


@asynccontextmanager
async def open_service(
    file: Path,
    resolved: Resolved,
    env: Mapping[str, str],
    redactor: Redactor,
    log: FilteringBoundLogger,
    clock: Clock | None = None,
) -> AsyncIterator[Service]:
    """The service with its store open and its state loaded, ready to run; `StoreError` if not."""
    clock = clock or SteadyClock(SystemClock())
    async with AsyncExitStack() as stack:
        wire = await stack.enter_async_context(
            Http(ca_file=resolved.ca_file, allowed=resolved.allowed)
        )
        store = Guard(await open_store(resolved.store, clock.now()), clock, log)
        stack.push_async_callback(store.close)
        # A start that cannot write ends here, before anybody is told of it again.
        await store.probe(clock.now())
        recorder = FlightWriter(resolved.store, redactor.redact)
        metrics = Metrics()
        flight = Flight(recorder, clock, log, metrics, resolved.history)
        stack.push_async_callback(flight.finish)
        state = await _load(store, flight, resolved.plan)
        edge = Edge(store, wire, clock, Bell(), metrics, log, Courtesy(), flight=flight)
        keeper = Keeper(state, edge)
        if not await keeper.set_clock(boot_id()):
            edge = edge._replace(unsure_since=clock.now())
        released = await store.release_all(clock.now())
        if released:
            log.warning("released", deliveries=released)
        await store.clamp(clock.now())
        if await keeper.adopt(resolved.plan, starting=True) is None:
            raise StoreError(keeper.trouble)
        metrics.reloaded(ok=True, at=clock.now())
        _show_last_readings(state, metrics)
        flight.note("start", sizes(resolved))
        await _end_trouble_of_before(keeper, memo_in(env))
        breakers = {one.channel: one.breaker.clamped(clock.now()) for one in await store.backlogs()}
        yield Service(file, resolved, keeper, edge, breakers, env, redactor, wire=wire)


async def _load(store: Guard, flight: Flight, plan: Plan) -> State:
    """The state of what is saved; the texts that come with it are nobody's but the recorder's."""
    saved = await store.load()
    state = State(saved, plan)
    flight.begin(state, saved)
    return state


def _show_last_readings(state: State, metrics: Metrics) -> None:
    """How long a source has not been seen does not begin anew with the process."""
    for name in state.plan.sources:
        record = state.sources.get(name)
        if record is not None and record.read_at is not None:
            metrics.was_read(name, record.read_at)


async def _end_trouble_of_before(keeper: Keeper, memo: Memo) -> None:
    """This process can write: who was told by the one before it that it cannot is told so."""
    told = memo.read(keeper.state.store_id)
    if told is not None and await keeper.calm_down(told.channels, told.trouble):
        memo.drop()
