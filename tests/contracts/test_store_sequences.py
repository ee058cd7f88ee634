"""What every store must keep true in whatever order Steps, turns, outcomes and restarts come."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Iterable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from tests.contracts.stores import FACTORIES, Factory
from tests.store.samples import CHAT, SECOND, T0, WIDE, explained, notice, settled
from watcher.core.delivery import TRANSITIONS, Disposition, Parcel, Signal
from watcher.core.notification import Notification, Reason
from watcher.core.outcome import Fate
from watcher.core.pace import Limit
from watcher.core.rule import Severity
from watcher.ports import Settlement, Terms
from watcher.store.by_hand import Order, Verb
from watcher.store.queries import Shipment

Result = TypeVar("Result")

LIMIT = Limit(most=4, window=timedelta(seconds=20))
CROWD = Limit(most=2, window=timedelta(seconds=20))
CHANNELS = {
    "chat": msgspec.structs.replace(
        CHAT, channel="chat", robot="chat-robot", limit=LIMIT, crowd=CROWD
    ),
    "hook": msgspec.structs.replace(WIDE, channel="hook", robot="hook-robot", room=3),
}
OVER = {Disposition.DELIVERED, Disposition.DEAD, Disposition.MERGED, Disposition.DROPPED}
MOVES = {
    verb: {(before, after) for (before, signal), after in TRANSITIONS.items() if signal in signals}
    for verb, signals in (
        (Verb.RETRY, {Signal.RETRY, Signal.REJOIN}),
        (Verb.DROP, {Signal.DROP}),
    )
}
JOBS = st.sampled_from(["a", "b", "c"])


class Outbox(RuleBasedStateMachine):
    """A dispatcher with a perfect memory, which checks each answer of the store against it."""

    factory: Factory

    def __init__(self) -> None:
        super().__init__()
        self.directory = TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.case = self.do(self.stack.enter_async_context(self.factory(Path(self.directory.name))))
        self.now = T0
        self.made: dict[str, Notification] = {}
        self.lanes: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self.told_first: dict[tuple[str, str], str] = {}
        self.under_way: defaultdict[str, dict[str, Parcel]] = defaultdict(dict)
        self.content: dict[str, tuple[Notification, ...]] = {}
        self.arrived: list[str] = []
        self.tried_alone: set[str] = set()
        self.begun: defaultdict[str, list[datetime]] = defaultdict(list)
        self.late: set[str] = set()
        self.given_up: set[str] = set()

    def do(self, work: Awaitable[Result]) -> Result:
        async def wait() -> Result:
            return await work

        return self.runner.run(wait())

    # what the core and the world do

    @rule(
        jobs=st.lists(JOBS, min_size=1, max_size=3, unique=True),
        channel=st.sampled_from(sorted(CHANNELS)),
        severity=st.sampled_from(Severity),
        held=st.booleans(),
    )
    def begin(self, jobs: list[str], channel: str, severity: Severity, *, held: bool) -> None:
        """Messages of alerts that begin or go on, in one Step."""
        self.commit(
            [self.message(job, channel, severity=severity, group="g", held=held) for job in jobs]
        )

    @rule(job=JOBS, channel=st.sampled_from(sorted(CHANNELS)))
    def remind(self, job: str, channel: str) -> None:
        """An alert that goes on is told again; of those to a chat one at most waits alone."""
        if (channel, job) in self.told_first:
            note = self.message(job, channel, group="r" if channel == "chat" else None)
            self.commit([msgspec.structs.replace(note, reason=Reason.REMINDER)])
        waiting = [
            (row.channel, row.alert)
            for row in self.rows().values()
            if (row.reason, row.disposition) == ("reminder", "waiting") and row.id not in self.late
        ]
        chats = [one for one in waiting if one[0] == "chat"]
        assert len(chats) == len(set(chats))

    @rule(job=JOBS, channel=st.sampled_from(sorted(CHANNELS)))
    def end(self, job: str, channel: str) -> None:
        """The end of a job's alert; the next message is another alert's."""
        if (channel, job) in self.told_first:
            self.commit([self.message(job, channel, end=True)])
            del self.told_first[channel, job]

    @rule(seconds=st.sampled_from([1, 2, 7, 30]))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.now += seconds * SECOND

    @precondition(lambda self: self.made)
    @rule()
    def restart(self) -> None:
        """The process is killed: what was under way is in doubt, and due again."""
        self.do(self.case.restart())
        number = sum(map(len, self.under_way.values()))
        assert number == self.do(self.case.store.release_all(self.now))
        self.under_way.clear()

    @rule()
    def bury(self) -> None:
        """What is older than a minute dies."""
        self.do(self.case.store.bury(sorted(CHANNELS), self.now, timedelta(minutes=1)))
        self.check()

    @precondition(lambda self: self.made)
    @rule(
        verb=st.sampled_from(Verb),
        state=st.sampled_from([None, Disposition.WAITING, Disposition.DEAD]),
        job=st.none() | JOBS,
        channel=st.none() | st.sampled_from(sorted(CHANNELS)),
    )
    def handle(
        self, verb: Verb, state: Disposition | None, job: str | None, channel: str | None
    ) -> None:
        """A person retries what is dead or waits, or drops it, by what fits."""
        order = Order(verb, channel=channel, job=job, state=state, why="dropped by alice")
        self.carry_out(order)

    @precondition(lambda self: self.made)
    @rule(data=st.data(), verb=st.sampled_from(Verb))
    def handle_some(self, data: st.DataObject, verb: Verb) -> None:
        """The same by ids: bundles, members and messages, in whatever state they are."""
        ids = sorted(self.rows())
        some = data.draw(st.lists(st.sampled_from(ids), min_size=1, max_size=3, unique=True))
        self.carry_out(Order(verb, ids=tuple(some), why="dropped by alice"))

    @precondition(lambda self: self.made)
    @rule(
        channel=st.sampled_from(sorted(CHANNELS)),
        rounds=st.lists(st.lists(st.sampled_from(Fate), max_size=3), min_size=1, max_size=4),
        make_due=st.booleans(),
    )
    def turns(self, channel: str, rounds: list[list[Fate]], *, make_due: bool) -> None:
        """Some sends come to their ends, and others begin, once or several times."""
        for fates in rounds:
            under_way = list(self.under_way[channel].values())
            ended = [
                settled(parcel, fate, at=self.now, after=3 * SECOND)
                for parcel, fate in zip(under_way, fates, strict=False)
            ]
            self.take_turn(channel, ended, make_due=make_due)
        self.check()

    # how it is done

    def message(
        self,
        job: str,
        channel: str,
        *,
        severity: Severity = Severity.ERROR,
        group: str | None = None,
        held: bool = False,
        end: bool = False,
    ) -> Notification:
        number = len(self.made) + 1
        first = self.told_first.get((channel, job))
        note = notice(
            job,
            number,
            channel=channel,
            alert=self.made[first].alert if first else f"{channel}/{job}/{number}",
            severity=severity,
            group=group,
            hold_until=self.now + 2 * SECOND if held else None,
            end=end,
            absorbs=first if end and channel == "chat" else None,
            event=number,
        )
        self.told_first.setdefault((channel, job), note.id)
        self.lanes[channel, note.subject.lane].append(note.id)
        self.made[note.id] = note
        return note

    def commit(self, notes: list[Notification]) -> None:
        self.do(self.case.store.commit(explained(*notes, at=self.now)))
        self.check()

    def carry_out(self, order: Order) -> None:
        before = self.rows()
        deed = self.do(self.case.by_hand(order, self.now))
        after = self.rows()
        assert deed.is_clear
        touched = {row.id for item in deed.done for row in (item.row, *item.messages, *item.ends)}
        for name, row in before.items():
            moved = (row.disposition, after[name].disposition)
            assert name in touched or row == after[name], "what is not said to be done is not done"
            assert moved[0] == moved[1] or moved in MOVES[order.verb]
            if moved[0] != moved[1]:
                (self.late if order.verb is Verb.RETRY else self.given_up).add(name)
        self.check()

    def take_turn(
        self, channel: str, ended: list[Settlement], *, make_due: bool = False
    ) -> datetime | None:
        terms = self.terms(channel, len(ended), make_due=make_due)
        for settlement in ended:
            parcel = self.under_way[channel].pop(settlement.delivery)
            if settlement.outcome.fate is Fate.DELIVERED:
                self.arrived.extend(note.id for note in parcel.notifications)
        turn = self.do(self.case.store.turn(terms, ended, self.now))
        assert len(turn.parcels) <= terms.room
        rows = self.rows()
        for parcel in turn.parcels:
            self.check_parcel(channel, parcel, rows)
            self.under_way[channel][parcel.id] = parcel
        self.check_pace(channel, len(turn.parcels))
        assert turn.next_at is None or turn.next_at > self.now
        return turn.next_at

    def terms(self, channel: str, ended: int, *, make_due: bool) -> Terms:
        terms = CHANNELS[channel]
        room = terms.room - len(self.under_way[channel]) + ended
        return msgspec.structs.replace(terms, room=room, make_due=make_due)

    def rows(self) -> dict[str, Shipment]:
        return {row.id: row for row in self.do(self.case.rows())}

    # what must hold

    def check_parcel(self, channel: str, parcel: Parcel, rows: dict[str, Shipment]) -> None:
        known = self.content.setdefault(parcel.id, parcel.notifications)
        assert known == parcel.notifications, "a delivery's content never changes once it was tried"
        self.tried_alone |= {parcel.id} & self.made.keys()
        others = self.under_way[channel].values()
        busy = {note.subject for other in others for note in other.notifications}
        for note in parcel.notifications:
            assert parcel.id == note.id or note.id not in self.tried_alone, "it keeps its own id"
            assert note.subject not in busy, "one at a time about one job"
            assert note.id not in self.arrived, "nothing is told twice"
            lane = self.lanes[channel, note.subject.lane]
            for earlier in lane[: lane.index(note.id)]:
                over = rows[earlier].disposition in OVER or rows[earlier].bundle == parcel.id
                assert over, "nothing is overtaken"

    def check_pace(self, channel: str, begun: int) -> None:
        limit = CHANNELS[channel].limit
        times = self.begun[channel]
        times.extend([self.now] * begun)
        if limit is not None:
            assert limit.most >= len([at for at in times if at > self.now - limit.window])

    def check(self) -> None:
        ledger = self.do(self.case.ledger())
        assert ledger.balances
        assert len(self.made) == sum(account.notifications for account in ledger.accounts)
        for lane in self.lanes.values():
            arrived = [one for one in self.arrived if one in lane and one not in self.late]
            assert sorted(arrived, key=lane.index) == arrived

    def check_end(self, row: Shipment, rows: Iterable[Shipment]) -> None:
        """Every row is over, and for a reason that holds."""
        assert row.disposition in OVER
        if row.lane is None:
            return
        told = [one for one in rows if one.alert == row.alert and one.id in self.arrived]
        if row.disposition is Disposition.DROPPED and row.id in self.given_up:
            assert "dropped by alice" == row.why
        elif row.disposition is Disposition.DROPPED:
            assert ("resolved", []) == (row.status, told)
        if row.disposition is Disposition.MERGED:
            assert any(one.id == row.bundle and one.seq > row.seq for one in rows)
        assert (row.disposition is Disposition.DELIVERED) == (row.id in self.arrived)

    def teardown(self) -> None:
        try:
            for channel in CHANNELS:
                self.drain(channel)
            rows = self.rows()
            assert set(self.made) <= set(rows)
            for row in rows.values():
                self.check_end(row, rows.values())
        finally:
            self.do(self.stack.aclose())
            self.runner.close()
            self.directory.cleanup()

    def drain(self, channel: str) -> None:
        """From here on everything arrives, and nothing may be left."""
        for _ in range(20 * len(self.made) + 5):
            ended = [settled(p, at=self.now) for p in self.under_way[channel].values()]
            next_at = self.take_turn(channel, ended)
            if not self.under_way[channel]:
                if next_at is None:
                    return
                self.now = next_at
        pytest.fail(f"{channel} did not come to an end")


@pytest.mark.parametrize("factory", FACTORIES)
def test_nothing_is_lost_told_twice_or_overtaken(factory: Factory) -> None:
    """In any sequence each message ends in one way, each lane is in order, the ledger balances."""

    class OfFactory(Outbox):
        pass

    OfFactory.factory = staticmethod(factory)
    current = settings()
    run_state_machine_as_test(
        OfFactory,
        settings=settings(stateful_step_count=current.stateful_step_count // 2),
    )
