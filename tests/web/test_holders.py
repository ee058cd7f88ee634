"""Who holds a port."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from watcher.web.holders import holder_of

HEAD = "sl local_address rem_address st tx_queue rx_queue tr tm->when retrnsmt uid timeout inode\n"
ROW = "0: 0100007F:{port:04X} 00000000:0000 {state} 00000000:00000000 00:00000000 0 0 0 {inode} 1\n"


def a_machine(folder: Path, rows: str) -> Path:
    (folder / "net").mkdir()
    (folder / "net/tcp").write_text(HEAD + rows)
    for pid, name, inode in ((7, "nginx", 70), (12, "watcher", 120)):
        (folder / f"{pid}/fd").mkdir(parents=True)
        (folder / f"{pid}/comm").write_text(f"{name}\n")
        (folder / f"{pid}/fd/3").symlink_to(f"socket:[{inode}]")
    (folder / "99").mkdir()
    return folder


def test_the_holder_is_named(tmp_path: Path) -> None:
    """By its name and pid; whoever is only connected from that port is not meant."""
    rows = ROW.format(port=9109, state="01", inode=70) + ROW.format(
        port=9109, state="0A", inode=120
    )
    assert "it is held by watcher (pid 12)" == holder_of(9109, a_machine(tmp_path, rows))


def test_where_it_cannot_be_seen_the_way_to_look_is_told(tmp_path: Path) -> None:
    """Another user's process, or a machine without /proc."""
    rows = ROW.format(port=9109, state="0A", inode=500) + "broken\n"
    told = "see by whom with: ss -ltnp 'sport = :9109' (as root)"
    assert told == holder_of(9109, a_machine(tmp_path, rows))
    assert told == holder_of(9109, tmp_path / "nowhere")


def test_this_process_finds_itself() -> None:
    """On the real /proc."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert f"(pid {os.getpid()})" in holder_of(server.getsockname()[1])
