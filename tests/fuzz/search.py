"""One target's search: libFuzzer in a child process over bytes, then over choices."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Final, NamedTuple

from tests.fuzz.target import CORPUS, kept
from tests.fuzz.targets import load
from tests.tree import ROOT

GROWN: Final = ROOT / ".fuzz"
"""What searches found worth keeping for the next one, and what broke; not part of the tree."""

LONGEST_RUN: Final = 20
"""Seconds for one input; what takes longer counts as never ending."""

MOST_MEMORY_MB: Final = 3000
CHOICES: Final = 8192
"""Bytes of choices that hypothesis may make one input from."""

_EXECUTED: Final = re.compile(r"stat::number_of_executed_units: (\d+)")
_STEP: Final = re.compile(r"^#(\d+)\s", re.MULTILINE)
_COVERED: Final = re.compile(r"\bcov: (\d+)")


class Found(NamedTuple):
    """What came of one target's search; `branches` is how many of them it reached.

    `broke` without findings says that the search itself could not be made.
    """

    name: str
    executions: int
    seconds: float
    branches: int
    corpus: int
    findings: tuple[Path, ...]
    broke: bool


class Run(NamedTuple):
    """What one child process said."""

    executions: int
    branches: int
    broke: bool


def search(name: str, seconds: float) -> Found:
    """Search over bytes for two thirds of `seconds`, over choices for the rest."""
    folders = {kind: GROWN / kind / name for kind in ("corpus", "choices", "findings", "broken")}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    before, began = set(folders["findings"].iterdir()), monotonic()
    over_bytes = run_raw(name, folders, seconds * 2 / 3)
    over_choices = run_shaped(name, folders, seconds / 3)
    return Found(
        name,
        over_bytes.executions + over_choices.executions,
        monotonic() - began,
        max(over_bytes.branches, over_choices.branches),
        len(list(folders["corpus"].iterdir())) + len(kept(name)),
        tuple(sorted(set(folders["findings"].iterdir()) - before)),
        over_bytes.broke or over_choices.broke,
    )


def run_raw(name: str, folders: dict[str, Path], seconds: float) -> Run:
    target = load(name)
    flags = [
        f"-max_len={target.longest}",
        *dictionary(target.words, folders["broken"] / "words"),
        f"-artifact_prefix={folders['findings']}/",
        str(folders["corpus"]),
        str(CORPUS / name),
    ]
    return run("raw", name, folders, seconds, flags)


def dictionary(words: Iterable[str], path: Path) -> Iterator[str]:
    """The flag that names a file of the words, in quotes, with all but plain ASCII as bytes."""
    quoted = ("".join(map(as_written, word.encode("utf-8", "replace"))) for word in words if word)
    path.write_text("".join(f'"{word}"\n' for word in quoted), encoding="ascii")
    if path.stat().st_size:
        yield f"-dict={path}"


def as_written(byte: int) -> str:
    plain = 0x20 <= byte < 0x7F and chr(byte) not in '"\\'
    return chr(byte) if plain else f"\\x{byte:02x}"


def run_shaped(name: str, folders: dict[str, Path], seconds: float) -> Run:
    flags = [
        f"-max_len={CHOICES}",
        f"-artifact_prefix={folders['broken']}/",
        str(folders["choices"]),
    ]
    done = run("shaped", name, folders, seconds, flags)
    if done.broke:
        keep_input(scratch_of(folders), folders["findings"])
    return done


def keep_input(scratch: Path, findings: Path) -> None:
    """Keep what was being tried under the name of its hash."""
    digest = sha256(scratch.read_bytes()).hexdigest()[:40]
    shutil.copyfile(scratch, findings / f"shaped-{digest}")


def scratch_of(folders: dict[str, Path]) -> Path:
    return folders["broken"] / "trying"


def run(mode: str, name: str, folders: dict[str, Path], seconds: float, flags: list[str]) -> Run:
    """One child process; whatever it says is shown where something broke."""
    command = [sys.executable, "-m", "tests.fuzz.engine", mode, name, str(scratch_of(folders))]
    command += [f"-max_total_time={max(1, round(seconds))}", f"-timeout={LONGEST_RUN}"]
    command += [f"-rss_limit_mb={MOST_MEMORY_MB}", "-print_final_stats=1", *flags]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    said = done.stdout.decode(errors="replace")
    if done.returncode != 0:
        print(f"\n{said[-6000:]}", file=sys.stderr)
    steps = [int(step) for step in _EXECUTED.findall(said) or _STEP.findall(said)]
    branches = [int(count) for count in _COVERED.findall(said)]
    return Run(max(steps, default=0), max(branches, default=0), done.returncode != 0)
