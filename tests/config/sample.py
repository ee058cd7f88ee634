"""A sound file to break, and the environment that it asks for."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

ENV: Final = MappingProxyType(
    {
        "KEY_ID": "LTAI5tPlantedKeyId",
        "KEY_SECRET": "planted-key-secret",
        "ROBOT_TOKEN": "planted-robot-token",
        "ROBOT_SECRET": "SECplantedrobotsecret",
        "SLACK_URL": "https://hooks.slack.com/services/T0/B0/planted",
    }
)

TOP: Final = 'timezone = "Asia/Shanghai"\n'

ACCOUNT: Final = """\
[accounts.main]
region = "cn-hangzhou"
access_key_id = "${KEY_ID}"
access_key_secret = "${KEY_SECRET}"
"""

SOURCE: Final = """\
[sources.prod]
kind = "foas"
account = "main"
project = "test_project"
jobs = [{ type = "FLINK_STREAM", names = ["orders_*", "payments"], labels = { team = "orders" } }]
"""

RULE: Final = """\
[[rules]]
name = "job-down"
on = "state-mismatch"
severity = "critical"
notify = ["oncall"]
"""

CHANNELS: Final = """\
[channels.oncall]
kind = "dingtalk"
url = "https://oapi.dingtalk.com/robot/send?access_token=${ROBOT_TOKEN}"
secret = "${ROBOT_SECRET}"
fallback = "data"
[channels.data]
kind = "slack"
url = "${SLACK_URL}"
"""


def compose(
    *,
    top: str = TOP,
    account: str = ACCOUNT,
    source: str = SOURCE,
    rule: str = RULE,
    channels: str = CHANNELS,
) -> str:
    """The file with some of its parts replaced; the top is always one line long unless given."""
    return top + account + source + rule + channels
