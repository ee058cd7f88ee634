"""What one file asks for and another does not, in lines for people and in data for programs."""

from __future__ import annotations

import msgspec
import pytest

from tests.config.sample import CHANNELS, ENV, RULE, SOURCE, TOP, compose
from watcher.config.difference import Change, Difference, compare
from watcher.config.load import load_text
from watcher.config.resolve import resolve
from watcher.config.sketch import sketch
from watcher.core.in_force import Sketch

OTHER = RULE.replace("job-down", "other")
HOOK = '[channels.audit]\nkind = "webhook"\nurl = "https://hooks.example.com/watcher"\n'
BATCH = '}, { type = "FLINK_BATCH", names = ["nightly"] }]\n'
WINDOW = '[[windows]]\nname = "nightly"\ncron = "0 2 * * *"\nfor = "2h"\n'


def drawn(text: str, **env: str) -> Sketch:
    return sketch(resolve(load_text(text, {**ENV, **env})), "00" * 16)


def between(old: str, new: str, **env: str) -> Difference:
    return compare(drawn(old), drawn(new, **env))


@pytest.mark.parametrize(
    "old, new, lines",
    [
        (compose(), compose(), []),
        (compose(), compose(rule=RULE + 'repeat_after = "1h"\n'), []),
        (compose(), compose(rule=RULE + 'for = "2m"\n'), ["~ rule job-down: for none → 2m"]),
        (
            compose(rule=RULE + 'for = "60s"\n'),
            compose(rule=RULE.replace("critical", "error") + 'for = "2m"\nstop = true\n'),
            ["~ rule job-down: severity critical → error; for 1m → 2m; stop false → true"],
        ),
        (compose(), compose(rule=RULE + OTHER), ["+ rule other"]),
        (compose(rule=RULE + OTHER), compose(), ["- rule other"]),
        (
            compose(rule=RULE + OTHER),
            compose(rule=OTHER + RULE),
            ["~ order of rules job-down, other → other, job-down"],
        ),
        (
            compose(),
            compose(rule=RULE.replace("job-down", "down")),
            ["- rule job-down", "+ rule down"],
        ),
        (compose(), compose(channels=CHANNELS + HOOK), ["+ channel audit"]),
        (compose(), compose() + WINDOW, ["+ window nightly"]),
        (compose(), compose(source=SOURCE.replace("}]\n", BATCH)),
         ["+ job prod/FLINK_BATCH/nightly"]),
        (
            compose(),
            compose(source=SOURCE.replace('team = "orders"', 'team = "data"')),
            [
                "~ job prod/FLINK_STREAM/orders_*: labels.team orders → data",
                "~ job prod/FLINK_STREAM/payments: labels.team orders → data",
            ],
        ),
        (
            compose(),
            compose(source=SOURCE + 'interval = "5s"\n'),
            ["~ source prod: interval 10s → 5s"],
        ),
        (compose(), compose(top=TOP + 'retention = "9d"\n'), ["~ retention 30d → 9d"]),
        (
            compose(),
            compose(top=TOP + 'listen = ":1"\n'.replace(":1", "127.0.0.1:9109")),
            ['~ listen "" → 127.0.0.1:9109; needs a restart'],
        ),
        (
            compose(),
            compose(top=f'{TOP}web = {{ token = "planted-token-of-the-pages" }}\n'),
            ["~ web.token changed"],
        ),
        (
            compose(),
            compose() + '[heartbeat]\nurl = "https://h.example/planted"\n',
            [
                "~ heartbeat.url changed",
                "~ heartbeat.interval none → 1m",
                "~ heartbeat.timeout none → 10s",
                "~ heartbeat.outbox_older_than none → 15m",
            ],
        ),
    ],
)  # fmt: skip
def test_each_difference_is_a_line(old: str, new: str, lines: list[str]) -> None:
    """What is added, changed with its keys, and removed; a default that is written is none."""
    assert lines == list(between(old, new).lines())


def test_of_a_secret_only_that_it_changed_is_said() -> None:
    """Neither value, nor its mark."""
    found = between(compose(), compose(), ROBOT_SECRET="SECother", SLACK_URL="https://x.example/y")
    assert ("~ channel oncall: secret changed", "~ channel data: url changed") == found.lines()
    encoded = msgspec.json.encode(found)
    assert b"secret:" not in encoded
    assert b"SEC" not in encoded


def test_what_dies_with_a_channel_is_said() -> None:
    """How many deliveries wait for a channel that leaves; nothing of one that stays."""
    found = between(compose(channels=CHANNELS + HOOK), compose())
    waiting = {"audit": 3, "oncall": 5}
    assert ("- channel audit: 3 waiting deliveries die",) == found.with_waiting(waiting).lines()
    assert ("- channel audit: 1 waiting delivery dies",) == found.with_waiting({"audit": 1}).lines()
    assert ("- channel audit",) == found.with_waiting({"audit": 0}).lines()


def test_much_is_counted() -> None:
    """Thousands of jobs do not drown the rest, and a long value is cut."""
    names = ", ".join(f'"job_{n}"' for n in range(3000))
    many = compose(source=SOURCE.replace('"payments"', names))
    found = between(compose(), many)
    assert 3001 == len(found.entries)
    assert "… and 2951 more" == found.lines()[-1]
    rule = RULE + f'match = {{ job = "orders_{"x" * 500}" }}\n'
    (line,) = between(compose(), compose(rule=rule)).lines()
    assert len(line) < 150


def test_many_keys_of_one_thing_are_counted() -> None:
    """A rule that is another one altogether is one line that can be read."""
    labels = ", ".join(f'k{n} = "v"' for n in range(20))
    source = SOURCE.replace('labels = { team = "orders" }', f"labels = {{ {labels} }}")
    first = between(compose(), compose(source=source)).lines()[0]
    assert first.endswith("; 15 more keys")


def test_it_is_data_for_programs() -> None:
    """Change, part, name, and each key with both values."""
    found = between(compose(), compose(rule=RULE + 'for = "2m"\n'))
    assert [
        {
            "change": "changed",
            "part": "rules",
            "name": "job-down",
            "keys": [{"key": "for", "old": None, "new": "2m", "secret": False}],
            "note": "",
        }
    ] == msgspec.json.decode(msgspec.json.encode(found.entries))
    assert Change.CHANGED is found.entries[0].change
    assert not between(compose(), compose())
