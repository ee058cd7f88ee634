"""Addresses of FOAS by region."""

from __future__ import annotations

import pytest

from watcher.sources.foas.endpoint import endpoint_of


@pytest.mark.parametrize(
    "region, host",
    [
        ("cn-hangzhou", "foas.cn-hangzhou.aliyuncs.com"),
        ("cn-shanghai-finance-1", "foas.cn-shanghai-finance-1.aliyuncs.com"),
        ("ap-southeast-3", "foas.ap-southeast-3.aliyuncs.com"),
        ("ap-northeast-1", "foas.ap-northeast-1.aliyuncs.com"),
        ("cn-hongkong", "foas.aliyuncs.com"),
        ("cn-beijing-gov-1", "foas.aliyuncs.com"),
        ("eu-central-1", "foas.ap-northeast-1.aliyuncs.com"),
        ("us-east-1", "foas.ap-northeast-1.aliyuncs.com"),
    ],
)
def test_a_region_has_the_sdks_address(region: str, host: str) -> None:
    """Regions of the SDK's map get its address, all others the one of the rule."""
    assert f"https://{host}" == endpoint_of(region)


@pytest.mark.parametrize(
    "region", ["", "hangzhou", "cn", "cn-", "cn--x", "cn-hang zhou", "cn-a.evil.example", "cn-杭州"]
)
def test_what_is_no_region_is_refused(region: str) -> None:
    """A slip never becomes a host name to which signed requests go."""
    with pytest.raises(ValueError, match="write it as cn-hangzhou"):
        endpoint_of(region)
