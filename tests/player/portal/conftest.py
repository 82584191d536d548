"""The portal's app over a unit without a kernel, a player that is a table of answers, and no server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from media.presence import token_at
from media.timeline import Timeline
from media.wire.message import Message
from media.wire.status import CertificateReport
from media.wire.timeline import PhoneItem, ScreenSettings
from player.coupon_answers import CouponAnswers
from player.game_answers import GameAnswers
from player.hotspot.messages import ANSWER, Answer, Request
from player.hotspot.plan import HotspotPlan
from player.hotspot.unit import HotspotUnit
from player.line_socket import LineServer, NoAnswer
from player.portal.app import Portal, create_portal, intercept
from player.portal.consent.consents import ConsentLog
from player.portal.consent.remembered_phones import RememberedPhones
from player.portal.games.box_games import BoxGames
from player.portal.games.saved_games import SavedGames
from player.portal.screen.stored_faults import StoredFaults
from player.portal.upstream.clients import PHONES_SOCKET, PlayerClient, Visits
from player.portal.upstream.player_messages import (
    PLAYER_REQUEST,
    CertificateExchange,
    CertificateNews,
    GameRequest,
    GameShown,
    MediaAnswer,
    MediaRequest,
    NoMedia,
    NoScreen,
    Now,
    PlayerAnswer,
    PlayerRequest,
    ScreenAnswer,
    ScreenRequest,
    SettleRequest,
)
from player.portal.upstream.server_requests import ServerRequests
from player.sync.clock import Clock
from player.sync.game_rounds import RoundStore
from player.sync.leases import LeaseStore
from tests.player.hotspot.fake_kernel import FakeKernel
from tests.player.show_rig import FakeTime, ping
from tests.player.timelines import MONDAY_MS, a_timeline, an_item
from tests.rig.files.game_zips import GOOD, packed

PORTAL = "10.42.0.1"
PHONE, OTHER, STRANGER = "10.42.0.20", "10.42.0.21", "10.42.0.99"
KEY = "k" * 32
NAME = "abcdef.box.example.org"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PLAN = HotspotPlan(ssid="Lobby", country="DE", most_phones=1)


@dataclass
class FakePlayer:
    """The daemon's side of the socket."""

    folder: Path
    timeline: Timeline | None = None
    has_uplink: bool = True

    def __post_init__(self) -> None:
        time = FakeTime(system_ms=MONDAY_MS)
        self.clock = Clock(time.source(), self.folder / "clock")
        self.clock.learn(ping(time, MONDAY_MS))
        self.reports: list[CertificateReport] = []
        self.certificate = CertificateNews(name="", chain="", now_ms=None)
        self.leases = LeaseStore(self.folder / "leases")
        self.coupons = CouponAnswers(
            self.leases, clock=self.clock, timeline=lambda: self.timeline, on_handed_out=lambda: None
        )
        self.games = GameAnswers(
            self.leases, RoundStore(self.folder / "rounds"), clock=self.clock, timeline=lambda: self.timeline,
            show=lambda _state: None, on_settled=lambda: None,
        )  # fmt: skip

    def answer(self, line: bytes) -> bytes:
        return self._answer(PLAYER_REQUEST.validate_json(line)).model_dump_json().encode()

    def _answer(self, request: PlayerRequest) -> PlayerAnswer:
        if isinstance(request, ScreenRequest):
            return self._screen()
        if isinstance(request, CertificateExchange):
            self.reports.append(request.report)
            return self.certificate
        if isinstance(request, GameRequest | GameShown | SettleRequest):
            return self.games.answer(request)
        return self._media(request) if isinstance(request, MediaRequest) else self.coupons.answer(request)

    def _media(self, request: MediaRequest) -> PlayerAnswer:
        path = self.folder / request.digest
        if not path.exists():
            return NoMedia()
        mime = "application/zip" if path.read_bytes().startswith(b"PK") else "image/png"
        return MediaAnswer(path=str(path), mime=mime)

    def _screen(self) -> PlayerAnswer:
        now = Now(utc_ms=MONDAY_MS, mono_ns=0)
        base = "http://screens.example.org"
        if self.timeline is None:
            return NoScreen(public_base=base, has_uplink=self.has_uplink, now=now)
        stage = self.timeline.stage(MONDAY_MS).model_copy(update={"media_base": ""})
        presence = token_at(KEY, MONDAY_MS)
        return ScreenAnswer(stage=stage, public_base=base, presence=presence, has_uplink=self.has_uplink, now=now)


