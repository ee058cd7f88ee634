"""`python -m tests.acceptance.faults [NAME…]`: plays the fault matrix and prints its table.

It runs in namespaces of its own, so that nothing it mounts is seen by the machine, and every
process of it ends with it, however it ends.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from fnmatch import fnmatchcase
from pathlib import Path

import anyio

from tests.acceptance.faults.case import Case
from tests.acceptance.faults.matrix import CASES
from tests.acceptance.faults.runner import KEPT, play_all
from tests.acceptance.faults.table import markdown
from watcher import __version__

INSIDE = "FAULTS_NAMESPACE"
AT_ONCE = 12
"""Cases that mostly wait cost little: more of them than cores."""
NEEDED = ("strace", "unshare", "setpriv", "faketime", "mount")
WITH_US = ("setpriv", "--pdeathsig", "KILL")
ENTER = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.acceptance.faults", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="cases, or globs of them")
    parser.add_argument("--list", action="store_true", help="print the cases and what they expect")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, metavar="N")
    parser.add_argument("--out", type=Path, help="also write the table to this file")
    given = parser.parse_args()
    cases = _chosen(given.names)
    if not cases:
        parser.error(f"no such case; there is {', '.join(case.name for case in CASES)}")
    if given.list:
        for case in cases:
            print(f"{case.name}: {case.fault}, {case.whom}\n    {case.expected}")
        return
    if os.environ.get(INSIDE):
        sys.exit(_play(cases, given.at_once, given.out))
    sys.exit(_go_inside())


def _chosen(names: list[str]) -> list[Case]:
    if not names:
        return list(CASES)
    return [case for case in CASES if any(fnmatchcase(case.name, name) for name in names)]


def _go_inside() -> int:
    """Begin again in namespaces of its own, as their root where we are not root."""
    if missing := [tool for tool in NEEDED if shutil.which(tool) is None]:
        sys.exit(f"these are needed and not there: {', '.join(missing)} (strace, faketime, mount)")
    mapped = [] if os.geteuid() == 0 else ["--map-root-user"]
    command = [*WITH_US, *ENTER, *mapped, sys.executable, "-m", "tests.acceptance.faults"]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        kept = Path(tempfile.gettempdir(), f"watcher-faults-{os.getpid()}")
        env = {**os.environ, INSIDE: "1", KEPT: str(kept), "TMPDIR": folder}
        inside = subprocess.Popen([*command, *sys.argv[1:]], env=env)
        try:
            return inside.wait()
        except KeyboardInterrupt:
            return 128 + signal.SIGINT
        finally:
            # What it started ends with it: it is the first process of a namespace.
            inside.kill()
            inside.wait()


def _play(cases: list[Case], at_once: int, out: Path | None) -> int:
    began = time.monotonic()
    rows = anyio.run(play_all, cases, at_once)
    failed = [row.case.name for row in rows if not row.holds]
    text = (
        f"{markdown(rows)}\n\n{len(rows)} cases, {len(failed)} not as expected; watcher "
        f"{__version__}{_commit()}, {time.strftime('%Y-%m-%d', time.gmtime())}, "
        f"Python {platform.python_version()}, {os.cpu_count()} CPUs, "
        f"{time.monotonic() - began:.0f} s in all"
    )
    print(text)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")
    return 1 if failed else 0


def _commit() -> str:
    asked = ("git", "rev-parse", "--short", "HEAD")
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return f" ({done.stdout.strip()})" if done.returncode == 0 else ""


if __name__ == "__main__":
    main()
