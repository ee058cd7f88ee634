"""What keeps a start from being one: said in words, with the right exit code, nothing touched."""

from __future__ import annotations

import socket
from pathlib import Path

from tests.acceptance.world import job_down, world


async def test_a_second_run_is_refused_with_the_first_ones_pid(tmp_path: Path) -> None:
    """Two services never share a store; reading commands work beside the first."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down())
        async with here.run() as service:
            await service.logged("poll")
            second, beside = await here.call_all("run", "status --json")
            await here.settle(service)
        assert 1 == second.code
        assert f"pid {service.pid}" in second.err
        assert str(here.store) in second.err
        assert "Traceback" not in second.err
        assert 0 == beside.code
        assert "payments" not in beside.err
        assert ["prod"] == [source["name"] for source in beside.json["sources"]]


async def test_a_bad_file_starts_nothing_and_names_every_fault(tmp_path: Path) -> None:
    """Exit 2, each fault with its line and key, no store is made and nothing is asked for."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down("nobody"), top='langauge = "en"\ntimezone = "Asia/Shangai"')
        text = here.file.read_text().replace('"300ms"', '"soon"')
        here.file.write_text(text.replace('"testAccessKeySecret"', '"${NOT_SET_ANYWHERE}"'))
        refused = await here.call("run")
        assert 2 == refused.code
        for words in (
            "langauge",
            "language",
            "Asia/Shanghai",
            "soon",
            "NOT_SET_ANYWHERE",
            "nobody",
        ):
            assert words in refused.err
        lines = text.splitlines()
        for key in ("langauge", "interval", "access_key_secret", "timezone"):
            number = next(n for n, line in enumerate(lines, start=1) if line.startswith(key))
            assert f"rules.toml:{number}: " in refused.err
        assert not here.store.exists()
        assert {} == here.simulator.history.counts()


async def test_a_corrupt_store_is_named_and_left_alone(tmp_path: Path) -> None:
    """A damaged file is not begun anew over: exit 1, its bytes as they were."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down())
        damaged = b"SQLite format 3\x00" + b"\xff" * 8000
        here.store.write_bytes(damaged)
        refused = await here.call("run")
        assert 1 == refused.code
        assert str(here.store) in refused.err
        assert "damaged" in refused.err
        assert "Traceback" not in refused.err
        assert damaged == here.store.read_bytes()


async def test_a_port_in_use_is_told_in_words(tmp_path: Path) -> None:
    """Where `listen` cannot be bound the service does not start: exit 1, the address named."""
    async with world(tmp_path, "payments") as here:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            here.write(job_down(), top=f'listen = "{address}"')
            refused = await here.call("run")
        assert 1 == refused.code
        assert address.rpartition(":")[2] in refused.err
        assert "Traceback" not in refused.err
