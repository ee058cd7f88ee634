"""The kinds of sources."""

from __future__ import annotations

from tests.leaping_clock import LeapingClock
from watcher.ports import HttpAnswer, HttpRequest
from watcher.sources.foas.source import FoasSource
from watcher.sources.foas.table import AccountTable, FoasTable
from watcher.sources.registry import SOURCE_KINDS

ACCOUNT = AccountTable.model_validate(
    {"region": "cn-shanghai", "access_key_id": "id", "access_key_secret": "secret"}
)


class Recorder:
    """A wire that remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[HttpRequest] = []

    async def fetch(self, request: HttpRequest, **_: object) -> HttpAnswer:
        self.requests.append(request)
        return HttpAnswer(200, {"content-type": "application/json"}, b"{}")


def test_foas_is_a_kind() -> None:
    """The kind that the file names is known by its table."""
    assert FoasTable is SOURCE_KINDS["foas"].table


async def test_a_source_is_made_of_table_and_account() -> None:
    """The region's endpoint and the account's keys are used; the table's own settings hold."""
    table = FoasTable.model_validate(
        {
            "kind": "foas",
            "account": "main",
            "project": "p",
            "jobs": [{"type": "FLINK_STREAM", "names": ["a"]}],
            "batch_size": 2,
            "format": "xml",
            "timeout": "3s",
        }
    )
    wire = Recorder()
    source = SOURCE_KINDS["foas"].build("prod", table, ACCOUNT, wire, LeapingClock())
    requests = source.requests("FLINK_STREAM", ["a", "b", "c"])
    await source.read(requests[0], within=table.interval)
    assert isinstance(source, FoasSource)
    assert ("prod", 2) == (source.name, len(requests))
    (sent,) = wire.requests
    assert sent.url.startswith("https://foas.cn-shanghai.aliyuncs.com/api/v2/projects/p/")
    assert ("application/xml", "cn-shanghai") == (
        sent.headers["Accept"],
        sent.headers["x-acs-region-id"],
    )
