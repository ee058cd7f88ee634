"""Makes sources, channels and loops of what the file asks for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from watcher.app.health import OUTBOX_OLDER_THAN, Health
from watcher.channels.registry import build_channel as build_kind
from watcher.config.resolve import Resolved
from watcher.core.breaker import Breaker
from watcher.messages.wording import Language, Wording
from watcher.ports import Channel, Clock, Source, Wire
from watcher.services.dispatch import Dispatcher
from watcher.services.edge import Edge
from watcher.services.heartbeat import Heartbeat, Pulse
from watcher.services.keeper import Keeper
from watcher.services.poll import Poller
from watcher.sources.registry import SOURCE_KINDS


def build_channel(name: str, resolved: Resolved) -> Channel:
    """A channel of the file, by its kind."""
    table = resolved.channels[name]
    words = Wording(Language(resolved.language), resolved.timezone)
    return build_kind(name, table, words)


def build_channels(resolved: Resolved) -> tuple[Channel, ...]:
    """Every channel of the file."""
    return tuple(build_channel(name, resolved) for name in resolved.channels)


def build_source(name: str, resolved: Resolved, wire: Wire, clock: Clock) -> Source:
    """A source of the file, by its kind."""
    table = resolved.sources[name]
    return SOURCE_KINDS[table.kind].build(name, table, resolved.account_of(name), wire, clock)


def build_pollers(resolved: Resolved, keeper: Keeper, edge: Edge) -> tuple[Poller, ...]:
    """One loop for each source."""
    return tuple(
        Poller(
            build_source(name, resolved, edge.wire, edge.clock),
            resolved.plan.sources[name],
            keeper,
            edge,
            interval=table.interval,
            discover_interval=table.discover_interval,
        )
        for name, table in resolved.sources.items()
    )


def build_dispatchers(
    resolved: Resolved, breakers: Mapping[str, Breaker], edge: Edge
) -> tuple[Dispatcher, ...]:
    """One lane of work for each channel, with the breaker that was saved."""
    return tuple(
        Dispatcher(build_channel(name, resolved), breakers.get(name, Breaker()), edge)
        for name in resolved.channels
    )


def build_heartbeat(resolved: Resolved, edge: Edge, health: Health) -> tuple[Heartbeat, ...]:
    """The heartbeat, where the file asks for one."""
    table = resolved.heartbeat
    if table is None:
        return ()
    pulse = Pulse(table.url.get_secret_value(), table.interval, table.timeout)
    return (Heartbeat(pulse, edge, health.useless),)


def outbox_limit(resolved: Resolved) -> timedelta:
    """How old the oldest waiting delivery may become before no useful work counts as done."""
    table = resolved.heartbeat
    return OUTBOX_OLDER_THAN if table is None else table.outbox_older_than
