"""What the file asks for is what is built: a poller for each source, a dispatcher each channel."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.services.edges import bench, resolved
from watcher.app.build import build_channel, build_dispatchers, build_pollers
from watcher.core.breaker import Breaker, Gate

CHANNELS = {
    "oncall": 'kind = "dingtalk"\nurl = "http://127.0.0.1:9/robot/send?access_token=t"',
    "data": 'kind = "slack"\nurl = "http://127.0.0.1:9/services/T0/B0/x"\ntimeout = "3s"',
    "audit": 'kind = "webhook"\nurl = "http://127.0.0.1:9/"',
}


async def test_every_channel_has_its_dispatcher_with_the_saved_gate(tmp_path: Path) -> None:
    """A gate that was open before the restart is open after it; the others are closed."""
    async with bench(tmp_path, resolved(channels=CHANNELS)) as here:
        saved = Breaker(gate=Gate.OPEN, failures=3)
        built = build_dispatchers(here.resolved, {"data": saved}, here.edge)
        assert ["oncall", "data", "audit"] == [one.name for one in built]
        assert [Breaker(), saved, Breaker()] == [one.breaker for one in built]
        assert 1 == len(build_pollers(here.resolved, here.keeper, here.edge))


def test_a_channel_is_built_by_its_kind() -> None:
    """Chats bundle and have one send under way, a webhook 32; the table's timeout holds."""
    wanted = resolved(channels=CHANNELS)
    built = {name: build_channel(name, wanted) for name in CHANNELS}
    assert {"oncall": (True, 1), "data": (True, 1), "audit": (False, 32)} == {
        name: (channel.bundles, channel.in_flight) for name, channel in built.items()
    }
    assert timedelta(seconds=3) == built["data"].timeout
