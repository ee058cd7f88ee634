"""What may stand in a `[sources.X]` table of kind foas, and in `[accounts.X]`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from tests.tree import keys_without_a_word
from watcher.sources.foas.credentials import Credentials
from watcher.sources.foas.table import AccountTable, FoasJobSet, FoasTable, credentials_of

JOBS = [{"type": "FLINK_STREAM", "names": ["orders_*", "payments"]}]
SOURCE: dict[str, Any] = {
    "kind": "foas",
    "account": "main",
    "project": "test_project",
    "jobs": JOBS,
}
LINK = "https://c/{region}/{job}"
KEYS: dict[str, Any] = {
    "region": "cn-hangzhou",
    "access_key_id": "planted-id",
    "access_key_secret": "planted-secret",
}


def source(**changes: Any) -> FoasTable:
    """The table with changes; what is changed to None is left out."""
    written = {key: value for key, value in (SOURCE | changes).items() if value is not None}
    return FoasTable.model_validate(written)


def fault(**changes: Any) -> tuple[str, str]:
    """Key and words of the only fault; no key is ever shown."""
    with pytest.raises(ValidationError) as caught:
        source(**changes)
    assert "planted" not in str(caught.value)
    (only,) = caught.value.errors()
    return ".".join(map(str, only["loc"])), only["msg"]


def test_the_contracts_example() -> None:
    """The example of the design is valid, with these defaults for what it leaves out."""
    table = source(interval="10s", jobs=[{**JOBS[0], "labels": {"team": "orders"}}])
    assert ("v1", "json", 100, 8) == (
        table.signature,
        table.format,
        table.batch_size,
        table.concurrency,
    )
    assert (10, 10, 300) == tuple(
        span.total_seconds() for span in (table.interval, table.timeout, table.discover_interval)
    )
    jobs = table.jobs[0]
    assert (("payments",), ("orders_*",), {"team": "orders"}) == (
        jobs.exact_names,
        jobs.patterns,
        jobs.labels,
    )


def test_the_keys_may_stand_in_the_source() -> None:
    """Without an account the source has region and keys of its own."""
    table = source(account=None, **KEYS, security_token="planted-token")
    assert Credentials("planted-id", "planted-secret", "planted-token") == credentials_of(table)


def test_an_account() -> None:
    """An account gives the keys."""
    account = AccountTable.model_validate(KEYS)
    assert Credentials("planted-id", "planted-secret") == credentials_of(account)


def test_no_repr_shows_a_key() -> None:
    """Neither table shows the keys."""
    account = AccountTable.model_validate(KEYS)
    assert "planted" not in f"{account!r} {account} {source(account=None, **KEYS)!r}"


@pytest.mark.parametrize("project", ["test_project", "a.b~c-1", "X"])
def test_projects_that_can_be_signed(project: str) -> None:
    """All of RFC 3986's unreserved characters are allowed."""
    assert project == source(project=project).project


@pytest.mark.parametrize("project", ["", "a b", "a/b", "项目", "a%20", "p\n", "..", "p?x=1", "p#f"])
def test_projects_that_cannot_be_signed(project: str) -> None:
    """Signers disagree about other characters in the path, and some would leave it."""
    key, words = fault(project=project)
    assert "project" == key
    assert "letters, digits, _ . ~ and -" in words


def names_fault(*names: str) -> tuple[str, str]:
    return fault(jobs=[{"type": "FLINK_STREAM", "names": list(names)}])


def test_a_comma_in_a_name_is_refused() -> None:
    """A name with a comma cannot be asked for."""
    key, words = names_fault("a", "b,c")
    assert "jobs.0.names.1" == key
    assert "'b,c' holds a comma" in words


@pytest.mark.parametrize("name", ["", " ", "作" * 500])
def test_names_that_cannot_be_asked_for(name: str) -> None:
    """A blank name, and one that no request line has room for."""
    assert "jobs.0.names.0" == names_fault(name)[0]


@pytest.mark.parametrize("name", ["a b", "a+b", "a&b", "100%", "作业一", "a[12]?*"])
def test_odd_names_are_fine(name: str) -> None:
    """Everything else is a name."""
    table = source(jobs=[{"type": "FLINK_BATCH", "names": [name]}])
    assert (name,) == table.jobs[0].names


