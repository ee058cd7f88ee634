"""The jobs that fail: for which cause, where in the job, and the label each error must get.

The labels were written before anything was grouped: errors with one label are one error to the
person who reads them, whatever numbers, hosts, ids, wrappers or places they come with.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

EVERY_200_MS: Final = {"execution.checkpointing.interval": "200 ms"}
STRICT: Final = {**EVERY_200_MS, "execution.checkpointing.tolerable-failed-checkpoints": "0"}


class Cause(NamedTuple):
    """One job: `trouble` is what strikes, `place` where; `label` is by default the trouble's name.

    `restore` names how the savepoint that it starts from is spoilt.  `alone`: what it uses up would
    harm the jobs beside it.
    """

    trouble: str
    place: str = "map"
    label: str = ""
    settings: Mapping[str, str] = {}
    restore: str = ""
    alone: bool = False

    @property
    def name(self) -> str:
        """What tells it from the other jobs."""
        return f"{self.trouble}@{self.place}"

    @property
    def meaning(self) -> str:
        """The label."""
        return self.label or self.trouble


IN_MAP: Final = """
connect-refused-message unknown-host read-timed-out connection-reset http-503 http-403 http-404
tls-to-plain pool-exhausted sql-no-table sql-no-column sql-duplicate sql-foreign-key sql-too-long
sql-deadlock sql-lock-wait sql-access-denied sql-too-many disk-full file-missing lookup-timeout
s3-denied oss-slow-down redis-moved
kafka-no-topic kafka-expired kafka-commit-timeout kafka-too-large kafka-sasl kafka-offset
kafka-unknown-topic kafka-fenced kafka-group kafka-disconnect
json-cut-off json-unexpected json-unknown-field json-wrong-type avro-missing-field avro-union
number-format date-format big-decimal no-enum bad-utf8 end-of-file bad-stream-header
not-serializable class-cast-map csv-columns schema-registry
no-class-by-name no-driver no-class-def no-such-method no-such-field class-change class-version
duplicate-class initializer service-file
npe-helpful npe-other-field npe-bare npe-required division array-index array-index-real string-index
list-index no-element optional-empty concurrent-change unmodifiable negative-size class-cast
duplicate-key illegal-state-order illegal-state-stock illegal-state-session custom custom-bare
inner-class lambda-message proxy reflection future interrupted assertion suppressed
chinese chinese-quota many-lines sql-statement no-message empty-message long-line trace-in-message
retry-gave-up threads-named percent key-value json-in-message json-in-message-auth
"""

# The same trouble met on two ways is one error; two troubles that a name does not tell apart are
# labelled as one only where a person would call them the same.
LABELS: Final = {
    "connect-refused-message": "connect-refused",
    "array-index-real": "array-index",
}

ELSEWHERE: Final = (
    Cause("connect-refused", "open"),
    Cause("unknown-host", "open"),
    Cause("illegal-state-order", "timer"),
    Cause("kafka-no-topic", "coordinator"),
    Cause("kafka-sasl", "reader"),
    Cause("s3-denied", "coordinator"),
    Cause("custom", "watermark"),
    Cause("http-503", "async"),
    Cause("illegal-state-stock", "close", "end-of-shard", alone=True),
    Cause("npe-helpful", "timer"),
    Cause("pool-exhausted", "restore"),
    Cause("optional-empty", "reader"),
    Cause("async-call", "async-timeout", "async-timeout"),
    Cause("no-timestamps", "window", "no-timestamps"),
    Cause("null-key", "key", "null-key"),
)

MEMORY: Final = tuple(
    Cause(name, alone=True) for name in ("heap", "array-size", "direct", "stack", "threads")
)

CHECKPOINTS: Final = (
    Cause("illegal-state-order", "snapshot", settings=STRICT),
    Cause("oss-slow-down", "snapshot", settings=STRICT),
    Cause(
        "checkpoint-expired",
        "snapshot-hangs",
        settings={**STRICT, "execution.checkpointing.timeout": "300 ms"},
    ),
    Cause(
        "state-too-large",
        "kept",
        settings={**STRICT, "execution.checkpointing.storage": "jobmanager", "bytes": "6000000"},
    ),
    Cause("storage-broken", "kept", settings={**STRICT, "bytes": "100000"}),
)

RESTORES: Final = (
    Cause("savepoint-missing", "kept", restore="missing"),
    Cause("savepoint-cut-off", "kept", restore="cut-off"),
    Cause("savepoint-garbage", "kept", restore="garbage"),
    Cause("state-file-missing", "kept", restore="lacks-file"),
    Cause("operator-unmapped", "kept", settings={"uid": "b"}, restore="whole"),
    Cause("state-migration", "keyed", settings={"type": "text"}, restore="whole"),
    Cause("max-parallelism", "keyed", settings={"max": "64"}, restore="whole"),
)

CAUSES: Final = (
    *(Cause(name, label=LABELS.get(name, "")) for name in IN_MAP.split()),
    *ELSEWHERE,
    *MEMORY,
    *CHECKPOINTS,
    *RESTORES,
)
