"""The card on the screen of a box that is not enrolled, drawn by a process of its own: fonts and pictures are large."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from media.wire.enrolment import EnrolCode
from player.setup.network import SetupNetwork

logger = logging.getLogger(__name__)

DRAW_S = 60


class EnrolCard:
    """Keeps the picture that is to be shown in `picture`; None when there is nothing to enrol.

    setup: the set-up WiFi, which is drawn beside the code while it is open
    """

    def __init__(
        self, folder: Path, size: tuple[int, int], server_url: str, *, on_change: Callable[[], None],
        setup: Callable[[], SetupNetwork | None] = lambda: None,
    ) -> None:  # fmt: skip
        self._folder = folder
        self._size = size
        self._server_url = server_url
        self._on_change = on_change
        self._setup = setup
        self._lock = threading.Lock()
        self._words: tuple[str, ...] | None = None
        self._number = 0
        self.picture: Path | None = None

    def show(self, code: EnrolCode | None, why_away: str) -> None:
        """Draw the code, or why there is none, unless it is drawn already. A code lasts while the server is away."""
        words: tuple[str, ...] = (code.code, "") if code is not None else ("", why_away)
        network = self._setup()
        if network is not None and network.is_open:
            words += (network.ssid, network.passphrase)
        with self._lock:
            if words == self._words:
                return
            self.picture = self._drawn(*words)
            self._words = words
        self._on_change()

    def hide(self) -> None:
        with self._lock:
            self._words, self.picture = None, None
        self._on_change()

    def _drawn(self, *words: str) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        for old in self._folder.glob("card-*.png"):
            if old != self.picture:
                old.unlink()
        self._number += 1
        path = self._folder / f"card-{self._number}.png"
        width, height = self._size
        command = [
            sys.executable,
            "-m",
            "player.show.draw_enrolment_card",
            str(path),
            str(width),
            str(height),
            self._server_url,
        ]
        subprocess.run([*command, *words], check=True, timeout=DRAW_S)
        return path
