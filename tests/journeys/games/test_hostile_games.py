"""Custom games that misbehave, in the frame of the phone page: each is held, and the page goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, Response, abort, send_from_directory
from flask.typing import ResponseReturnValue
from playwright.sync_api import Browser, BrowserContext, Page, expect
from werkzeug.serving import make_server

from media.games.package import SDK_FILE
from media.phone.game_files import send_game_file
from media.phone.headers import phone_page_policy
from server.creatives.probe.game_zip import read_game_zip, write_package
from tests.rig.files.game_zips import PAGE, packed
from tests.rig.phones.browser import ARGUMENTS, CHROMIUM, driver

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]

ENDLESS = "liftcast.ready().then(() => { for (;;); });"
FLOOD = "liftcast.ready().then(() => setInterval(() => { for (let i = 0; i < 500; i++) liftcast.input(); }, 10));"
# Each way out and each look at the page; in the end the game says how many of them were refused at once.
ESCAPE = """
const out = "ELSEWHERE";
let refused = 0;
const attempt = (what) => { try { what(); } catch { refused += 1; } };
liftcast.ready().then(async () => {
  attempt(() => parent.document.title);
  attempt(() => top.document.cookie);
  attempt(() => document.cookie);
  attempt(() => localStorage.length);
  attempt(() => { top.location = out + "/top"; });
  attempt(() => { if (!window.open(out + "/window")) throw new Error(); });
  await fetch(out + "/fetch").catch(() => { refused += 1; });
  await fetch("/").catch(() => { refused += 1; });
  attempt(() => new WebSocket(out.replace("http", "ws") + "/socket"));
  attempt(() => navigator.sendBeacon(out + "/beacon", "x"));
  attempt(() => { new Image().src = out + "/image"; });
  attempt(() => {
    const script = document.createElement("script");
    script.src = out + "/script";
    document.body.append(script);
  });
  attempt(() => {
    const form = document.createElement("form");
    form.action = out + "/form";
    document.body.append(form);
    form.submit();
  });
  attempt(() => {
    const frame = document.createElement("iframe");
    frame.src = out + "/frame";
    document.body.append(frame);
  });
  parent.postMessage({ do: "board", value: 999 }, "*");
  liftcast.score(refused);
  liftcast.finish();
  setTimeout(() => { location = out + "/navigation"; }, 300);
});
"""


class Stand:
    """A page with a game's frame, and another site that must never be called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.called: list[str] = []
        self.elsewhere = self._serve(self._other_site())
        self.here = self._serve(self._page())

    def _serve(self, app: Flask) -> str:
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.servers = [*getattr(self, "servers", []), server]
        return f"http://127.0.0.1:{server.port}"

    def _other_site(self) -> Flask:
        app = Flask("elsewhere")

        @app.route("/<path:way>", methods=["GET", "POST"])
        def called(way: str) -> str:
            self.called.append(way)
            return ""

        return app

    def _page(self) -> Flask:
        app = Flask("page")

        @app.get("/media/game/<path:name>")
        def game(name: str) -> ResponseReturnValue:
            folder = f"{self.here}/media/game/"
            return send_game_file(self.folder / "package", name, folder=folder, etag="g") or abort(404)

        @app.get("/<path:name>")
        def kit(name: str) -> Response:
            answer = send_from_directory(SDK_FILE.parent, name)
            answer.headers["Content-Security-Policy"] = phone_page_policy(media_base="", public_base="")
            return answer

        return app

    def make(self, script: str) -> None:
        files = {"index.html": PAGE, "game.js": script.replace("ELSEWHERE", self.elsewhere).encode()}
        game = read_game_zip(packed(self.folder / "zip", files))
        write_package(game, SDK_FILE.read_bytes(), self.folder / "package")

    def stop(self) -> None:
        for server in self.servers:
            server.shutdown()
            server.server_close()


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    stand = Stand(tmp_path)
    yield stand
    stand.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One in which pages may try what their policy refuses: that is what these games do."""
    with driver() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS])
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(locale="en")
    yield context
    context.close()


def play(context: BrowserContext, stand: Stand, script: str) -> Page:
    stand.make(script)
    page = context.new_page()
    page.goto(f"{stand.here}/test.html")
    page.locator("[data-url]").fill("/media/game/index.html")
    page.locator("[data-play]").click()
    return page


def test_a_game_that_never_answers_is_covered_and_one_that_floods_is_ended(
    stand: Stand, context: BrowserContext
) -> None:
    page = play(context, stand, ENDLESS)
    expect(page.locator("[data-cover]")).to_have_text("The game does not answer.", timeout=30_000)
    page.close()
    page = play(context, stand, FLOOD)
    expect(page.locator("[data-cover]")).to_have_text("The game was ended: it sends too much.", timeout=30_000)
    expect(page.locator("iframe")).to_have_count(0)


def test_a_game_reaches_neither_the_page_nor_the_network(stand: Stand, context: BrowserContext) -> None:
    page = play(context, stand, ESCAPE)
    expect(page.locator("[data-finished]")).to_have_text("✓", timeout=30_000)
    refused = int(page.locator("[data-score]").text_content() or "0")
    assert refused >= 8
    expect(page.locator("[data-board]")).to_have_text("–")
    expect(page.locator("[data-cover]")).to_have_text("The game does not answer.", timeout=30_000)  # it tried to leave
    assert page.url == f"{stand.here}/test.html"
    assert context.pages == [page]
    assert stand.called == []
