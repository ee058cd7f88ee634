"""A real systemd as PID 1 of a container, over a throw-away copy of this machine's own files.

All that it needs lives in namespaces of its own: when the test ends, in whatever way, the kernel
ends the processes and takes the mounts away.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tests.parts import need, need_root

Seen = TypeVar("Seen")

PATIENCE = 60.0
"""Seconds after which what a test waits for counts as never coming: long, for busy machines."""
LOOK_EVERY = 0.05
NAMESPACES = ("-m", "-p", "-n", "-u", "-i", "-C")
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LANG": "C.UTF-8"}

# Lower layers, first wins: what is installed on it and its own files, then this machine's.
BOOT = """
set -eu
T=$1 INSTALLED=$2 FILES=$3
mount -t tmpfs tmpfs "$T"
mkdir "$T/layer" "$T/written" "$T/work" "$T/root"
cp -a "$INSTALLED/." "$FILES/." "$T/layer/"
: >"$T/layer/etc/fstab"
mount -t overlay overlay -o "lowerdir=$T/layer:/,upperdir=$T/written,workdir=$T/work" "$T/root"
exec systemd-nspawn -q -D "$T/root" --boot --register=no --keep-unit --private-network \
  --link-journal=no --console=read-only --resolv-conf=off --timezone=off \
  -- systemd.firstboot=off systemd.unit=basic.target
"""


@dataclass(frozen=True)
class Machine:
    """The container while it runs: `init` is its PID 1, `nspawn` who started that."""

    nspawn: int
    init: int
    folder: Path

    @contextmanager
    def begun(self, *command: str) -> Iterator[subprocess.Popen[str]]:
        """A command inside, as root, that runs at most while the block does."""
        with subprocess.Popen(
            ["nsenter", "-t", str(self.init), *NAMESPACES, "-r", "-w", "--", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=ENVIRONMENT,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def tried(self, *command: str) -> tuple[int, str]:
        """A command's exit code, and all that it said."""
        with self.begun(*command) as process:
            said, _ = process.communicate(timeout=PATIENCE)
        return process.returncode, said

    def run(self, *command: str) -> str:
        """What a command said that must end well."""
        code, said = self.tried(*command)
        assert 0 == code, f"{command} ended with {code}:\n{said}"
        return said

    def show(self, unit: str, what: str) -> str:
        """One property of a unit, as systemd has it now."""
        return self.run("systemctl", "show", "--property", what, "--value", unit).strip()

    def path(self, inside: str) -> Path:
        """Where a file of the container is seen from outside."""
        return Path(f"/proc/{self.init}/root{inside}")

    def write(self, inside: str, text: str, mode: int = 0o644) -> None:
        """Put a file there."""
        self.path(inside).parent.mkdir(parents=True, exist_ok=True)
        self.path(inside).write_text(text, encoding="utf-8")
        self.path(inside).chmod(mode)

    def written(self) -> dict[str, int]:
        """Every file that has been made or changed since the start, and who owns it."""
        top = Path(f"/proc/{self.nspawn}/root{self.folder}/written")
        return {
            f"/{path.relative_to(top)}": path.lstat().st_uid
            for path in top.rglob("*")
            if not path.is_dir()
        }


def until(look: Callable[[], Seen | None], shown: Callable[[], object] = lambda: "") -> Seen:
    """The first true value that `look` gives; fails with what `shown` says."""
    give_up = time.monotonic() + PATIENCE
    while not (found := look()):
        if time.monotonic() > give_up:
            raise AssertionError(f"waited {PATIENCE:g} s in vain\n{shown()}")
        time.sleep(LOOK_EVERY)
    return found


@contextmanager
def booted(
    folder: Path, installed: Path, files: Mapping[str, tuple[int, str]]
) -> Iterator[Machine]:
    """The container with `installed` on it, and with `files` (path → mode, text); ended after."""
    need_root()
    for command in ("systemd-nspawn", "nsenter", "setpriv"):
        need(command, "systemd-container" if command == "systemd-nspawn" else "util-linux")
    layer, mount = folder / "layer", folder / "mount"
    mount.mkdir()
    for name, (mode, text) in files.items():
        _place(layer / name.lstrip("/"), mode, text)
    with (folder / "console").open("w+") as console:
        launcher = _launch(console.fileno(), mount, installed, layer)
        try:
            yield _come_up(launcher, mount, folder / "console")
        finally:
            _end(launcher)
            _drop_cgroups()


def _place(path: Path, mode: int, text: str) -> None:
    for parent in reversed(path.parents):
        if not parent.exists():
            parent.mkdir(mode=0o755)
            parent.chmod(0o755)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def _launch(console: int, *folders: Path) -> subprocess.Popen[bytes]:
    """Who dies with this process, and takes all others along."""
    return subprocess.Popen(
        [
            *("setpriv", "--pdeathsig", "KILL"),
            *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"),
            *("bash", "-c", BOOT, "boot", *map(str, folders)),
        ],
        stdin=subprocess.DEVNULL,
        stdout=console,
        stderr=console,
    )


def _come_up(launcher: subprocess.Popen[bytes], mount: Path, console: Path) -> Machine:
    def find() -> Machine | None:
        assert launcher.poll() is None, console.read_text()
        for nspawn in _children(launcher.pid):
            for init in _children(nspawn):
                if Path(f"/proc/{init}/comm").read_text().strip() == "systemd":
                    return Machine(nspawn, init, mount)
        return None

    def is_up() -> bool:
        return "active" == machine.tried("systemctl", "is-active", "basic.target")[1].strip()

    machine = until(find, console.read_text)
    until(is_up, console.read_text)
    return machine


def _children(pid: int) -> list[int]:
    with suppress(OSError):
        return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
    return []


def _end(launcher: subprocess.Popen[bytes]) -> None:
    """Shut it down as a machine is; what does not follow is killed, by its namespace."""
    for nspawn in _children(launcher.pid):
        os.kill(nspawn, signal.SIGTERM)
    try:
        launcher.wait(PATIENCE / 4)
    except subprocess.TimeoutExpired:
        launcher.kill()
        launcher.wait(PATIENCE)


def _drop_cgroups() -> None:
    """Nothing else takes away what nspawn left; the kernel refuses where anything still runs."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, own = line.split(":", 2)
        name = controllers.removeprefix("name=") or "unified"
        for top in (Path("/sys/fs/cgroup", name), Path("/sys/fs/cgroup")):
            for left in ("payload", "supervisor"):
                _drop_below(top / own.lstrip("/") / left)


def _drop_below(top: Path) -> None:
    for folder, _, _ in os.walk(top, topdown=False):
        with suppress(OSError):
            Path(folder).rmdir()
