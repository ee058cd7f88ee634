"""The example file is sound, says what the contract's example says, and names every key."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from tests.authority import make_authority
from watcher.config.file_table import FileTable
from watcher.config.heartbeat_table import HeartbeatTable
from watcher.config.kinds import AccountTable, channel_tables, source_tables
from watcher.config.load import load
from watcher.config.remarks import remarks
from watcher.config.resolve import Resolved, resolve
from watcher.config.rule_table import LastsTable, MatchTable, RuleTable
from watcher.config.shape import keys_of
from watcher.config.web_table import WebTable
from watcher.config.window_table import PlaceTable, WindowTable
from watcher.core.event import Kind
from watcher.sources.foas.table import FoasJobSet

EXAMPLE = Path(__file__).parents[2] / "rules.example.toml"
SECRET_FILE = "/etc/watcher/webhook.secret"
CA_FILE = "/etc/watcher/ca.pem"
TLS_FILES = re.compile(r"/etc/watcher/tls\.(crt|key)")
ENV = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI5tPlanted",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "planted",
    "ALIBABA_CLOUD_SECURITY_TOKEN": "planted-token",
    "DINGTALK_TOKEN": "planted-robot",
    "DINGTALK_SECRET": "SECplanted",
    "SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/T0/B0/planted",
    "AUDIT_TOKEN": "planted-audit",
    "WATCHER_TOKEN": "planted-token-of-the-pages",
    "WATCHER_PASSWORD": "planted-password",
    "HEARTBEAT_ID": "planted-heartbeat",
}
TABLES: list[type[BaseModel]] = [
    FileTable,
    HeartbeatTable,
    AccountTable,
    *source_tables().values(),
    FoasJobSet,
    *channel_tables().values(),
    RuleTable,
    MatchTable,
    LastsTable,
    WindowTable,
    PlaceTable,
    WebTable,
]


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The example, with the files that it names in a place where a test may write."""
    secret = tmp_path / "webhook.secret"
    secret.write_text("whsec_" + "cGxhbnRlZHNlY3JldHBsYW50ZWRzZWNyZXQ=" + "\n")
    secret.chmod(0o600)
    authority = make_authority(tmp_path)
    text = EXAMPLE.read_text().replace(SECRET_FILE, str(secret))
    path = tmp_path / "rules.toml"
    authority.server()
    text = TLS_FILES.sub(str(tmp_path / "127.0.0.1.pem"), text)
    path.write_text(text.replace(CA_FILE, str(authority.ca_file)))
    return path


@pytest.fixture
def resolved(example: Path) -> Resolved:
    return resolve(load(example, ENV))


def test_example_is_sound(example: Path, resolved: Resolved) -> None:
    """Whoever copies the example starts with a file without faults, and all its rules."""
    own = [rule.name for rule in resolved.plan.rules if not rule.builtin]
    assert ["job-down", "crash-loop", "behind", "new-error"] == own
    assert () == remarks(load(example, ENV), resolved.plan)


def test_example_means_what_it_says(resolved: Resolved) -> None:
    """The contract's example resolves to the contract's meaning."""
    assert "/var/lib/watcher/watcher.db" == str(resolved.store)
    assert ("127.0.0.1", 9109) == resolved.listen
    behind = resolved.plan.rule("behind")
    assert behind is not None
    assert (300_000, 60_000) == (behind.threshold_ms, behind.recover_below_ms)
    assert "data" == resolved.plan.channels["oncall"].fallback


def test_every_key_is_named() -> None:
    """A key that exists and is not in the example is a key that nobody finds."""
    text = EXAMPLE.read_text()
    keys = {(model.__name__, key) for model in TABLES for key in keys_of(model)}
    tables = {"accounts", "sources", "channels", "rules", "windows", "heartbeat", "web"}
    missing = {
        (model, key)
        for model, key in keys
        if not re.search(rf"(?m)(^|[\s{{,#]){re.escape(key)} = ", text)
        and not (key in tables and f"[{key}" in text)
    }
    assert set() == missing


def test_every_kind_of_event_is_named() -> None:
    """So is each word that `on` takes."""
    text = EXAMPLE.read_text()
    assert [] == [kind.value for kind in Kind if kind.value not in text]


def lines_with_comments_taken_off(text: str) -> str:
    """The example with each optional line in force, but for what excludes what stands there."""
    excluded = ("# credentials =", "# match = {", "# user =", "# password =")
    kept: list[str] = []
    for line in text.splitlines():
        key = re.match(r"# ([a-z_]+ = |\[)", line)
        kept.append(line[2:] if key and not line.startswith(excluded) else line)
    return "\n".join(kept)


def test_every_optional_line_is_sound(example: Path, tmp_path: Path) -> None:
    """What the example only mentions can be used as it stands."""
    (tmp_path / "old_secret").write_text("an-old-secret-that-is-long-enough")
    text = lines_with_comments_taken_off(example.read_text())
    example.write_text(text)
    config = load(example, {**ENV, "CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert {"retention", "history", "give_up"} <= config.top.model_fields_set
    assert {"keyword", "at_all"} <= config.channels["oncall"].model_fields_set


def test_match_of_the_example_is_sound(example: Path) -> None:
    """The keys of `match` that the example lists in comments are the ones that there are."""
    text = EXAMPLE.read_text()
    block = re.search(r"# match = \{.*\n((?:#   .*\n)+)# \}", text)
    assert block is not None
    lines = (re.sub(r"\s+# .*$", "", line[4:]) for line in block[1].splitlines())
    inline = "{ " + " ".join(lines).rstrip(", ") + " }"
    written = tomllib.loads(f"match = {inline}")["match"]
    assert set(keys_of(MatchTable)) == set(written)
    MatchTable.model_validate(written)
