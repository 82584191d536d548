"""Ten phones of the box's WiFi that join the next race and tap, each over a socket as the phone page does."""

from __future__ import annotations

import http.client
import json
import logging
import random
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import websocket

from media.games.phases import Phases, phases_of
from media.phone.identity import COOKIE
from media.phone.tokens import new_token

logger = logging.getLogger(__name__)

PHONES = 10
PORTAL = "10.42.0.1"
TAPS_PER_S = (3, 8)  # the slowest phone and the fastest
NEAR_S = 3
LOOK_S = 0.5
ANSWER_S = 20
PING, PONG = "2", "3"  # packets of Engine.IO
JOINED = "40/phone"
EVENT = "42/phone,"

TROUBLE = (OSError, websocket.WebSocketException, http.client.HTTPException)

Connect = Callable[[int], socket.socket]


@dataclass(frozen=True)
class CrowdReport:
    """playing: whether the phones wait for a race or are in one · played: how many races all of them ended"""

    playing: bool = False
    played: int = 0


class Crowd:
    """connect: opens a connection of the nth phone to the portal · code: of the screen"""

    def __init__(self, connect: Connect, code: str) -> None:
        self.report = CrowdReport()
        self._connect = connect
        self._code = code
        self._starting = threading.Lock()

    def play(self) -> None:
        """Returns at once. Does nothing while they play already."""
        with self._starting:
            if self.report.playing:
                return
            self.report = CrowdReport(playing=True, played=self.report.played)
        threading.Thread(target=self._play, daemon=True).start()

    def _play(self) -> None:
        phones = [CrowdPhone(nth, self._connect, self._code) for nth in range(PHONES)]
        try:
            for nth in range(PHONES):
                self._connect(nth).close()  # they join the WiFi, which takes a moment
            race = phones[0].next_race()
        except TROUBLE as error:
            logger.warning("no race found for the phones why=%s", error)
            self.report = CrowdReport(played=self.report.played)
            return
        # Not a pool: Python would wait for its threads when the demo is stopped.
        threads = [threading.Thread(target=phone.play_if_it_can, args=(race,), daemon=True) for phone in phones]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.report = CrowdReport(played=self.report.played + all(phone.has_played for phone in phones))


class CrowdPhone:
    """One of them. Its token and its place in the WiFi are its own."""

    def __init__(self, nth: int, connect: Connect, code: str) -> None:
        self._nth, self._connect, self._code = nth, connect, code
        self._token = new_token()
        self._taps_per_s = random.uniform(*TAPS_PER_S)
        self.has_played = False

    def next_race(self) -> Phases:
        """Waits until one begins in a moment: one that is further ahead may be planned anew."""
        while True:
            stage = self._request("GET", f"/api/v1/screens/{self._code}/stage")
            for spot in stage["spots"]:
                item = stage["items"].get(spot["item"])
                if item and item["kind"] == "game" and 0 < spot["starts_ms"] / 1000 - time.time() < NEAR_S:
                    return phases_of(spot["starts_ms"], item["length_ms"])
            time.sleep(LOOK_S)

    def play_if_it_can(self, race: Phases) -> None:
        try:
            self._play(race)
            self.has_played = True
        except TROUBLE as error:
            logger.warning("phone did not play nth=%d why=%s", self._nth, error)

    def _play(self, race: Phases) -> None:
        """Join a moment after its start, tap until its end, and wait for the result.

        Its socket is opened only then: one that answers no ping is closed after 40 s, which is longer than the race.
        """
        _sleep_until(race.starts_ms / 1000 + random.uniform(0.2, 2.5))
        line = self._open_socket()
        path = f"/api/v1/screens/{self._code}/games/{race.starts_ms}/seat"
        ticket = self._request("POST", path, {})["ticket"]
        _sleep_until(race.play_ms / 1000)
        taps = 0
        while time.time() < race.result_ms / 1000:
            time.sleep(random.uniform(0.5, 1.5) / self._taps_per_s)
            taps += 1
            line.send(EVENT + json.dumps(["game", {"spot": race.starts_ms, "ticket": ticket, "taps": taps}]))
        _wait_for_result(line, race)
        line.close()

    def _open_socket(self) -> websocket.WebSocket:
        address = f"ws://{PORTAL}/socket.io/?EIO=4&transport=websocket&screen={self._code}"
        line = websocket.create_connection(address, socket=self._connect(self._nth), origin=f"http://{PORTAL}")
        line.send(JOINED + "," + json.dumps({"screen": self._code}))
        while not str(line.recv()).startswith(JOINED):
            pass
        return line

    def _request(self, method: str, path: str, body: Any = None) -> Any:
        connection = http.client.HTTPConnection(PORTAL, timeout=ANSWER_S)
        connection.sock = self._connect(self._nth)
        headers = {"Content-Type": "application/json", "Cookie": f"{COOKIE}={self._token}"}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            content = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status >= 400:
            raise http.client.HTTPException(f"{method} {path}: {content}")
        return content


def _wait_for_result(line: websocket.WebSocket, race: Phases) -> None:
    """Until the referee has sent it, or the spot is over."""
    while time.time() < race.ends_ms / 1000:
        packet = str(line.recv())
        if packet == PING:
            line.send(PONG)
        if packet.startswith(EVENT) and (json.loads(packet[len(EVENT) :])[1].get("result")):
            return


def _sleep_until(at_s: float) -> None:
    time.sleep(max(0.0, at_s - time.time()))
