"""`make corpus`: let every job fail twice on a real Flink, and keep what its REST API says.

Needs Java 17 with javac, and one folder of Flink's jars for each version:
python -m tests.flink JARS [JARS ...]
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final
from zlib import crc32

from tests.flink.building import build
from tests.flink.causes import CAUSES, Cause
from tests.flink.cluster import Cluster
from tests.flink.savepoints import spoil

KEPT_IN: Final = Path(__file__).parent.parent / "vectors" / "flink_errors"
SEEDS: Final = {"A": 17, "B": 4242}
AT_ONCE: Final = 4
LONGEST: Final = 200_000
LONGEST_AGAIN: Final = 40_000
"""Texts of characters beyond that are kept of the first version only."""
FAILS_WITHIN: Final = 60.0
RESTARTS: Final = {
    "restart-strategy.type": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": "1000",
    "restart-strategy.fixed-delay.delay": "10 s",
}


class Driver:
    """Starts the jobs of one version and collects their errors."""

    def __init__(self, cluster: Cluster, jar: str) -> None:
        """Take a running cluster and the uploaded jar."""
        self._cluster = cluster
        self._jar = jar
        self._lock = threading.Lock()
        self._savepoints: dict[tuple[str, str], Path] = {}

    def try_to_fail(self, cause: Cause, run: str) -> dict[str, str] | None:
        """As `fail`; `None`, and a line that says so, where the job did not fail in time."""
        try:
            return self.fail(cause, run)
        except TimeoutError as error:
            print(f"  {cause.name} {run}: LEFT OUT, {error}", flush=True)
            return None

    def fail(self, cause: Cause, run: str) -> dict[str, str]:
        """One entry of the corpus.

        Run A fails for good, so that Flink wraps the error; B would be restarted, and is not
        wrapped.
        """
        arguments = self._arguments(cause, run)
        body: dict[str, object] = {"entryClass": "com.acme.jobs.Main", "programArgsList": arguments}
        if cause.restore:
            whole = self._savepoint(cause.place, run)
            copy = self._cluster.directory / re.sub(r"\W", "-", f"{cause.name}-{whole.name}")
            spoilt = spoil(whole, cause.restore, copy, run)
            body["savepointPath"] = spoilt.as_uri()
        title = arguments[arguments.index("--title") + 1]
        answer = self._cluster.call("POST", f"/jars/{self._jar}/run", body)
        job = answer.get("jobid") or self._find(title)
        if cause.trouble == "storage-broken":
            self._break_storage(title)
        text = self._error(job)
        self._cluster.call("PATCH", f"/jobs/{job}?mode=cancel")
        print(f"  {cause.name} {run}: {text.splitlines()[0][:70]}", flush=True)
        return {"name": cause.name, "label": cause.meaning, "run": run, "text": text}

    def _arguments(self, cause: Cause, run: str, title: str = "") -> list[str]:
        title = title or f"{cause.name}-{run}"
        depth = crc32(title.encode()) % (3 if run == "A" else 5)
        said = {"cause": cause.trouble, "place": cause.place, "title": title}
        said |= {"seed": str(SEEDS[run]), "depth": str(depth)}
        said |= RESTARTS if run == "B" else {"restart-strategy.type": "none"}
        if "execution.checkpointing.interval" in cause.settings:
            own = self._cluster.directory / "checkpoints" / re.sub(r"\W", "-", title)
            own.mkdir(parents=True, exist_ok=True)
            said["execution.checkpointing.dir"] = own.as_uri()
        said |= cause.settings
        return [word for name, value in said.items() for word in (f"--{name}", value)]

    def _find(self, title: str) -> str:
        jobs = self._cluster.get("/jobs/overview")["jobs"]
        return next(str(job["jid"]) for job in jobs if job["name"] == title)

    def _error(self, job: str) -> str:
        def entries() -> Sequence[Any]:
            said = self._cluster.get(f"/jobs/{job}/exceptions")
            return list(said.get("exceptionHistory", {}).get("entries", ()))

        found = self._wait(entries, job)
        return str(found[0]["stacktrace"])

    def _wait(self, ask: Callable[[], Any], what: str) -> Any:
        deadline = time.monotonic() + FAILS_WITHIN
        while time.monotonic() < deadline:
            if found := ask():
                return found
            time.sleep(0.1)
        raise TimeoutError(f"{what}: nothing after {FAILS_WITHIN} s")

    def _break_storage(self, title: str) -> None:
        """In place of the folder of its checkpoints the job finds a file."""
        own = self._cluster.directory / "checkpoints" / re.sub(r"\W", "-", title)
        self._wait(lambda: list(own.rglob("chk-*")), title)
        shutil.rmtree(own, ignore_errors=True)
        own.write_text("no folder", encoding="utf-8")

    def _savepoint(self, place: str, run: str) -> Path:
        with self._lock:
            if (place, run) not in self._savepoints:
                self._savepoints[place, run] = self._take_savepoint(place, run)
            return self._savepoints[place, run]

    def _take_savepoint(self, place: str, run: str) -> Path:
        cause = Cause("none", place, settings={"bytes": "50000"})
        arguments = self._arguments(cause, run, f"whole-{place}-{run}")
        body = {"entryClass": "com.acme.jobs.Main", "programArgsList": arguments}
        job = self._cluster.call("POST", f"/jars/{self._jar}/run", body)["jobid"]
        self._wait(lambda: self._running(job), job)
        target = {"target-directory": f"file://{self._cluster.directory}/savepoints"}
        asked = self._cluster.call(
            "POST", f"/jobs/{job}/savepoints", {**target, "cancel-job": True}
        )["request-id"]

        def done() -> str | None:
            said = self._cluster.get(f"/jobs/{job}/savepoints/{asked}")
            return (said.get("operation") or {}).get("location")

        return Path(str(self._wait(done, job)).removeprefix("file:"))

    def _running(self, job: str) -> bool:
        tasks = self._cluster.get(f"/jobs/{job}").get("vertices", [])
        return bool(tasks) and all(task["status"] == "RUNNING" for task in tasks)


def collect(jars: Path, most: int) -> None:
    """Let all jobs fail on one version and write its file, without texts longer than `most`."""
    version = next(jars.glob("flink-dist-*.jar")).stem.removeprefix("flink-dist-")
    directory = Path(tempfile.mkdtemp(prefix="flink-"))
    print(f"Flink {version}, in {directory}", flush=True)
    with Cluster(jars, directory) as cluster:
        driver = Driver(cluster, cluster.upload(build(jars, directory)))
        runs = [(cause, run) for cause in CAUSES for run in SEEDS]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            beside = [one for one in runs if not one[0].alone]
            entries = list(pool.map(lambda one: driver.try_to_fail(*one), beside))
        for one in runs:
            if one[0].alone:
                entries.append(driver.try_to_fail(*one))
                # What a job uses up may take its TaskManager with it, a moment later.
                time.sleep(2)
                cluster.revive()
    shutil.rmtree(directory, ignore_errors=True)
    write(version, [one for one in entries if one is not None and len(one["text"]) <= most])


def write(version: str, entries: Sequence[dict[str, str]]) -> None:
    """One entry a line."""
    KEPT_IN.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)
    (KEPT_IN / f"{version}.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    print(f"{len(entries)} errors of Flink {version} kept in {KEPT_IN}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for number, given in enumerate(sys.argv[1:]):
        collect(Path(given), LONGEST if number == 0 else LONGEST_AGAIN)
