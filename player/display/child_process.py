"""A process that draws on the screen, as its daemon sees it: start, request to quit, kill."""

import logging
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from player.display.json_socket import HungUp, JsonSocket

logger = logging.getLogger(__name__)

QUIT_S = 2.0
# Every thread of VLC's would get a heap of its own, and none ever gives back: 250 MB after 60 changes, so 60.
SMALL_HEAP = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_TRIM_THRESHOLD_": "131072"}


class ChildProcess:
    """One child, which runs `module`, and our end of its socket. It dies with the thread that started it."""

    def __init__(self, module: str, *options: str, display: str) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            connection = ["--fd", str(theirs.fileno()), "--parent", str(os.getpid()), "--display", display]
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *connection, *options], pass_fds=[theirs.fileno()],
                cwd=Path(__file__).parents[2], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                start_new_session=True, env={**os.environ, **SMALL_HEAP},
            )  # fmt: skip
        self.lines = JsonSocket(ours)

    @property
    def pid(self) -> int:
        return self._process.pid

    def quit(self) -> None:
        """Request its end; if it does not end in time, `kill` will."""
        try:
            self.lines.send({"do": "quit"})
            self._process.wait(QUIT_S)
        except (HungUp, subprocess.TimeoutExpired):
            logger.info("child did not quit pid=%d", self.pid)

    def kill(self) -> None:
        """End it and its children."""
        self.lines.close()
        if self._process.poll() is None:
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
