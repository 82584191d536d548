"""All clients together: started, watched, stopped and waited for."""

from __future__ import annotations

import random
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field

import gevent

from tests.bench.chaos.clients.boxes import Box
from tests.bench.chaos.clients.http import Address, Visitor
from tests.bench.chaos.clients.operators import Operators
from tests.bench.chaos.clients.people import Lobby, PhoneInLobby, Till
from tests.bench.chaos.ledger import Answers
from tests.bench.chaos.tries import Record, succeeded_since
from tests.bench.chaos.world import World

KINDS = frozenset(
    {"claim", "redeem", "stage", "console", "timeline", "plays", "media", "upload", "notice", "drawn", "published"}
)
SOCKETS_BACK = 0.95
TILLS = 12
REDEEMED = 0.75
QUIET_S = 3.0
LOOK_EVERY_S = 0.25
DRAIN_WITHIN_S = 90.0


@dataclass(frozen=True)
class Pace:
    """How often something is done, in seconds."""

    claim_s: float
    redeem_s: float  # each till
    page_s: float = 1.0
    notice_s: float = 6.0
    upload_s: float = 8.0

    @classmethod
    def of(cls, claims_per_s: float) -> Pace:
        """Three of four claims are redeemed."""
        return cls(claim_s=1 / claims_per_s, redeem_s=TILLS / (REDEEMED * claims_per_s))


@dataclass
class Load:
    """Every request of every client is in `record`; their outcomes are in `answers`."""

    world: World
    web: Address
    media: Address
    uplink: Address
    phones: int
    pace: Pace
    record: Record = field(default_factory=lambda: Record(time.monotonic))
    answers: Answers = field(default_factory=Answers)
    stopping: bool = False

    def __post_init__(self) -> None:
        self.boxes = [
            Box(place, Visitor(self.record, place.lobby), self.uplink, self.media, self.answers.plays)
            for place in self.world.boxes
        ]
        places = [self.world.boxes[nth % len(self.world.boxes)] for nth in range(self.phones)]
        phones = [PhoneInLobby(place, Visitor(self.record, place.lobby), self.web) for place in places]
        self.lobby = Lobby(self.world, phones, self.answers)
        self.tills = [
            Till(self.lobby, nth % len(self.world.tills), Visitor(self.record, f"127.0.{200 + nth}.1"), self.web)
            for nth in range(TILLS)
        ]
        self.operators = Operators(self.world, self.boxes, Visitor(self.record), self.web, self.media)
        self._running: list[gevent.Greenlet] = []
        self._unsettled: list[gevent.Greenlet] = []

    # --- start and stop

    def start(self) -> None:
        repeated: list[tuple[float, Callable[[], object]]] = [
            (self.pace.claim_s, self.lobby.claim),
            (self.pace.page_s, self.operators.look_at_a_page),
            (self.pace.notice_s, self.operators.type_a_notice),
            (self.pace.upload_s, self.operators.upload_a_picture),
        ]
        self._running = [gevent.spawn(self._repeat, every_s, do) for every_s, do in repeated]
        self._running += [gevent.spawn(self._serve, till) for till in self.tills]
        for client in (*self.boxes, *self.lobby.phones):
            self._running += client.start()
            gevent.sleep(0.01)  # they do not arrive all at once

    def drain(self) -> None:
        """Nothing new is begun; what was begun is settled, as far as the server settles it."""
        self.stopping = True
        for box in self.boxes:
            box.stopped = True
        deadline = time.monotonic() + DRAIN_WITHIN_S
        gevent.joinall(self._unsettled, timeout=DRAIN_WITHIN_S)
        while any(box.waiting for box in self.boxes) and time.monotonic() < deadline:
            gevent.sleep(LOOK_EVERY_S)
        gevent.killall([*self._running, *self._unsettled])
        self.answers.plays_waiting = {id_ for box in self.boxes for id_ in box.waiting}

    def _serve(self, till: Till) -> None:
        """One customer after another."""
        while not self.stopping:
            gevent.sleep(self.pace.redeem_s * random.uniform(0, 2))
            self._settle(till.redeem).join()

    def _repeat(self, every_s: float, do: Callable[[], object]) -> None:
        while not self.stopping:
            self._settle(do)
            gevent.sleep(every_s * random.uniform(0.8, 1.2))

    def _settle(self, do: Callable[[], object]) -> gevent.Greenlet:
        """Something that must come to its end before the counts are held against the database."""
        self._unsettled = [task for task in self._unsettled if not task.dead]
        self._unsettled.append(gevent.spawn(_report_errors, do))
        return self._unsettled[-1]

    # --- how it goes

    @property
    def sockets_connected(self) -> float:
        """The share of all clients whose socket is connected."""
        sockets = [client.socket for client in (*self.boxes, *self.lobby.phones)]
        return sum(socket.connected for socket in sockets) / len(sockets)

    def wait_until_good(self, *, since: float, within_s: float) -> float | None:
        """When everything worked again after `since`; None if it did not within so many seconds.

        Every kind of request has succeeded, nearly all sockets are connected, and nothing failed for some seconds.
        """
        sockets_at: float | None = None
        while time.monotonic() < since + within_s:
            if self.sockets_connected < SOCKETS_BACK:
                sockets_at = None
            elif sockets_at is None:
                sockets_at = time.monotonic()
            recent = self.record.since(since)
            good_at = max(sockets_at or 0, self.record.last_trouble(since=since))
            quiet = time.monotonic() - good_at >= QUIET_S and not self.record.awaited(since)
            if sockets_at is not None and quiet and succeeded_since(recent, since) >= KINDS:
                return good_at
            gevent.sleep(LOOK_EVERY_S)
        return None

    def wait_until_steady(self, *, since: float, within_s: float) -> bool:
        """Every kind of request has succeeded, and nearly all sockets are connected."""
        while time.monotonic() < since + within_s:
            if self.sockets_connected >= SOCKETS_BACK and not self.missing_since(since):
                return True
            gevent.sleep(LOOK_EVERY_S)
        return False

    def missing_since(self, since: float) -> frozenset[str]:
        """The kinds of requests of which none has succeeded since then."""
        return KINDS - succeeded_since(self.record.since(since), since)

    def drop_phones(self) -> None:
        """All phones lose their sockets at once."""
        for phone in self.lobby.phones:
            phone.socket.drop()


def _report_errors(do: Callable[[], object]) -> None:
    """A client that breaks is a fault of the bench: it is reported, and the others go on."""
    try:
        do()
    except Exception:
        traceback.print_exc(file=sys.stderr)
