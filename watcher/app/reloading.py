"""Puts the file into force anew when somebody asks for it; a bad one changes nothing."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from ssl import SSLContext
from typing import Final, NamedTuple
from uuid import uuid4

import anyio
from anyio.to_thread import run_sync

from watcher.authorities import CaFileError, trusting
from watcher.config.difference import Difference, compare
from watcher.config.faults import ConfigError, Fault
from watcher.config.load import load
from watcher.config.resolve import Resolved, resolve
from watcher.config.sketch import SETTINGS, sketch
from watcher.config.web_faults import is_reachable
from watcher.core.in_force import InForce, Reload, Sketch
from watcher.core.refused import refusal_for
from watcher.ports import StoreError
from watcher.services.edge import Edge
from watcher.services.keeper import Keeper
from watcher.telemetry.redaction import Redactor

REST: Final = timedelta(seconds=1)
"""After a reload; whatever is asked for meanwhile is one reload."""


class Found(NamedTuple):
    """A sound file, what it trusts, and what is new in it."""

    resolved: Resolved
    trusted: SSLContext
    sketch: Sketch
    difference: Difference


class Reloading:
    """Holds which file is in force, and says so to the store for those who look.

    `swap` is called with what has come into force where anything has changed.
    """

    def __init__(
        self,
        file: Path,
        resolved: Resolved,
        keeper: Keeper,
        edge: Edge,
        env: Mapping[str, str],
        redactor: Redactor,
        swap: Callable[[Resolved, SSLContext, bool], None],
    ) -> None:
        """`resolved` is in force already."""
        self.resolved = resolved
        self._file = file.absolute()
        self._keeper = keeper
        self._edge = edge
        self._env = env
        self._redactor = redactor
        self._swap = swap
        self._served = resolved.top.listen
        self._salt = secrets.token_hex(16)
        self._asked = anyio.Event()

    def ask(self) -> None:
        """Let `run` reload as soon as it can."""
        self._asked.set()

    async def run(self, begins: Callable[[], object], over: Callable[[], object]) -> None:
        """Reload whenever it is asked for; `begins` and `over` are called around each time."""
        while True:
            await self._asked.wait()
            self._asked = anyio.Event()
            begins()
            try:
                await self.once()
            finally:
                over()
            await self._edge.clock.sleep(REST)

    async def once(self) -> bool:
        """Whether the file as it is now came into force."""
        good = await self._try()
        self._edge.metrics.reloaded(ok=good, at=self._edge.clock.now())
        return good

    async def _try(self) -> bool:
        try:
            # A slow disk must not hold up the polls, nor a pipe that nobody fills the end.
            found = await run_sync(self._read, abandon_on_cancel=True)
        except (ConfigError, CaFileError) as error:
            await self._refuse(str(error))
            return False
        except Exception as error:  # a bug in judging a file must not end the service
            self._edge.log.exception("loop_broke", loop="reload")
            await self._refuse(f"{self._file}: cannot be judged: {type(error).__name__}")
            return False
        return await self._put_into_force(found)

    async def note_start(self) -> None:
        """Say what this process began with; a start has more urgent things to do first."""
        await self._edge.clock.sleep(REST)
        drawn = await run_sync(sketch, self.resolved, self._salt)
        await self._note(self._reload(), drawn)

    def _read(self) -> Found:
        if self._file.is_fifo():
            # To open one may wait for ever.
            hint = "is a pipe, which can be read only once; restart the service"
            raise ConfigError(str(self._file), [Fault(None, "", hint=hint)])
        resolved = resolve(load(self._file, self._env))
        if is_reachable(self._served) and not resolved.web.locked:
            raise ConfigError(str(self._file), [_unlocked(self._served)])
        # Before anything of it is written anywhere.
        self._redactor.learn(resolved.secrets)
        new = sketch(resolved, self._salt)
        difference = compare(sketch(self.resolved, self._salt), new)
        return Found(resolved, trusting(resolved.ca_file), new, difference)

    async def _refuse(self, words: str) -> None:
        faults = self._redactor.redact(words).splitlines()
        refusal = refusal_for(faults)
        await self._keeper.refuse(refusal)
        if self._edge.flight is not None:
            facts = {"file": str(self._file), "faults": refusal.lines, "count": refusal.faults}
            self._edge.flight.note("reload-refused", facts)
        await self._note(self._reload(faults=refusal.lines))
        self._edge.log.error("reload_refused", faults="\n".join(faults))

    async def _put_into_force(self, found: Found) -> bool:
        waiting = await self._waiting(found.difference)
        if await self._keeper.adopt(found.resolved.plan, starting=False) is None:
            self._edge.log.error("reload_refused", faults=self._keeper.trouble)
            return False
        old, self.resolved = self.resolved, found.resolved
        self._swap(found.resolved, found.trusted, not found.resolved.asks_the_same(old))
        lines = found.difference.with_waiting(waiting).lines()
        if self._edge.flight is not None:
            self._edge.flight.keep_for(found.resolved.history)
            self._edge.flight.note("reload", {**sizes(found.resolved), "difference": lines})
        await self._note(self._reload(difference=lines), found.sketch)
        self._warn_of_restarts(found.difference)
        self._edge.log.info("reloaded", file=str(self._file), difference=list(lines))
        return True

    async def _waiting(self, difference: Difference) -> Mapping[str, int]:
        """How much waits for each channel, where that is worth a question."""
        if not difference:
            return {}
        try:
            return {one.channel: one.waiting for one in await self._edge.store.backlogs()}
        except StoreError:
            return {}

    def _warn_of_restarts(self, difference: Difference) -> None:
        for entry in difference.entries:
            if entry.part == SETTINGS and entry.note:
                self._edge.log.warning("needs_restart", key=entry.name)

    def _reload(self, faults: tuple[str, ...] = (), difference: tuple[str, ...] = ()) -> Reload:
        return Reload(uuid4().hex, self._edge.clock.now(), faults, difference)

    async def _note(self, reload: Reload, drawn: Sketch | None = None) -> None:
        in_force = InForce(str(self._file), reload.at, drawn) if drawn is not None else None
        try:
            await self._edge.store.note_reload(reload, in_force)
        except StoreError as error:
            self._edge.log.warning("reload_not_noted", error=str(error))


def _unlocked(served: str) -> Fault:
    """What the file says of `listen` holds from a restart on, and what it says of [web] at once."""
    hint = (
        f"until a restart the pages are served on {served}, and without a token or a password "
        "whoever reaches that could see and change everything; restart the service with this file"
    )
    return Fault(None, "web", hint=hint)


def sizes(resolved: Resolved) -> dict[str, object]:
    """What a recording says of a file that came into force."""
    plan = resolved.plan
    return {
        "file": resolved.file,
        "sources": list(plan.sources),
        "rules": [rule.name for rule in plan.rules],
        "channels": list(plan.channels),
    }
