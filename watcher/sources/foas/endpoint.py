"""The address of FOAS in each region, as the vendor's SDK resolves it."""

from __future__ import annotations

from typing import Final

PREFIXES: Final = ("cn", "ap", "eu", "rus", "us", "me")
"""How regions that have an address of their own begin (`EndpointResolverRules`)."""

CENTRAL: Final = "foas.aliyuncs.com"
NORTHEAST: Final = "foas.ap-northeast-1.aliyuncs.com"

SERVED_CENTRALLY: Final = frozenset(
    {
        "cn-hongkong",
        "cn-chengdu",
        "cn-huhehaote",
        "cn-wuhan",
        "cn-fujian",
        "cn-edge-1",
        "cn-beijing-finance-1",
        "cn-beijing-finance-pop",
        "cn-beijing-gov-1",
        "cn-shenzhen-finance-1",
        "cn-hongkong-finance-pop",
        "cn-yushanfang",
        "cn-shanghai-internal-test-1",
        "cn-hangzhou-internal-prod-1",
        "cn-hangzhou-internal-test-1",
        "cn-hangzhou-internal-test-2",
        "cn-hangzhou-internal-test-3",
        "cn-shanghai-inner",
        "cn-shenzhen-inner",
    }
)
"""Regions of `aliyunsdkfoas/endpoint.py` that are mapped to `CENTRAL`."""

SERVED_NORTHEAST: Final = frozenset(
    {
        "ap-south-1",
        "ap-southeast-2",
        "ap-southeast-5",
        "ap-northeast-2-pop",
        "eu-central-1",
        "eu-west-1",
        "eu-west-1-oxs",
        "us-west-1",
        "us-east-1",
        "me-east-1",
        "rus-west-1-pop",
    }
)
"""Regions of the same map that are served from `NORTHEAST`."""


def endpoint_of(region: str) -> str:
    """The base URL of FOAS in `region`, always https; `ValueError` for what is no region.

    The vendor's page and SDK differ about cn-hangzhou (`foas.aliyuncs.com` there); the SDK's
    address is taken, and `endpoint` in the file overrides it.
    """
    if region in SERVED_CENTRALLY:
        return f"https://{CENTRAL}"
    if region in SERVED_NORTHEAST:
        return f"https://{NORTHEAST}"
    if not _looks_like_a_region(region):
        raise ValueError(
            f"region {region!r} is none of Alibaba Cloud's; write it as cn-hangzhou, "
            "or give the address as endpoint"
        )
    return f"https://foas.{region}.aliyuncs.com"


def _looks_like_a_region(region: str) -> bool:
    prefix, *parts = region.split("-")
    rest = "".join(parts)
    return prefix in PREFIXES and all(parts) and rest.isascii() and rest.isalnum()
