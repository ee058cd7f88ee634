"""The configuration that a measured watcher runs with."""

from __future__ import annotations

from pathlib import Path
from typing import Final

PROJECT: Final = "bench"

HEAD: Final = """\
store = "{folder}/watcher.db"
listen = ""

[accounts.main]
region = "cn-hangzhou"
access_key_id = "testAccessKeyId"
access_key_secret = "testAccessKeySecret"

[sources.bench]
kind = "foas"
account = "main"
endpoint = "{api}"
project = "{project}"
interval = "{interval}"
jobs = [{{ type = "FLINK_STREAM", names = ["job_*"], labels = {{ team = "bench" }} }}]

[channels.audit]
kind = "webhook"
url = "{sink}"
"""

JOB_DOWN: Final = """
[[rules]]
name = "job-down"
on = "state-mismatch"
severity = "critical"
notify = ["audit"]
"""

NEW_ERROR: Final = """
[[rules]]
name = "new-error"
on = "new-error"
severity = "warning"
repeat_after = "0s"
notify = ["audit"]
"""

ALL_RULES: Final = f"""\
{JOB_DOWN}
{NEW_ERROR}
[[rules]]
name = "crash-loop"
on = "restart"
count = 3
within = "10m"
severity = "critical"
notify = ["audit"]

[[rules]]
name = "behind"
on = "input-delay"
threshold = "5m"
recover_below = "1m"
severity = "error"
notify = ["audit"]
"""

NOBODY: Final = "http://127.0.0.1:9/"
"""A receiver for benches in which nothing is told."""


def write_rules(
    folder: Path, *, api: str, rules: str, interval: str = "5s", sink: str = NOBODY
) -> Path:
    """The file, with its store in the same folder."""
    head = HEAD.format(folder=folder, api=api, project=PROJECT, interval=interval, sink=sink)
    file = folder / "rules.toml"
    file.write_text(head + rules, encoding="utf-8")
    return file
