"""The `[sources.X]` table of kind `foas`, and the `[accounts.X]` table that it may point to."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal, Self
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator, ConfigDict, Field, SecretStr, model_validator

from watcher.sources.foas.credentials import Credentials
from watcher.sources.foas.endpoint import endpoint_of
from watcher.sources.table import JobName, JobSet, SourceTable
from watcher.tables import OPEN, AtLeastOne, StrictTable

PROJECT: Final = re.compile(r"[A-Za-z0-9_.~-]+", re.ASCII)
LONGEST_NAME: Final = 4_000
"""Bytes of a job's name as it is sent; a request line has room for 8 KiB."""

KEYS: Final = ("access_key_id", "access_key_secret")
"""What a source needs, of its own or of its account."""


def _no_chain(value: str) -> str:
    if value == "chain":
        raise ValueError(
            'credentials = "chain" is not there yet; write access_key_id and access_key_secret, '
            'for example "${ALIBABA_CLOUD_ACCESS_KEY_ID}"'
        )
    raise ValueError("the keys are written as access_key_id and access_key_secret")


def _key(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not text:
        raise ValueError("is empty")
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("holds a blank, a line break or another character that no key has")
    return value


def _region(value: str) -> str:
    endpoint_of(value)
    return value


def _endpoint(value: str) -> str:
    hint = "write it as https://foas.cn-hangzhou.aliyuncs.com"
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"is no address; {hint}") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError(f"is no http:// or https:// address; {hint}")
    if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(f"names more than a host and a port; {hint}")
    return f"{parts.scheme}://{parts.netloc}"


def _project(value: str) -> str:
    if not PROJECT.fullmatch(value) or value in (".", ".."):
        raise ValueError(
            f"{value!r} is no project name: it may hold letters, digits, _ . ~ and - only, "
            "because it stands in the path that is signed"
        )
    return value


def _asked_by_name(name: str) -> str:
    if "," in name:
        raise ValueError(
            f"{name!r} holds a comma, which separates names in the API's jobNames; "
            "write two names, or a pattern with ? in its place"
        )
    if len(quote(name, safe="~")) > LONGEST_NAME:
        raise ValueError(f"{name[:40]!r}… is too long to be asked for")
    return name


Key = Annotated[SecretStr, AfterValidator(_key)]
Region = Annotated[str, AfterValidator(_region)]
Chain = Annotated[str, AfterValidator(_no_chain)]
FoasJobName = Annotated[JobName, AfterValidator(_asked_by_name)]


class AccountTable(StrictTable):
    """Keys and a region that sources share."""

    model_config = ConfigDict(json_schema_extra={"required": ["region", *KEYS]})

    region: Region
    """Region of the projects, such as cn-hangzhou; it gives the API's address."""
    access_key_id: Key | None = None
    """AccessKey ID."""
    access_key_secret: Key | None = None
    """AccessKey secret."""
    security_token: Key | None = None
    """Token of temporary (STS) keys."""
    credentials: Chain | None = None
    """Where keys come from by themselves; not there yet."""

    @model_validator(mode="after")
    def _has_keys(self) -> Self:
        _require_keys(self.access_key_id, self.access_key_secret)
        return self


class FoasJobSet(JobSet):
    """Jobs of one type of a FOAS project."""

    type: Literal["FLINK_STREAM", "FLINK_BATCH"]
    """FLINK_STREAM or FLINK_BATCH."""
    names: AtLeastOne[FoasJobName]
    """Exact names, and globs (`*`, `?`, `[…]`) that are found with ListJob."""


class FoasTable(SourceTable):
    """One project of FOAS."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"required": ["account"], **OPEN},
            "then": {
                "properties": dict.fromkeys(("region", *KEYS, "security_token"), False),
                **OPEN,
            },
            "else": {"required": list(KEYS), **OPEN},
        }
    )

    kind: Literal["foas"]
    """foas."""
    project: Annotated[str, AfterValidator(_project)]
    """Name of the project."""
    jobs: AtLeastOne[FoasJobSet]
    """What is watched."""
    account: str | None = None
    """Name of a table under [accounts] that holds the region and the keys."""
    region: Region | None = None
    """Region, where no account is named."""
    access_key_id: Key | None = None
    """AccessKey ID, where no account is named."""
    access_key_secret: Key | None = None
    """AccessKey secret, where no account is named."""
    security_token: Key | None = None
    """Token of temporary (STS) keys, where no account is named."""
    credentials: Chain | None = None
    """Where keys come from by themselves; not there yet."""
    endpoint: Annotated[str, AfterValidator(_endpoint)] | None = None
    """Base address of the API, in place of the region's own."""
    signature: Literal["v1", "v3"] = "v1"
    """v1 is HMAC-SHA1 (ROA), v3 is ACS3-HMAC-SHA256."""
    format: Literal["json", "xml"] = "json"
    """What the API is asked to answer in."""
    region_header: str | None = Field(default=None, pattern=r"^[A-Za-z0-9-]+$")
    """Value of the RegionId header, for users inside Alibaba Group only."""
    batch_size: int = Field(default=100, ge=1, le=1_000)
    """How many jobs one request asks for."""
    concurrency: int = Field(default=8, ge=1, le=100)
    """How many requests of this source are under way at once."""

    @model_validator(mode="after")
    def _has_the_region_that_its_link_names(self) -> Self:
        if "{region}" in (self.link or "") and self.account is None and self.region is None:
            raise ValueError("link names {region}, which this source does not have; give region")
        return self

    @model_validator(mode="after")
    def _has_one_set_of_keys(self) -> Self:
        own = (self.region, self.access_key_id, self.access_key_secret, self.security_token)
        if self.account is None:
            _require_keys(self.access_key_id, self.access_key_secret)
            if self.region is None and self.endpoint is None:
                raise ValueError("neither region nor endpoint says where the API is; give region")
        elif any(value is not None for value in own):
            raise ValueError(
                "account and keys or region of its own; remove account, or region, "
                "access_key_id, access_key_secret and security_token"
            )
        return self


def credentials_of(table: AccountTable | FoasTable) -> Credentials:
    """The keys of a validated table."""
    _require_keys(table.access_key_id, table.access_key_secret)
    return Credentials(
        access_key_id=_shown(table.access_key_id) or "",
        access_key_secret=_shown(table.access_key_secret) or "",
        security_token=_shown(table.security_token),
    )


def _require_keys(key_id: SecretStr | None, secret: SecretStr | None) -> None:
    if key_id is None or secret is None:
        missing = "access_key_id" if key_id is None else "access_key_secret"
        raise ValueError(
            f"{missing} is missing; give access_key_id and access_key_secret, "
            "in a source or in the [accounts] table that it names as account"
        )


def _shown(value: SecretStr | None) -> str | None:
    return None if value is None else value.get_secret_value()
