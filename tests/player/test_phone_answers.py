"""The daemon's answers to the portal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from media.store import MediaStore
from media.timeline import Timeline
from media.wire.certificates import CertificateAnswer
from media.wire.status import CertificateReport
from media.wire.timeline import MediaRef, Override, PhoneItem, ScreenSettings
from player.coupon_answers import CouponAnswers
from player.game_answers import GameAnswers
from player.phone_answers import PhoneAnswers
from player.portal.upstream.player_messages import (
    PLAYER_ANSWER,
    CertificateExchange,
    CertificateNews,
    MediaAnswer,
    MediaRequest,
    NoMedia,
    NoScreen,
    PlayerAnswer,
    PlayerRequest,
    ScreenAnswer,
    ScreenRequest,
)
from player.sync.cache import Cache
from player.sync.certificate_requests import CertificateRequests
from player.sync.clock import Clock
from player.sync.game_rounds import RoundStore
from player.sync.leases import LeaseStore
from tests.player.show_rig import FakeTime, ping
from tests.player.timelines import MONDAY_MS, a_timeline, an_item


class Rig:
    def __init__(self, folder: Path) -> None:
        store = MediaStore(folder / "media")
        self.picture = store.put([b"picture"])
        self.time = FakeTime()
        self.clock = Clock(self.time.source(), folder / "clock")
        self.timeline: Timeline | None = None
        self.override: Override | None = None
        self.has_uplink = True
        leases = LeaseStore(folder / "leases")
        self.answers = PhoneAnswers(
            "http://server.example",
            clock=self.clock,
            cache=Cache(store, lambda *_: None, quota_bytes=1 << 20, on_change=lambda: None),
            timeline=lambda: self.timeline,
            override=lambda: self.override,
            has_uplink=lambda: self.has_uplink,
            games=GameAnswers(
                leases,
                RoundStore(folder / "rounds"),
                clock=self.clock,
                timeline=lambda: self.timeline,
                show=lambda _state: None,
                on_settled=lambda: None,
            ),
            coupons=CouponAnswers(
                leases,
                clock=self.clock,
                timeline=lambda: self.timeline,
                on_handed_out=lambda: None,
            ),
            certificates=(requests := CertificateRequests()),
        )
        self.certificates = requests

    def send(self, request: PlayerRequest) -> PlayerAnswer:
        return PLAYER_ANSWER.validate_json(self.answers.answer(request.model_dump_json().encode()))


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_before_the_first_timeline_there_is_no_screen(rig: Rig) -> None:
    answer = rig.send(ScreenRequest())
    assert isinstance(answer, NoScreen)
    assert answer.public_base == "http://server.example"


def test_the_stage_is_the_timelines_with_media_at_the_box(rig: Rig) -> None:
    rig.timeline = a_timeline(settings=ScreenSettings(page_url="https://screens.example.org/s/ABC234"))
    rig.override = Override(starts_ms=MONDAY_MS, item="b", why="the file is broken")
    rig.has_uplink = False
    answer = rig.send(ScreenRequest(scanned="b"))
    assert isinstance(answer, ScreenAnswer)
    now_ms = answer.stage.now_ms
    assert answer.stage == rig.timeline.stage(now_ms, override=rig.override).model_copy(update={"media_base": ""})
    assert answer.scanned_item == rig.timeline.item("b")
    assert (answer.public_base, answer.has_uplink) == ("https://screens.example.org", False)
    assert rig.send(ScreenRequest(scanned="another screen's")).scanned_item is None  # type: ignore[union-attr]


def test_only_files_of_the_timeline_that_are_on_the_disk_are_named(rig: Rig) -> None:
    poster = MediaRef(digest=rig.picture, mime="image/webp", bytes=7)
    assert isinstance(rig.send(MediaRequest(digest=rig.picture)), NoMedia)
    item = an_item("a").model_copy(update={"phone": PhoneItem(poster=poster)})
    rig.timeline = a_timeline(items=[item])
    answer = rig.send(MediaRequest(digest=rig.picture))
    assert isinstance(answer, MediaAnswer)
    assert (Path(answer.path).read_bytes(), answer.mime) == (b"picture", "image/webp")
    assert isinstance(rig.send(MediaRequest(digest=item.screen.digest)), NoMedia)


@pytest.mark.parametrize(
    "line",
    [b"", b"{}", b"[" * 4000, b'{"kind": "media", "digest": "../token"}', b'{"kind": "screen", "x": 1}', b"\xff"],
)
def test_a_line_that_is_no_request_is_refused(rig: Rig, line: bytes) -> None:
    assert json.loads(rig.answers.answer(line)) == {"kind": "bad_request"}


def test_the_portal_gets_its_certificate_with_the_time_that_the_box_knows(rig: Rig) -> None:
    report = CertificateReport(name="k7m2pq.box.example.org")
    assert rig.send(CertificateExchange(signing_request="PEM", report=report)) == CertificateNews(
        name="", chain="", now_ms=None
    )
    assert (rig.certificates.signing_request, rig.certificates.report) == ("PEM", report)
    rig.certificates.accept("PEM", CertificateAnswer(name="k7m2pq.box.example.org", chain="chain"))
    rig.clock.learn(ping(rig.time, MONDAY_MS))
    answer = rig.send(CertificateExchange(signing_request="PEM", report=report))
    assert isinstance(answer, CertificateNews)
    assert (answer.name, answer.chain) == ("k7m2pq.box.example.org", "chain")
    assert answer.now_ms is not None
    assert abs(answer.now_ms - MONDAY_MS) < 1000
