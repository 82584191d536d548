"""The player's daemon on a thread of the test, with clocks of the test's own and the real VLC."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from player.daemon import Daemon
from player.display.vlc_display import VlcDisplay
from player.display.xserver import GivenServer
from player.settings import Settings
from player.sync.clock import TimeSource
from tests.rig.players.player_box import PlayerBox
from tests.rig.servers.fake_server import FakeServer


class DaemonHere:
    """Runs between enter and exit, in the box's folder and on its X server."""

    def __init__(self, box: PlayerBox, server: FakeServer, source: TimeSource) -> None:
        settings = Settings(server_url=server.url, player_dir=box.player_dir, poll_s=1, hardware_id="box-1")
        self.daemon = Daemon(settings, VlcDisplay(GivenServer(box.display)), time_source=source)
        self._thread = threading.Thread(target=self.daemon.run)

    def __enter__(self) -> Daemon:
        self._thread.start()
        return self.daemon

    def __exit__(self, *_: object) -> None:
        self.daemon.stop()
        self._thread.join(30)
        assert not self._thread.is_alive()


@dataclass
class SystemClock:
    """The machine's own time: run on by a battery clock, and as wrong as a test requires."""

    ahead_ms: float = 0
    boot_id: str = "this boot"

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + round(self.ahead_ms)

    def source(self) -> TimeSource:
        return TimeSource(
            time.monotonic_ns, system_ms=self.now_ms, system_keeps_time=lambda: True, boot_id=self.boot_id
        )
