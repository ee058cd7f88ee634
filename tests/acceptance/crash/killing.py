"""The real `watcher`, which kills itself at a named step.

    python -m tests.acceptance.crash.killing STEP NUMBER run --config rules.toml

The function in which the step lies is wrapped before the command starts, and at its NUMBER-th call
that counts the process sends itself SIGKILL.  The product knows nothing of it.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from types import MappingProxyType
from typing import Any, Final, NamedTuple

WEBHOOK_PATH: Final = "/hooks/"
CHAT_PATH: Final = "/robot/"


class Call(NamedTuple):
    """One call of a wrapped function; `result` is `None` before it."""

    args: tuple[Any, ...]
    named: dict[str, Any]
    result: Any = None


class Step(NamedTuple):
    """Where a step lies: a function as `module:path`, before or after it, and what calls count."""

    words: str
    function: str
    after: bool
    counts: Callable[[Call], bool] = lambda _: True


def _tells(call: Call) -> bool:
    """Whether the Step that is decided or saved has something to tell."""
    step = call.named.get("step") or call.result or call.args[-1]
    return bool(step.notifications)


def _to(path: str) -> Callable[[Call], bool]:
    return lambda call: path in call.args[1].url


def _settles(kind: str) -> Callable[[Call], bool]:
    """Whether a channel's turn has attempts to settle."""
    return lambda call: call.args[1].robot.startswith(kind) and bool(call.args[2])


def _reloads(call: Call) -> bool:
    return not call.named["starting"]


_FETCH: Final = "watcher.transport.http:Http.fetch"
_TURN: Final = "watcher.store.store:SqlStore.turn"
_COMMIT: Final = "watcher.store.store:SqlStore.commit"
_RELEASE: Final = "watcher.store.store:SqlStore.release_all"
_ADOPT: Final = "watcher.services.keeper:Keeper.adopt"

STEPS: Final = MappingProxyType(
    {
        "fetched": Step("after a fetch", "watcher.services.keeper:Keeper.observe", after=False),
        "decided": Step("after the diff", "watcher.services.keeper:observe", True, _tells),
        "committing": Step("before a commit", _COMMIT, False, _tells),
        "written": Step("inside its transaction", "watcher.store.store:save_step", True, _tells),
        "committed": Step("after a commit", _COMMIT, True, _tells),
        "sending": Step("before a send, webhook", _FETCH, False, _to(WEBHOOK_PATH)),
        "sending-chat": Step("before a send, chat", _FETCH, False, _to(CHAT_PATH)),
        "answered": Step("answered, webhook", _FETCH, True, _to(WEBHOOK_PATH)),
        "answered-chat": Step("answered, chat", _FETCH, True, _to(CHAT_PATH)),
        "settling": Step("before it is settled, webhook", _TURN, False, _settles("webhook")),
        "settling-chat": Step("before it is settled, chat", _TURN, False, _settles("dingtalk")),
        "settled": Step("settled, the next leased, webhook", _TURN, True, _settles("webhook")),
        "settled-chat": Step("settled, the next leased, chat", _TURN, True, _settles("dingtalk")),
        "bundling": Step("while a bundle is made", "watcher.store.lease:_freeze", True),
        "migrating": Step("during a migration", "alembic.operations:Operations.invoke", True),
        "migrated": Step("migrated, not yet committed", "watcher.store.open:_build", True),
        "released": Step("at a start, leases given back", _RELEASE, True),
        "reloading": Step("before a reload is saved", _ADOPT, False, _reloads),
        "reloaded": Step("after a reload is saved", _ADOPT, True, _reloads),
    }
)
"""Every step at which the process is killed, by the name that this module takes."""


def arm(step: Step, number: int) -> None:
    """Wrap the step's function so that its `number`-th call that counts is the process's last."""
    module, _, path = step.function.partition(":")
    owner: Any = importlib.import_module(module)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    setattr(owner, name, _wrapped(getattr(owner, name), step, number))


def _wrapped(function: Callable[..., Any], step: Step, number: int) -> Callable[..., Any]:
    left = [number]

    def pass_by(call: Call, *, after: bool) -> None:
        if after is step.after and step.counts(call):
            left[0] -= 1
            if left[0] == 0:
                die()

    if iscoroutinefunction(function):

        @wraps(function)
        async def later(*args: Any, **named: Any) -> Any:
            pass_by(Call(args, named), after=False)
            result = await function(*args, **named)
            pass_by(Call(args, named, result), after=True)
            return result

        return later

    @wraps(function)
    def at_once(*args: Any, **named: Any) -> Any:
        pass_by(Call(args, named), after=False)
        result = function(*args, **named)
        pass_by(Call(args, named, result), after=True)
        return result

    return at_once


def die() -> None:
    """End this process as an out-of-memory killer does; nothing after it runs."""
    os.kill(os.getpid(), signal.SIGKILL)
    while True:
        time.sleep(1)


def main() -> None:
    name, number, *arguments = sys.argv[1:]
    arm(STEPS[name], int(number))
    from watcher.cli import main as watcher  # noqa: PLC0415 - the wrapper must stand before it

    sys.argv[1:] = arguments
    watcher()


if __name__ == "__main__":
    main()
