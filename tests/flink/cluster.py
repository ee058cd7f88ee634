"""A Flink cluster on loopback: a JobManager and a TaskManager out of the PyPI package's jars."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

OPENS: Final = tuple(
    f"--add-opens=java.base/{package}=ALL-UNNAMED"
    for package in (
        *("java.lang", "java.net", "java.io", "java.nio", "sun.nio.ch", "java.lang.reflect"),
        *("java.text", "java.time", "java.util", "java.util.concurrent"),
        *("java.util.concurrent.atomic", "java.util.concurrent.locks"),
    )
)
JVM: Final = ("java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", *OPENS)
READY_WITHIN: Final = 60.0

CONFIG: Final = """
rest.port: {rest}
rest.address: 127.0.0.1
rest.bind-address: 127.0.0.1
jobmanager.rpc.address: 127.0.0.1
jobmanager.rpc.port: {rpc}
jobmanager.bind-host: 127.0.0.1
jobmanager.memory.process.size: 1g
taskmanager.host: 127.0.0.1
taskmanager.bind-host: 127.0.0.1
taskmanager.resource-id: tm0
taskmanager.numberOfTaskSlots: 8
taskmanager.cpu.cores: 2.0
taskmanager.memory.framework.heap.size: 64m
taskmanager.memory.task.heap.size: 256m
taskmanager.memory.framework.off-heap.size: 64m
taskmanager.memory.task.off-heap.size: 0m
taskmanager.memory.network.min: 64m
taskmanager.memory.network.max: 64m
taskmanager.memory.managed.size: 64m
taskmanager.memory.jvm-metaspace.size: 256m
taskmanager.memory.jvm-overhead.min: 64m
taskmanager.memory.jvm-overhead.max: 64m
cluster.registration.error-delay: 300
cluster.registration.refused-registration-delay: 300
web.refresh-interval: 50
web.upload.dir: {directory}/upload
io.tmp.dirs: {directory}/tmp
execution.checkpointing.dir: file://{directory}/checkpoints
restart-strategy.type: none
env.java.opts.all: ""
"""


class Cluster:
    """One session cluster, ended with the `with` that began it."""

    def __init__(self, jars: Path, directory: Path) -> None:
        """Take the folder of Flink's jars and a folder of its own for all that it writes."""
        self.directory = directory
        self._jars = jars
        self._port = _free_port()
        self._rpc = _free_port()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._logs: list[IO[bytes]] = []

    def __enter__(self) -> Self:
        conf = self.directory / "conf"
        for name in ("conf", "tmp", "upload", "checkpoints"):
            (self.directory / name).mkdir(exist_ok=True)
        said = CONFIG.format(rest=self._port, rpc=self._rpc, directory=self.directory)
        (conf / "config.yaml").write_text(said, encoding="utf-8")
        entry = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
        self._start("-Xmx512m", entry, "--executionMode", "cluster")
        self._start_task_manager()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(30)
        for log in self._logs:
            log.close()

    def revive(self) -> None:
        """Start another TaskManager where the last job took it down."""
        if self._processes[-1].poll() is not None:
            self._processes.pop()
            self._start_task_manager()

    def _start_task_manager(self) -> None:
        task_manager = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
        self._start("-Xmx320m", "-XX:MaxDirectMemorySize=200m", task_manager)
        self._wait_for_task_manager()

    def _start(self, *words: str) -> None:
        options = [word for word in words if word.startswith("-X")]
        main, *rest = [word for word in words if not word.startswith("-X")]
        log = (self.directory / f"{main.rpartition('.')[2]}.log").open("wb")
        self._logs.append(log)
        command = [*JVM, *options, "-cp", f"{self._jars}/*", main]
        command += ["--configDir", str(self.directory / "conf"), *rest]
        self._processes.append(
            subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=self.directory)
        )

    def _wait_for_task_manager(self) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline:
            try:
                if self.get("/overview").get("taskmanagers"):
                    return
            except OSError:
                pass
            time.sleep(0.2)
        raise TimeoutError(f"no TaskManager after {READY_WITHIN} s; see {self.directory}/*.log")

    def get(self, path: str) -> Any:
        """What GET gives."""
        return self.call("GET", path)

    def call(self, method: str, path: str, body: object = None) -> Any:
        """One request; an error's body is given back as it is."""
        data = None if body is None else json.dumps(body).encode()
        return self._send(method, path, data, "application/json")

    def upload(self, jar: Path) -> str:
        """The id under which a jar's jobs are started."""
        rim = "------------------------corpus"
        head = (
            f'--{rim}\r\nContent-Disposition: form-data; name="jarfile"; filename="{jar.name}"'
            "\r\nContent-Type: application/x-java-archive\r\n\r\n"
        )
        body = head.encode() + jar.read_bytes() + f"\r\n--{rim}--\r\n".encode()
        answer = self._send("POST", "/jars/upload", body, f"multipart/form-data; boundary={rim}")
        return str(answer["filename"]).rpartition("/")[2]

    def _send(self, method: str, path: str, data: bytes | None, kind: str) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}{path}",
            data=data,
            method=method,
            headers={"Content-Type": kind},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            return json.loads(refused.read() or b"{}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
