"""Promise 7: planted secrets are looked for in every byte that the watcher writes or answers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

import aiohttp

from tests.acceptance.receiver import Manner, receiving
from tests.acceptance.world import PROJECT, World, job_down
from watcher.simulator import Credentials, Simulator

KEY_ID = "plantedKeyId"
KEY_SECRET = "plantedKeySecret"
STS_TOKEN = "plantedStsToken+/="
DING_TOKEN = "plantedDingToken"
DING_SECRET = "plantedDingSecret"
SLACK_PATH = "plantedSlackPath"
HOOK_PATH = "plantedHookPath"
HOOK_SECRET = "whsec_cGxhbnRlZEhvb2tTZWNyZXQ="
HOOK_HEADER = "Bearer plantedHeader"
SECRETS = (
    *(KEY_ID, KEY_SECRET, STS_TOKEN, DING_TOKEN, DING_SECRET, SLACK_PATH, HOOK_PATH),
    *(HOOK_SECRET, HOOK_SECRET.removeprefix("whsec_"), "plantedHeader"),
)

CHANNELS = """
[channels.oncall]
kind = "dingtalk"
url = "{base}/robot/send?access_token=plantedDingToken"
secret = "plantedDingSecret"
[channels.data]
kind = "slack"
url = "{base}/services/T0/B0/plantedSlackPath"
[channels.audit]
kind = "webhook"
url = "{base}/hooks/plantedHookPath"
secret = "whsec_cGxhbnRlZEhvb2tTZWNyZXQ="
headers = {{ Authorization = "Bearer plantedHeader" }}
"""
KEYS = """access_key_id = "plantedKeyId"
access_key_secret = "plantedKeySecret"
security_token = "plantedStsToken+/="
"""
NOBODY = "http://127.0.0.1:9"
LOOKING = ("check", "status --json", "events --json", "deliveries --json")


def found_in(texts: Iterable[bytes]) -> list[str]:
    """The secrets that stand in any of these, plain or percent-encoded."""
    everything = b"\n".join(texts)
    return [s for s in SECRETS if s.encode() in everything or quote(s, "").encode() in everything]


def written(here: World) -> list[bytes]:
    """All that lies in the folder but the file that holds the secrets: outputs, logs, the store."""
    return [one.read_bytes() for one in here.folder.iterdir() if one.suffix != ".toml"]


def write(here: World, base: str, keys: str = KEYS) -> None:
    here.write(
        job_down("oncall", "data", "audit"),
        CHANNELS.format(base=base),
        channels={},
        top='listen = "127.0.0.1:0"',
    )
    plain = 'access_key_id = "testAccessKeyId"\naccess_key_secret = "testAccessKeySecret"\n'
    here.file.write_text(here.file.read_text().replace(plain, keys))


JOB = "source=prod&type=FLINK_STREAM&name=payments"
MACHINES = ("/healthz", "/readyz", "/metrics", "/nowhere")
PAGES = ("/", "/jobs", f"/job?{JOB}", "/alerts", "/deliveries", "/silences", "/rules")
API = (
    "status",
    "jobs",
    "alerts",
    "events",
    "events?channel=audit",
    "deliveries",
    "rules",
    "channels",
)
SEEN = (*MACHINES, *PAGES, *(f"/api/v1/{path}" for path in API))


async def pages(port: int) -> list[bytes]:
    base = f"http://127.0.0.1:{port}"
    async with aiohttp.ClientSession() as client:
        said = []
        for path in SEEN:
            async with client.get(base + path) as answer:
                assert answer.status in {200, 503} or path == "/nowhere", path
                said.append(await answer.read())
        return said


async def shown(here: World) -> list[bytes]:
    """What every other command prints, of channels that refuse us."""
    calls = (*LOOKING, "test-channel oncall", "test-channel data", "test-channel audit")
    done = await here.call_all(*calls)
    return [text.encode() for one in done for text in (one.out, one.err)]


async def test_no_secret_shows_anywhere(tmp_path: Path) -> None:
    """Delivered, refused by receivers that echo what they got, refused by the API, unreachable."""
    simulator = Simulator(credentials=[Credentials(KEY_ID, KEY_SECRET, STS_TOKEN)])
    simulator.add_job(PROJECT, "payments")
    async with simulator.serve() as api, receiving() as receiver:
        here = World(tmp_path, api, simulator, receiver, ("payments",))
        write(here, receiver.url)
        texts = await _when_all_is_well(here)
        texts += await _when_receivers_refuse_and_echo(here)
        texts += await _when_the_api_refuses_and_nothing_else_is_there(here)
        texts += await _when_the_file_is_bad(here)
    assert [] == found_in(texts)
    assert [] == found_in(written(here))
    assert (await here.ledger()).balances
    robot, hook = receiver.of(DING_TOKEN)[0], receiver.of(HOOK_PATH)[0]
    assert "sign" in robot.query
    assert HOOK_HEADER == hook.headers["authorization"]
    assert "webhook-signature" in hook.headers
    assert receiver.of(SLACK_PATH)
    assert simulator.history.answered


async def _run(here: World, number: int, event: str) -> list[bytes]:
    async with here.run("--log-level", "debug") as service:
        (listening,) = await service.logged("listening")
        await service.logged(event, number)
        said = await pages(listening["port"])
        assert 0 == await service.terminate()
    return [*said, service.out.encode(), service.err.encode()]


async def _when_all_is_well(here: World) -> list[bytes]:
    here.change("payments", actual_state="FAILED")
    return await _run(here, 3, "attempt")


async def _when_receivers_refuse_and_echo(here: World) -> list[bytes]:
    echo = f"/hooks/{HOOK_PATH} {HOOK_PATH} {HOOK_SECRET} {HOOK_HEADER} {HOOK_HEADER[7:]}"
    echo += f" {quote(HOOK_SECRET, '')}"
    said = f'{{"errcode": 310000, "errmsg": "sign {DING_TOKEN} {DING_SECRET}"}}'
    here.receiver.answer(DING_TOKEN, Manner(body=said))
    here.receiver.answer(SLACK_PATH, Manner(status=404, body=f"no {SLACK_PATH}"))
    here.receiver.answer(HOOK_PATH, Manner(status=403, body=echo))
    here.change("payments", actual_state="RUNNING")
    return await _run(here, 3, "attempt") + await shown(here)


async def _when_the_api_refuses_and_nothing_else_is_there(here: World) -> list[bytes]:
    """A wrong secret, receivers that cannot be reached, and a second API that cannot be either."""
    write(here, NOBODY, KEYS.replace("plantedKeySecret", "plantedKeySecret2"))
    text = here.file.read_text()
    first = text[text.index("[sources.prod]") : text.index("[[rules]]")]
    second = first.replace("[sources.prod]", "[sources.second]").replace(here.api, NOBODY)
    here.file.write_text(text.replace(first, first + second))
    return await _run(here, 2, "poll")


async def _when_the_file_is_bad(here: World) -> list[bytes]:
    text = here.file.read_text().replace("http://127", "htp://127")
    here.file.write_text(text.replace("whsec_cG", "whsec_!cG").replace("+/=", " +/="))
    refused = await here.call("run")
    assert 2 == refused.code
    assert refused.err.count("rules.toml:") > 4
    return [refused.err.encode()]