def test_nothing_to_watch_is_refused() -> None:
    """Neither jobs nor names may be empty."""
    assert ["jobs.0.names", "jobs"] == [names_fault()[0], fault(jobs=[])[0]]


@pytest.mark.parametrize(
    "changes, key",
    [
        ({"jobs": [{"type": "SPARK", "names": ["a"]}]}, "jobs.0.type"),
        ({"jobs": [{"type": "FLINK_BATCH", "names": ["a"], "lables": {}}]}, "jobs.0.lables"),
        ({"interval": "0s"}, "interval"),
        ({"interval": 10}, "interval"),
        ({"signature": "v2"}, "signature"),
        ({"format": "yaml"}, "format"),
        ({"batch_size": 0}, "batch_size"),
        ({"batch_size": "100"}, "batch_size"),
        ({"concurrency": 0}, "concurrency"),
        ({"kind": "flink"}, "kind"),
        ({"region_header": "a\r\nb"}, "region_header"),
        ({"endpiont": "https://x"}, "endpiont"),
    ],
)
def test_each_fault_has_its_key(changes: dict[str, Any], key: str) -> None:
    """What is wrong is told under the key where it stands."""
    assert key == fault(**changes)[0]


@pytest.mark.parametrize(
    "endpoint, read",
    [
        ("https://foas.aliyuncs.com", "https://foas.aliyuncs.com"),
        ("https://foas.aliyuncs.com/", "https://foas.aliyuncs.com"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_endpoints(endpoint: str, read: str) -> None:
    """An endpoint is scheme, host and port."""
    assert read == source(endpoint=endpoint).endpoint


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "foas.aliyuncs.com",
        "ftp://x",
        "https://",
        "https://x:y",
        "https://[x",
        "https://x/path",
        "https://x?q=1",
        "https://planted@x",
    ],
)
def test_what_is_no_endpoint(endpoint: str) -> None:
    """Anything else is refused with an example."""
    key, words = fault(endpoint=endpoint)
    assert "endpoint" == key
    assert "https://foas.cn-hangzhou.aliyuncs.com" in words


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"account": None}, "access_key_id is missing"),
        ({"account": None, "access_key_id": "planted"}, "access_key_secret is missing"),
        ({"account": None, **KEYS, "region": None}, "give region"),
        ({"region": "cn-hangzhou"}, "account and keys or region of its own"),
        (
            {"account": None, **KEYS, "region": None, "endpoint": "http://h", "link": LINK},
            "link names {region}, which this source does not have",
        ),
        ({"access_key_secret": "planted"}, "account and keys or region of its own"),
    ],
)
def test_keys_come_from_one_place(changes: dict[str, Any], words: str) -> None:
    """Either an account is named or the keys stand here, whole."""
    assert words in fault(**changes)[1]


def test_an_endpoint_stands_for_a_region() -> None:
    """Where the address is given, no region is needed."""
    table = source(account=None, endpoint="http://127.0.0.1:1", **(KEYS | {"region": None}))
    assert table.region is None


def test_credentials_from_a_chain_are_not_there_yet() -> None:
    """The later way to give keys is recognised, and says so, in both tables."""
    key, words = fault(account=None, credentials="chain")
    assert ("credentials", True) == (key, "is not there yet" in words)
    with pytest.raises(ValidationError, match="is not there yet"):
        AccountTable.model_validate({"region": "cn-hangzhou", "credentials": "chain"})


@pytest.mark.parametrize("value", ["", "planted\n", "planted key", "planted密"])
def test_a_key_with_a_blank_is_refused(value: str) -> None:
    """The line break at the end of a key file is found here, not in a refused signature."""
    assert "access_key_secret" == fault(account=None, **(KEYS | {"access_key_secret": value}))[0]


def test_a_region_that_is_none() -> None:
    """A misspelt region is refused before a host name is made of it."""
    assert "region" == fault(account=None, **(KEYS | {"region": "hangzhou"}))[0]


def test_the_times_are_spans() -> None:
    """Times are written with their units."""
    assert timedelta(milliseconds=500) == source(timeout="500ms").timeout


def test_every_key_is_described() -> None:
    """Every key is explained where it stands."""
    tables = (FoasTable, AccountTable, FoasJobSet)
    assert [] == [key for table in tables for key in keys_without_a_word(table)]
