"""Two Chromium phones: when each phase was painted on them, what their sockets carried, and when they were touched."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page, WebSocket, expect

from media.games.phases import Phases
from tests.bench.games.stand import Stand

TAPS_PER_S = 6
NEAR_MS = 3000

# Each change of what the controller shows, stamped by the wall clock when it is about to be painted.
PAINTS = """
window.paints = [];
addEventListener("DOMContentLoaded", () => {
  const game = document.getElementById("game");
  if (!game) return;
  let before = "";
  const look = () => {
    const [act, line] = ["game-act", "game-line"].map((id) => document.getElementById(id).textContent);
    const now = `${game.hidden}|${act}|${line}`;
    if (now !== before) window.paints.push(performance.timeOrigin + performance.now());
    before = now;
    requestAnimationFrame(look);
  };
  look();
});
"""


@dataclass
class WatchedPhone:
    """frames: how many frames about a game its sockets carried, either way"""

    page: Page
    frames: int = 0
    taps_ns: list[int] = field(default_factory=list)

    @classmethod
    def at(cls, browser: Browser, stand: Stand) -> WatchedPhone:
        context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, locale="en")
        context.add_init_script(PAINTS)
        phone = cls(context.new_page())
        phone.page.on("websocket", phone._watch)
        phone.page.goto(f"{stand.lift.url}/s/{stand.code}?i={stand.game}&p={stand.presence()}")
        return phone

    def _watch(self, line: WebSocket) -> None:
        line.on("framesent", self._count)
        line.on("framereceived", self._count)

    def _count(self, payload: Any) -> None:
        self.frames += '["game"' in str(payload)

    def start_errors_ms(self, phases: Phases) -> Iterator[float]:
        """How far from each phase's instant its first paint was."""
        paints = [float(at_ms) for at_ms in self.page.evaluate("window.paints")]
        for instant in (phases.starts_ms, phases.play_ms, phases.result_ms):
            near = [abs(at_ms - instant) for at_ms in paints if abs(at_ms - instant) < NEAR_MS]
            yield min(near, default=NEAR_MS)

    def join(self) -> None:
        button = self.page.locator("#game-act")
        expect(button).to_be_visible(timeout=60_000)
        button.tap()
        expect(self.page.locator("#game-face")).to_be_visible(timeout=10_000)

    def tap(self, at: tuple[float, float]) -> None:
        self.taps_ns.append(time.monotonic_ns())
        self.page.touchscreen.tap(*at)


def play(phones: list[WatchedPhone], until_s: float) -> None:
    """Each phone is touched six times a second, at uneven intervals, on the button."""
    middles = []
    for phone in phones:
        expect(phone.page.locator("#game-act")).to_have_text("Tap, fast!", timeout=60_000)
        box = phone.page.locator("#game-act").bounding_box()
        assert box is not None
        middles.append((box["x"] + box["width"] / 2, box["y"] + box["height"] / 2))
    due = [time.time() + random.uniform(0, 1 / TAPS_PER_S) for _ in phones]
    while min(due) < until_s:
        nth = due.index(min(due))
        time.sleep(max(0, due[nth] - time.time()))
        phones[nth].tap(middles[nth])
        due[nth] += random.uniform(0.5, 1.5) / TAPS_PER_S


@contextmanager
def two_phones(browser: Browser, stand: Stand) -> Iterator[list[WatchedPhone]]:
    phones = [WatchedPhone.at(browser, stand) for _ in range(2)]
    yield phones
    for phone in phones:
        phone.page.context.close()
