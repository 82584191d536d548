"""Phones of a whole lobby in one process: each joins a race, taps six times a second, and sends as the page does.

`python -m tests.bench.games.crowd '{"url": …, "code": …, "presence": …, "spot": …, "phones": 300}'` prints one JSON
object: `seats`, by seat the CLOCK_MONOTONIC instants of its taps, and how many inputs were sent and states received.
"""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()

import http.client  # noqa: E402  after the patch, on purpose
import json  # noqa: E402
import random  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from dataclasses import dataclass, field  # noqa: E402
from urllib.parse import urlsplit  # noqa: E402

import gevent  # noqa: E402
import websocket  # noqa: E402
from gevent.pool import Pool  # noqa: E402

from media.games.phases import phases_of  # noqa: E402
from media.phone.identity import COOKIE  # noqa: E402
from media.phone.tokens import new_token  # noqa: E402

TAPS_PER_S = 6
SEND_EVERY_S = 0.2
JOINING = 10  # at once
PING, PONG, EVENT = "2", "3", "42"


@dataclass(frozen=True)
class Race:
    """spot: when the game starts, in ms UTC"""

    url: str
    code: str
    presence: str
    spot: int
    length_ms: int
    phones: int

    @property
    def server(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return str(parts.hostname), int(parts.port or 80)


@dataclass
class Phone:
    """A phone with a seat and a socket."""

    race: Race
    seat: int = -1
    ticket: str = ""
    taps_ns: list[int] = field(default_factory=list)
    sent: int = 0
    states: int = 0

    def open(self) -> None:
        """A server that has much to do closes a new socket; the page opens it again a moment later."""
        while True:
            try:
                self._connect()
            except (OSError, websocket.WebSocketException):
                gevent.sleep(random.uniform(0.5, 1.5))
            else:
                gevent.spawn(self._listen)
                return

    def _connect(self) -> None:
        host, port = self.race.server
        url = f"ws://{host}:{port}/socket.io/?EIO=4&transport=websocket&screen={self.race.code}"
        self._socket = websocket.create_connection(url, timeout=60)
        self._socket.send("40/phone," + json.dumps({"screen": self.race.code}))
        while not str(packet := self._socket.recv()).startswith("40/phone"):
            assert not str(packet).startswith("44"), packet

    def join(self) -> None:
        connection = http.client.HTTPConnection(*self.race.server, timeout=60)
        headers = {"Content-Type": "application/json", "Cookie": f"{COOKIE}={new_token()}"}
        path = f"/api/v1/screens/{self.race.code}/games/{self.race.spot}/seat"
        connection.request("POST", path, json.dumps({"presence": self.race.presence}), headers)
        answer = connection.getresponse()
        found = json.loads(answer.read())
        connection.close()
        assert answer.status == 201, found
        self.seat, self.ticket = found["seat"], found["ticket"]

    def _listen(self) -> None:
        while packet := str(self._socket.recv()):
            if packet == PING:
                self._socket.send(PONG)
            else:
                self.states += packet.startswith(EVENT) and '["game"' in packet

    def play(self, until_s: float) -> None:
        """Each tap is sent at once if a fifth of a second has passed since the last message, else by the next."""
        sent_at_s, sent_taps = 0.0, 0
        next_tap_s = time.time() + random.uniform(0, 1 / TAPS_PER_S)
        while (now_s := time.time()) < until_s:
            if now_s >= next_tap_s:
                self.taps_ns.append(time.monotonic_ns())
                next_tap_s += random.uniform(0.5, 1.5) / TAPS_PER_S
            if len(self.taps_ns) > sent_taps and now_s >= sent_at_s + SEND_EVERY_S:
                sent_at_s, sent_taps = now_s, len(self.taps_ns)
                self._send(sent_taps)
            due_s = min(next_tap_s, sent_at_s + SEND_EVERY_S) if len(self.taps_ns) > sent_taps else next_tap_s
            gevent.sleep(max(0, due_s - time.time()))

    def _send(self, taps: int) -> None:
        message = {"spot": self.race.spot, "ticket": self.ticket, "taps": taps}
        self._socket.send(f"{EVENT}/phone," + json.dumps(["game", message]))
        self.sent += 1


def run(race: Race) -> dict[str, object]:
    """Sockets first, as pages that are open; then all join; then all play."""
    phones = [Phone(race) for _ in range(race.phones)]
    pool = Pool(JOINING)
    pool.map(Phone.open, phones)
    gevent.sleep(max(0, race.spot / 1000 - time.time()))
    pool.map(Phone.join, phones)
    phases = phases_of(race.spot, race.length_ms)
    late_s = time.time() - phases.play_ms / 1000
    gevent.sleep(max(0, -late_s))
    began_s, until_s = time.time(), phases.result_ms / 1000
    gevent.joinall([gevent.spawn(phone.play, until_s) for phone in phones], raise_error=True)
    return {
        "seats": {phone.seat: phone.taps_ns for phone in phones},
        "sent": sum(phone.sent for phone in phones),
        "states": sum(phone.states for phone in phones),
        "late_s": max(0, late_s),
        "played_s": until_s - began_s,
    }


if __name__ == "__main__":
    print(json.dumps(run(Race(**json.loads(sys.argv[1])))))
