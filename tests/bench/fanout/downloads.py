"""Clients that load one file over and over, in a process of their own."""

from __future__ import annotations

import re
import socket
import sys
import threading
import time
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

from tests.rig.servers.processes import Process

BUFFER_BYTES = 1 << 20
REPORT_EVERY_S = 0.5


class Downloads:
    """Entered, they run; `mb_per_s` is how fast they were.

    Other machines' work in truth: the server's processes come first.
    """

    def __init__(self, folder: Path, url: str, *, count: int) -> None:
        self._folder = folder
        self._arguments = (url, str(count))
        self.mb_per_s = 0.0

    def __enter__(self) -> None:
        command = ["nice", "-n", "19", sys.executable, "-m", __name__, *self._arguments]
        self._process = Process("downloads", command, folder=self._folder, env={})
        self._process.wait_for(r"\d+ bytes\n")
        self._start_bytes, self._started_at = self._bytes(), time.monotonic()

    def __exit__(self, *_: object) -> None:
        if self._process.running:
            self.mb_per_s = (self._bytes() - self._start_bytes) / 1e6 / (time.monotonic() - self._started_at)
        self._process.stop()

    def _bytes(self) -> int:
        return int(re.findall(r"(\d+) bytes\n", self._process.output())[-1])


def main(url: str, count: int) -> None:
    received = [0] * count
    for number in range(count):
        threading.Thread(target=_load_for_ever, args=(url, number, received), daemon=True).start()
    while True:
        time.sleep(REPORT_EVERY_S)
        if all(received):
            print(f"{sum(received)} bytes", flush=True)


def _load_for_ever(url: str, number: int, received: list[int]) -> None:
    """Reads into one buffer, without a copy of its own: the bench measures the server, not its clients."""
    parts, buffer = urlsplit(url), bytearray(BUFFER_BYTES)
    with socket.create_connection((parts.hostname or "", parts.port or 80)) as line:
        while True:
            line.sendall(f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
            answer = HTTPResponse(line)
            answer.begin()
            if answer.status != 200:
                raise ConnectionError(f"{url}: {answer.status}")
            while size := answer.readinto(buffer):
                received[number] += size


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
