"""Whether hostapd's radio is up, by a request over its control socket (wpa_ctrl: a datagram, and one in return)."""

from __future__ import annotations

import logging
import socket
import time
from pathlib import Path

logger = logging.getLogger(__name__)

CONTROL_FOLDER = Path("/run/hostapd")  # as access_point.py names it
WITHIN_S = 30.0  # a Raspberry Pi takes some seconds to change the country
PAUSE_S = 0.5
ANSWER_S = 2.0
ANSWER_BYTES = 8192


class Radio:
    """The access point on one interface.

    within_s: how long hostapd may take until its radio is up
    """

    def __init__(
        self, interface: str, *, folder: Path = CONTROL_FOLDER, within_s: float = WITHIN_S, pause_s: float = PAUSE_S
    ) -> None:
        self._path = folder / interface
        self._within_s, self._pause_s = within_s, pause_s

    def run(self) -> int | None:
        """Names hostapd's present run: it makes its socket anew at each start. None while it does not run."""
        try:
            return self._path.stat().st_ctime_ns
        except OSError:
            return None

    def is_up_after(self, run: int) -> bool:
        """Whether another run than this has its radio up; waits for it."""
        ends_s = time.monotonic() + self._within_s
        while True:
            if self.run() not in (None, run) and self._is_enabled():
                return True
            if time.monotonic() >= ends_s:
                return False
            time.sleep(self._pause_s)

    def _is_enabled(self) -> bool:
        """The reply goes to an abstract address: the file systems of the two units are not the same."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
            client.settimeout(ANSWER_S)
            try:
                client.bind("")
                client.sendto(b"STATUS", str(self._path))
                return b"state=ENABLED" in client.recv(ANSWER_BYTES).splitlines()
            except OSError as error:
                logger.debug("radio does not answer why=%s", error)
                return False
