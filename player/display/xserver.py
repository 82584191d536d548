"""Which X server the display draws on: the one DISPLAY names, or an own Xvfb where there is none."""

import os
import select
import socket
import subprocess
import time
from typing import Protocol

from Xlib.error import DisplayError as XDisplayError
from Xlib.support.connect import get_display

from player.display.api import XServerUnavailable

START_S = 10.0
ANSWER_S = 2.0
GREETING = bytes([ord("l"), 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0])  # X11 connection set-up, without authority


class XServer(Protocol):
    """An X server that may have to be started first, or again."""

    def name(self) -> str:
        """The DISPLAY of a server that runs."""

    def close(self) -> None:
        """Stop what was started for us."""


class GivenServer:
    """The X server of the box; somebody else starts and stops it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def name(self) -> str:
        return self._name

    def close(self) -> None:
        """It is not ours to stop."""


class OwnServer:
    """An Xvfb of our own: started at the first request, started again when it died."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self._process: subprocess.Popen[bytes] | None = None
        self._name = ""

    def name(self) -> str:
        if self._process is None or self._process.poll() is not None:
            self._process, self._name = start_xvfb(self.size)
        return self._name

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def close(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


def x_server(display: str | None, *, size: tuple[int, int]) -> XServer:
    """The server that DISPLAY names; without one an Xvfb of that size."""
    return GivenServer(display) if display else OwnServer(size)


def check_answers(name: str) -> None:
    """Raises XServerUnavailable if no X server answers at that DISPLAY: none runs, or it hangs.

    Any answer will do, a refusal too: whether this user may draw there is for the child to find out.
    """
    try:
        with _connection(name) as server:
            server.sendall(GREETING)
            answered = bool(server.recv(1))
    except (OSError, XDisplayError) as error:
        raise XServerUnavailable(f'Can\'t connect to display "{name}": {error}.') from error
    if not answered:
        raise XServerUnavailable(f'The X server of display "{name}" hung up.')


def _connection(name: str) -> socket.socket:
    _, _, host, number, _ = get_display(name)
    if host and host != "unix":
        return socket.create_connection((host, 6000 + number), timeout=ANSWER_S)
    path = f"/tmp/.X11-unix/X{number}"  # noqa: S108  where every X server listens
    server = socket.socket(socket.AF_UNIX)
    try:
        server.settimeout(ANSWER_S)
        server.connect(path if os.path.exists(path) else "\0" + path)  # Linux knows an abstract one too
    except OSError:
        server.close()
        raise
    return server


def start_xvfb(size: tuple[int, int]) -> tuple[subprocess.Popen[bytes], str]:
    """Start Xvfb on a free display, which it names itself; it dies with the thread that started it."""
    reading, writing = os.pipe()
    try:
        process = subprocess.Popen(
            _command(size, writing), pass_fds=[writing], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    except FileNotFoundError as error:
        os.close(reading)
        raise XServerUnavailable(f"{error.filename} is not installed: install xvfb and util-linux.") from error
    finally:
        os.close(writing)
    try:
        return process, ":" + _first_line(reading)
    except XServerUnavailable:
        process.kill()
        process.wait()
        raise
    finally:
        os.close(reading)


def _command(size: tuple[int, int], displayfd: int) -> list[str]:
    # setpriv, not preexec_fn: code between fork and exec is not safe in a process with threads.
    width, height = size
    screen = ["-screen", "0", f"{width}x{height}x24"]
    quiet = ["-nolisten", "tcp", "-nocursor", "-noreset"]
    return ["setpriv", "--pdeathsig", "KILL", "Xvfb", "-displayfd", str(displayfd), *screen, *quiet]


def _first_line(fd: int) -> str:
    """The output of Xvfb on -displayfd: its number and a newline, once it takes connections."""
    line, until = b"", time.monotonic() + START_S
    while not line.endswith(b"\n"):
        readable, _, _ = select.select([fd], [], [], max(0.0, until - time.monotonic()))
        more = os.read(fd, 16) if readable else b""
        if not more:
            raise XServerUnavailable("Xvfb did not start. Run `Xvfb -displayfd 1` to see why.")
        line += more
    return line.decode().strip()
