"""How values become a page."""

from __future__ import annotations

import threading
from pathlib import Path

import aiohttp
import anyio
import msgspec
import pytest
from aiohttp import web
from jinja2 import StrictUndefined, UndefinedError
from jinja2.exceptions import SecurityError

from tests.web.house import HouseDesk, house_in, pages_of
from watcher.telemetry.metrics import Metrics
from watcher.web.application import build_app
from watcher.web.desk import WAITS
from watcher.web.doors import Doors
from watcher.web.gate import Gate
from watcher.web.rendering import Renderer, Sandbox, page
from watcher.web.serving import serve


class Slow:
    """A value that is not shown before the event loop has gone on."""

    def __init__(self) -> None:
        self.asked, self.go_on = threading.Event(), threading.Event()

    def __html__(self) -> str:
        self.asked.set()
        return "shown" if self.go_on.wait(30) else "the event loop stood still"


async def show_with(folder: Path, back: object, gate: Gate | None = None) -> str:
    """A page that shows `back`."""

    async def show(request: web.Request) -> web.Response:
        return await page(request, "login.html", back=back, by_token=True, wrong=False, wait=0)

    async with house_in(folder) as house:
        app = build_app(HouseDesk(house), Metrics(), gate)
        app.router.add_get("/shown", show)
        async with (
            serve(app, "127.0.0.1", 0) as (host, port),
            aiohttp.ClientSession(f"http://{host}:{port}") as client,
            client.get("/shown") as answer,
        ):
            assert 200 == answer.status
            return await answer.text()


async def test_the_loops_go_on_while_a_page_is_made(tmp_path: Path) -> None:
    """It is made on a thread: a poll does not wait for it."""
    slow = Slow()

    async def release() -> None:
        while not slow.asked.is_set():
            await anyio.sleep(0.01)
        slow.go_on.set()

    async with anyio.create_task_group() as group:
        group.start_soon(release)
        assert 'value="shown"' in await show_with(tmp_path, slow)


async def test_everything_is_escaped(tmp_path: Path) -> None:
    """Whatever a job's name or an error says, it is text."""
    text = await show_with(tmp_path, '"><script>alert(1)</script>')
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


async def test_all_addresses_stand_under_the_proxy_s_path(tmp_path: Path) -> None:
    """The frame's links, its stylesheet, its script and its stream."""
    gate = Gate(lambda: Doors(base_url="https://ops.example.com/watcher"))
    text = await show_with(tmp_path, "/", gate)
    for address in ("/static/watcher.css", "/static/watcher.js", "/live", "/jobs", "/login"):
        assert f'"/watcher{address}"' in text
        assert f'"{address}"' not in text


async def test_nothing_stands_inline(tmp_path: Path) -> None:
    """No style, script or handler that the policy would forbid."""
    text = await show_with(tmp_path, "/")
    assert "style=" not in text
    assert "<style" not in text
    assert "onclick" not in text
    assert text.count("<script") == text.count("<script src=")


class Thing(msgspec.Struct):
    name: str


@pytest.mark.parametrize(
    "text",
    [
        "{{ thing.__class__ }}",
        "{{ thing.__struct_fields__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ [].append(1) }}",
        "{{ say.__globals__ }}",
        "{{ unknown }}",
    ],
)
def test_a_template_reaches_nothing_but_values(text: str) -> None:
    """The sandbox holds, also where it is quick."""
    templates = Sandbox(undefined=StrictUndefined)
    assert "a" == templates.from_string("{{ thing.name }}").render(thing=Thing("a"))
    with pytest.raises((SecurityError, UndefinedError)):
        templates.from_string(text).render(thing=Thing("a"), say=show_with)


async def test_one_form_is_judged_at_a_time() -> None:
    """Several threads of the same would take turns with each other and with the loops."""
    renderer, lock, met = Renderer(), threading.Lock(), list[bool]()

    def work() -> None:
        free = lock.acquire(blocking=False)
        met.append(not free)
        if free:
            threading.Event().wait(0.05)
            lock.release()

    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(renderer.judge, work)
    assert [False] * 4 == met


async def test_a_page_gives_way_between_its_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As often as it may, and then it is finished all the same."""
    asked: list[int] = []

    def give_way(_: HouseDesk, times: int) -> int:
        asked.append(times)
        return max(times - 1, 0)

    monkeypatch.setattr(HouseDesk, "give_way", give_way)
    async with house_in(tmp_path) as house, pages_of(house) as client, client.get("/") as answer:
        assert "</html>" in await answer.text()
    assert [WAITS, WAITS - 1] == asked[:2]
    assert 0 == asked[-1]
