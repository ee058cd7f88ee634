"""What `check` points out in a sound file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.sample import ENV, RULE, SOURCE, compose
from watcher.config.load import load, load_text
from watcher.config.remarks import remarks
from watcher.config.resolve import resolve

TOKEN = "planted-T0KEN-in-an-address"
PLAIN = f'[channels.plain]\nkind = "webhook"\nurl = "https://h/"\nsecret = "{TOKEN}"\n'


def only_remark(text: str) -> str:
    """The one remark on a file."""
    (remark,) = remarks_of(text)
    return remark


def remarks_of(text: str) -> list[str]:
    """The remarks on a file, a line each."""
    config = load_text(text, ENV)
    return [remark.describe("f") for remark in remarks(config, resolve(config).plan)]


def test_sample_has_none() -> None:
    """A file that does what it means has no remark."""
    assert [] == remarks_of(compose())


@pytest.mark.parametrize(
    "match",
    ['job = "payments"', 'job = "pay*"', 'labels = { team = "orders" }, job = ["payments", "x"]'],
)
def test_pattern_that_no_rule_covers(match: str) -> None:
    """A job that can die unnoticed is named with its line."""
    assert (
        'f:10: sources.prod.jobs[0].names[0]: no state-mismatch rule covers "orders_*" '
        "(FLINK_STREAM): nobody is told when it is down"
    ) == only_remark(compose(rule=RULE + f"match = {{ {match} }}\n"))


def test_pattern_that_rules_cover_in_part() -> None:
    """A rule for some of a pattern's jobs leaves the others open, and that is said."""
    rule = RULE + 'match = { job = ["payments", "orders_1"] }\n'
    assert (
        'f:10: sources.prod.jobs[0].names[0]: state-mismatch rules cover "orders_*" '
        "(FLINK_STREAM) only in part: job-down"
    ) == only_remark(compose(rule=rule))


def test_rule_that_tells_nobody_covers_nothing() -> None:
    """`notify = []` is no cover."""
    told = remarks_of(compose(rule=RULE.replace('["oncall"]', "[]")))
    assert 2 == sum("no state-mismatch rule covers" in remark for remark in told)


def test_interval_longer_than_for() -> None:
    """Who reads rarely learns which `for` cannot be kept; `failed`, at once, is none of them."""
    source = SOURCE + 'interval = "2m"\n'
    assert (
        "f:12: rules[0].for: prod is read every 2m, less often than this rule's for of 1m: "
        "it fires at the first reading that still shows it"
    ) == only_remark(compose(source=source))


def test_channel_that_nobody_names() -> None:
    """A channel that no rule and no fallback uses is pointed out."""
    webhook = '[channels.spare]\nkind = "webhook"\nurl = "https://h/"\n'
    assert ["f:24: channels.spare: no rule and no fallback names this channel"] == remarks_of(
        compose() + webhook
    )


def test_no_rules() -> None:
    """A file without rules is sound, and probably not what was meant."""
    assert any("only the built-in ones hold" in remark for remark in remarks_of(compose(rule="")))


def warnings_of(path: Path, mode: int) -> list[str]:
    """The remarks on a file of these permissions, but for those on its rules."""
    path.chmod(mode)
    config = load(path, ENV)
    found = remarks(config, resolve(config).plan)
    return [remark.describe("f") for remark in found if "chmod" in remark.text]


@pytest.mark.parametrize(
    "mode, who",
    [
        (0o644, "its group and everybody (0644)"),
        (0o640, "its group (0640)"),
        (0o620, "its group (0620)"),
        (0o604, "everybody (0604)"),
    ],
)
def test_secrets_in_a_file_that_others_may_read(tmp_path: Path, mode: int, who: str) -> None:
    """The file itself is named with the line of its first secret, and what to do."""
    path = tmp_path / "my rules.toml"
    path.write_text(compose() + PLAIN + f'previous_secret = "{TOKEN}"\n')
    (told,) = warnings_of(path, mode)
    assert told.startswith("f:27: channels.plain.secret: a secret stands here as it is, and ")
    assert told.endswith(f"{path} is open to {who}: chmod 600 '{path}'")
    assert [] == warnings_of(path, 0o600)


@pytest.mark.parametrize(
    "url, secret",
    [
        ("https://hooks.example.com/watcher", False),
        ("https://hooks.example.com/T0PLANTED1234", True),
        ("https://hooks.example.com/?token=x", True),
        ("https://hooks.example.com/${ROBOT_TOKEN}", False),
    ],
)
def test_an_address_is_a_secret_only_with_a_token(tmp_path: Path, url: str, secret: bool) -> None:
    """A file that all may read is no matter where it refers to its secrets, as it should."""
    path = tmp_path / "rules.toml"
    path.write_text(compose() + f'[channels.hook]\nkind = "webhook"\nurl = "{url}"\n')
    assert (1 if secret else 0) == len(warnings_of(path, 0o644))


def test_a_secrets_file_that_others_may_read(tmp_path: Path) -> None:
    """Each such file is named once, wherever it is referred to; none that only its owner reads."""
    rules, loose, tight = (tmp_path / name for name in ("rules.toml", "loose", "tight"))
    for secret, mode in ((loose, 0o644), (tight, 0o400)):
        secret.write_text(TOKEN)
        secret.chmod(mode)
    url = f"https://h/${{file:{tight}}}/${{file:{loose}}}"
    text = PLAIN.replace("https://h/", url).replace(TOKEN, f"${{file:{loose}}}")
    rules.write_text(compose() + text)
    (told,) = warnings_of(rules, 0o644)
    assert told.startswith(f"f:26: channels.plain.url: {loose} is open to its group and everybody")
    assert told.endswith(f"(0644): chmod 600 {loose}")


def test_systemds_credentials_are_systemds_matter(tmp_path: Path) -> None:
    """It gives them the permissions that the unit's user needs."""
    (tmp_path / "robot").write_text(TOKEN)
    config = load_text(
        compose() + PLAIN.replace(TOKEN, "${credential:robot}"),
        {**ENV, "CREDENTIALS_DIRECTORY": str(tmp_path)},
    )
    assert () == config.files


def test_a_fallback_to_the_same_receiver_is_none() -> None:
    """Two channels of one robot are out of reach together, and that is said."""
    robot = 'kind = "dingtalk"\nurl = "https://oapi.dingtalk.com/robot/send?access_token=${ROBOT_TOKEN}"\n'
    channels = (
        f'[channels.oncall]\n{robot}fallback = "second"\n[channels.second]\n{robot}at_all = true\n'
    )
    assert "second tells the same receiver, so it is as silent as oncall is" in only_remark(
        compose(channels=channels)
    )
