"""A box as the server sees it: it holds a socket, fetches its timeline, says how it is, and reports what played."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field

import gevent
from gevent.event import Event

from media.daytable import DayTable, decode
from media.timeline import Timeline
from media.wire.plays import Play, PlaysAnswer
from media.wire.status import Status
from media.wire.timeline import Manifest, Spot
from player.sync.server_socket import PAUSE_FIRST_S, PAUSE_LONGEST_S
from server.db import new_id
from tests.bench.chaos.clients.http import Address, Visitor
from tests.bench.chaos.clients.live_socket import LiveSocket
from tests.bench.chaos.world import BoxPlace

POLL_S = 15.0
STATUS_S = 15.0
REPORT_S = 5.0
BATCH = 1000
DAYS_HELD = 2  # a real box holds all of them


def pause_s(failed: int) -> float:
    """As `player.sync.server_socket` waits between two tries."""
    return min(PAUSE_FIRST_S * 2 ** min(failed, 10), PAUSE_LONGEST_S) * random.uniform(0.5, 1.5)


@dataclass
class Box:
    """`uplink` is where it reaches the server, `media` where it fetches files; `acknowledged` are the ids of plays."""

    place: BoxPlace
    visitor: Visitor
    uplink: Address
    media: Address
    acknowledged: set[str]
    waiting: dict[str, Play] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    timeline: Timeline | None = None
    etag: str = ""
    played_until_ms: int = 0
    seq: int = 0
    boot_id: str = field(default_factory=new_id)
    hinted: Event = field(default_factory=Event)
    stopped: bool = False

    def __post_init__(self) -> None:
        self.socket = LiveSocket(
            self.visitor.record, self.uplink, "/player", {"token": self.place.token}, self._on_event,
            pause=pause_s,
        )  # fmt: skip

    def start(self) -> list[gevent.Greenlet]:
        return [gevent.spawn(work) for work in (self.socket.run, self._fetch, self._say_how_it_is, self._report)]

    # --- what it fetches

    def _on_event(self, event: str) -> None:
        if event in ("connect", "timeline", "interrupt"):
            self.hinted.set()

    def _fetch(self) -> None:
        while True:
            self.fetch_timeline()
            self.hinted.wait(POLL_S * random.uniform(0.8, 1.2))
            self.hinted.clear()

    def fetch_timeline(self) -> None:
        answer = self.visitor.get(
            "timeline", self.uplink, "/api/v1/player/timeline", {**self._bearer(), "If-None-Match": self.etag}
        )
        if answer.status != 200:
            return
        manifest = Manifest.model_validate_json(answer.body)
        tables = self._tables(manifest)
        self.played_until_ms = self.played_until_ms or _now_ms()
        self._play()  # by the timeline that was held until now
        self.timeline, self.etag = Timeline(manifest, tables), str(answer.headers["ETag"])

    def _tables(self, manifest: Manifest) -> dict[str, DayTable]:
        held = dict(self.timeline.tables) if self.timeline else {}
        near = [day.digest for day in manifest.days if day.ends_ms > _now_ms()][:DAYS_HELD]
        fetched = {digest: held.get(digest) or self._fetch_table(digest) for digest in near}
        return {digest: table for digest, table in fetched.items() if table is not None}

    def _fetch_table(self, digest: str) -> DayTable | None:
        answer = self.visitor.get("media", self.media, f"/media/{digest}")
        return decode(answer.body) if answer.status == 200 else None

    def holds(self, creative: str) -> bool:
        return self.timeline is not None and any(item.startswith(creative) for item in self.timeline.manifest.items)

    # --- what it says

    def _say_how_it_is(self) -> None:
        while True:
            gevent.sleep(STATUS_S * random.uniform(0.8, 1.2))
            self.seq += 1
            status = Status(
                hardware=self.place.hardware,
                boot_id=self.boot_id,
                seq=self.seq,
                screen=self.place.screen,
                version=self.timeline.manifest.version if self.timeline else None,
                now_ms=_now_ms(),
                clock_trusted=True,
                plays_waiting=len(self.waiting),
            )
            self.visitor.post("status", self.uplink, "/api/v1/player/status", status.model_dump(), self._bearer())

    # --- what played

    def _report(self) -> None:
        while True:
            gevent.sleep(REPORT_S * random.uniform(0.8, 1.2))
            self._play()
            self.report_plays()

    def _play(self) -> None:
        """Write the plays that have ended by now into the journal; a box that is stopped plays no more."""
        if self.timeline is None or self.stopped:
            return
        now_ms = _now_ms()
        while (spot := self.timeline.spot_at(self.played_until_ms)).ends_ms <= now_ms:
            if spot.starts_ms >= self.played_until_ms and spot.item is not None:
                self._note(spot, self.timeline.manifest)
            self.played_until_ms = spot.ends_ms

    def _note(self, spot: Spot, manifest: Manifest) -> None:
        if spot.item is None or spot.kind == "off":
            return
        play = Play(
            id=new_id(),
            kind=spot.kind,
            screen=self.place.screen,
            starts_ms=spot.starts_ms,
            item=spot.item,
            campaign=manifest.items[spot.item].campaign,
            version=manifest.version,
            began_ms=spot.starts_ms,
            ended_ms=spot.ends_ms,
            result="played",
        )
        self.waiting[play.id] = play

    def report_plays(self) -> None:
        batch = list(self.waiting.values())[:BATCH]
        if not batch:
            return
        body = {"plays": [play.model_dump() for play in batch]}
        answer = self.visitor.post("plays", self.uplink, "/api/v1/player/plays", body, self._bearer())
        if answer.status != 200:
            return
        for answered in PlaysAnswer.model_validate_json(answer.body).plays:
            if answered.status != "refused":
                self.acknowledged.add(answered.id)
            elif answered.final:
                self.refused[answered.id] = answered.why
            if answered.status != "refused" or answered.final:
                self.waiting.pop(answered.id, None)

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.place.token}"}


def _now_ms() -> int:
    return round(time.time() * 1000)