class FakeServerRequests(ServerRequests):
    """answers: by path, a message or an error · sent: what was sent on"""

    def __init__(self) -> None:
        super().__init__("http://server.invalid")
        self.sent: list[tuple[str, str, object]] = []
        self.answers: dict[str, tuple[int, Message] | Exception] = {}

    def _answer(self, kind, method, path, token, body=None):  # type: ignore[no-untyped-def]
        self.sent.append((path, token, body))
        answer = self.answers[path]
        if isinstance(answer, Exception):
            raise answer
        return answer


class PortalRig:
    def __init__(self, folder: Path) -> None:
        self.kernel = FakeKernel()
        self.kernel.neighbours = {PHONE: "02:00:00:00:00:0a", OTHER: "02:00:00:00:00:0b"}
        self.unit = HotspotUnit(
            PLAN, folder, run=self.kernel, monotonic=self.kernel.monotonic, today=lambda: date(2026, 3, 2)
        )
        self.unit.start()
        self.unit_is_away = False
        self.api_name: str | None = NAME
        image = an_item("a").screen
        item = an_item("a").model_copy(update={"title": "Fresh <bread>", "phone": PhoneItem(image=image)})
        settings = ScreenSettings(page_url="http://screens.example.org/s/ABC234", presence_key=KEY)
        self.player = FakePlayer(folder, a_timeline(items=[item], settings=settings))
        (folder / image.digest).write_bytes(b"0123456789")
        self.image = image.digest
        self.socket = LineServer(folder / PHONES_SOCKET, self.player.answer)
        self.socket.start()
        self.server = FakeServerRequests()
        self.consents = ConsentLog(folder / "consents")
        player = PlayerClient(folder / PHONES_SOCKET, "http://server.invalid")
        self.portal = Portal(
            plan=PLAN,
            current_plan=lambda: self.unit.plan,
            visits=Visits(self.send, self.kernel.monotonic),
            player=player,
            server=self.server,
            consents=self.consents,
            faults=StoredFaults(folder / "faults"),
            games=BoxGames(player, SavedGames(folder / "games")),
            remembered=RememberedPhones(folder / "remembered"),
            monotonic=self.kernel.monotonic,
            api_name=lambda: self.api_name,
            now=lambda: NOON,
        )
        self.app = create_portal(self.portal)
        intercept(self.app, self.portal)

    def send(self, request: Request) -> Answer:
        if self.unit_is_away:
            raise NoAnswer("away")
        return ANSWER.validate_json(self.unit.answer(request.model_dump_json().encode()))

    def game(self) -> str:
        """The digest of the package of a custom game, which is here."""
        digest = "ab" * 32
        packed(self.player.folder / digest, GOOD)
        return digest

    def close(self) -> None:
        self.socket.stop()


class Browser:
    """One phone's requests; a redirect is not followed."""

    def __init__(self, app: Flask, address: str = PHONE, *, host: str = PORTAL, **headers: str) -> None:
        self._client: Client = app.test_client()
        self._environ = {"REMOTE_ADDR": address}
        self._base = f"http://{host}"
        self._headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def get(self, path: str, **more: object) -> TestResponse:
        return self.open("GET", path, **more)

    def post(self, path: str, **form: object) -> TestResponse:
        return self.open("POST", path, data=form)

    def open(self, method: str, path: str, **more: object) -> TestResponse:
        return self._client.open(
            path, method=method, base_url=self._base, environ_overrides=self._environ, headers=self._headers,
            buffered=True, **more,
        )  # fmt: skip


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[PortalRig]:
    rig = PortalRig(tmp_path)
    yield rig
    rig.close()


@pytest.fixture
def phone(rig: PortalRig) -> Browser:
    return Browser(rig.app)
