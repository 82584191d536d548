"""One golden message of each kind, by conversation: `<conversation>.json` holds them by the names of their classes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from media.wire.certificates import CertificateAnswer, CertificateRequest
from media.wire.clock import ClockPing, ClockPong
from media.wire.enrolment import EnrolCode, EnrolRequest, EnrolState
from media.wire.errors import ErrorAnswer, ErrorBody
from media.wire.game_rounds import RoundAnswer, RoundAnswers, RoundPlace, RoundPrize, RoundReport, RoundReports
from media.wire.games import (
    NO_ANSWER,
    GameInput,
    GameKind,
    GamePlace,
    GameResult,
    GameRules,
    GameSeat,
    GameState,
    PrizeFor,
    SeatFace,
    SeatInput,
    SeatRequest,
    Solution,
)
from media.wire.hotspot import PlanReport, planned_hotspot
from media.wire.leases import (
    HandOut,
    HandOutAnswer,
    HandOuts,
    HandOutsAnswer,
    LeasedCopy,
    LeaseRequest,
    Leases,
    OfferLease,
    Validity,
)
from media.wire.message import Message
from media.wire.phone import (
    ClaimAnswer,
    ClaimRequest,
    ClaimState,
    ClaimStateAnswer,
    FaultReport,
    Handover,
    OfferStanding,
    PageHello,
    PhoneHello,
    ShownOffers,
    Stage,
    Stock,
    StockHint,
    TakenOver,
    WalletAnswer,
    WalletClaim,
)
from media.wire.plays import Play, PlayAnswer, Plays, PlaysAnswer
from media.wire.status import (
    CertificateFault,
    CertificateReport,
    Command,
    CommandAnswer,
    Fault,
    FaultKind,
    FileTrouble,
    Hotspot,
    HotspotCounts,
    Status,
)
from media.wire.timeline import Override, VersionHint

FOLDER = Path(__file__).parent
NOW_MS = 1_772_424_000_000
PEM = "-----BEGIN CERTIFICATE"
CLAIMED_AT = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
EXPIRES_AT = datetime(2026, 3, 9, 15, 59, 59, 500_000, tzinfo=UTC)
PLANNED = planned_hotspot({"ssid": "大堂 WiFi", "country": "CN", "channel": 6, "open_names": ["shop.example.org"]})
CLAIM = {
    "claim": "01KJNZ4T00CLAMCLAMCLAMCLAM",
    "state": ClaimState.READY,
    "code": "ABCD-EFGH-JKMN-P",
    "qr": "LC1:ABCDEFGH",
    "wallet_url": "https://screens.example/w/ABCDEFGH",
    "expires_at": EXPIRES_AT,
}


def messages(stage: Stage) -> dict[str, list[Message]]:
    """The golden messages by conversation; the timeline and the stage have files of their own."""
    override = Override(starts_ms=NOW_MS, item=None, why="nothing can be shown")
    play = Play(
        id="01KJNZ4T00PAYPAYPAYPAYPAYX",
        kind="spot",
        screen="screen-1",
        starts_ms=NOW_MS,
        item="film-1",
        campaign="campaign-1",
        version=7,
        began_ms=NOW_MS + 3,
        ended_ms=NOW_MS + 15_001,
        result="played",
        phones=2,
        phones_samples=3,
    )
    refused = PlayAnswer(id=play.id, status="refused", why="this screen is not the player's", final=True)
    stock = Stock(offer="offer-1", left=12, standing=OfferStanding.OPEN)
    report = PlanReport(running=PLANNED.digest, refused="b" * 64, why="channel: must be 1 to 13")
    status = Status(
        hardware="pi-0001",
        boot_id="boot-1",
        seq=3,
        screen="screen-1",
        version=7,
        now_ms=NOW_MS,
        uptime_s=60,
        clock_offset_ms=-1.5,
        clock_error_ms=0.25,
        clock_trusted=True,
        showing="film-1",
        showing_since_ms=NOW_MS,
        files_held=4,
        files_wanted=5,
        files_missing=(FileTrouble(digest="ab" * 32, why="its digest differs"),),
        disk_free_bytes=1 << 30,
        plays_waiting=1,
        display="片 cannot be shown",
        faults=(Fault(kind=FaultKind.ITEM, why="the file is damaged", title="片"),),
        override=override,
        software="liftcast 0.1.0",
        hotspot=Hotspot(
            counts=HotspotCounts(
                run="run-1",
                present=5,
                online=3,
                most_phones=8,
                joins=12,
                returns=4,
                refusals=1,
                ended_time=6,
                ended_bytes=1,
                ended_idle=2,
                join_s=9,
                uplink_bytes=1 << 30,
            ),
            age_s=4,
            plan=report,
            certificate=CertificateReport(
                name="k7m2pq.box.example.org",
                starts_ms=NOW_MS - 7_776_000_000,
                expires_ms=NOW_MS - 1,
                fault=CertificateFault.EXPIRED,
            ),
        ),
    )
    hello = PageHello(
        code="K7M2PQ",
        public_base="https://screens.example",
        language="zh",
        scanned="coupon-1",
        scanned_item=stage.items["coupon-1"],
        presence="abc234",
        token="",
        stock=(stock,),
        stage=stage,
    )
    wallet_claim = WalletClaim(
        **CLAIM,
        offer="offer-1",
        title="面一碗",
        terms="One each.",
        merchant="Noodle Bar",
        claimed_at=CLAIMED_AT,
        redeemed_at=None,
    )
    copy = LeasedCopy(
        claim="01KJNZ4T00EASEDEASEDEASED1",
        secret="0123456789abcdef0123",
        handle="ABCDEFGHJKMNPQRS",
        wallet_url="https://screens.example/w/ABCDEFGH",
    )
    lease = OfferLease(
        offer="offer-1",
        title="面一碗",
        terms="One each.",
        merchant="Noodle Bar",
        per_phone=1,
        expires_ms=NOW_MS + 691_200_000,
        validity=(Validity(until_ms=NOW_MS + 43_200_000, expires_ms=NOW_MS + 648_000_000),),
        claims=(copy,),
    )
    hand_out = HandOut(
        claim="01KJNZ4T00GVENGVENGVENGVEN",
        phone="ef" * 32,
        key="key-1",
        screen="screen-1",
        claimed_ms=NOW_MS,
        expires_ms=NOW_MS + 648_000_000,
    )
    panda = SeatFace(animal="panda", emoji="🐼", colour="#3cb44b")
    round_report = RoundReport(
        screen="screen-1", starts_ms=NOW_MS, item="game-1", version=7, seed="cd" * 32, joined=2, played=2, finished=1,
        places=(RoundPlace(seats=(1,), points=61_000),), prizes=(RoundPrize(seat=1, claim=hand_out.claim),),
        entrants=(0, 1), cut_short=True,
    )  # fmt: skip
    disputed = HandOutAnswer(claim=hand_out.claim, status="refused", why="another phone has this claim")
    return {
        "leases": [
            LeaseRequest(holds=(copy.claim,), returned=("01KJNZ4T00RETRNRETRNRETRNX",)),
            Leases(leases=(lease,), give_back=("01KJNZ4T00BACKBACKBACKBACK",)),
            HandOuts(claims=(hand_out,)),
            HandOutsAnswer(claims=(disputed,)),
        ],
        "games": [
            GameInput(spot=NOW_MS, taps=31, answers=(2, NO_ANSWER), score=40, finished=True),
            SeatRequest(presence="AbCdEfGh12345678"),
            GameSeat(seat=1, face=panda, promise="ab" * 32, ticket="ticket-1"),
            SeatInput(spot=NOW_MS, taps=31, ticket="ticket-1"),
            GameState(
                spot=NOW_MS,
                joined=2,
                promise="ab" * 32,
                positions=(410, 730),
                answered=1,
                solutions=(Solution(right=2, votes=(0, 1, 1, 0)),),
                result=GameResult(
                    places=(GamePlace(seats=(1,), face=panda, points=61_000),),
                    winners=(1,),
                    without_prize=(4,),
                    seed="cd" * 32,
                ),
            ),
            GameRules(kind=GameKind.RACE, prize_for=PrizeFor.FIRST, prizes=1),
            RoundReports(rounds=(round_report,)),
            RoundAnswers(rounds=(RoundAnswer(screen=round_report.screen, starts_ms=NOW_MS, status="accepted"),)),
        ],
        "certificates": [
            CertificateRequest(signing_request=f"{PEM} REQUEST-----\n"),
            CertificateAnswer(name="k7m2pq.box.example.org", chain=f"{PEM}-----\n", again_s=3600),
        ],
        "plays": [Plays(plays=(play,)), PlaysAnswer(plays=(refused,))],
        "hotspot": [PLANNED, report],
        "status": [status, Command(id="command-1", do="reboot"), CommandAnswer(ok=False, why="unknown command")],
        "enrolment": [
            EnrolRequest(hardware="pi-0001", token_sha256="cd" * 32),
            EnrolCode(enrolment="enrolment-1", code="4K7M2P", expires_ms=NOW_MS + 600_000),
            EnrolState(screen=None),
        ],
        "phone": [
            PhoneHello(screen="K7M2PQ", offers=("offer-1",)),
            ShownOffers(offers=("offer-1",)),
            hello,
            stock,
            FaultReport(fault="black"),
            Handover(token=f"{'cd' * 32}.1772424000000.{'ab' * 32}"),
            TakenOver(coupons=2),
            StockHint(offer="offer-1", left=11),
            VersionHint(version=8),
            ClaimRequest(screen="K7M2PQ", presence="abc234", key="key-1"),
            ClaimAnswer(**CLAIM),
            WalletAnswer(claims=(wallet_claim,)),
            ClaimStateAnswer(state=ClaimState.REDEEMED),
        ],
        "clock": [ClockPing(t0=12.5), ClockPong(t0=12.5, t1=float(NOW_MS), t2=NOW_MS + 0.25)],
        "errors": [ErrorAnswer(error=ErrorBody(code="sold_out", message="All gone.", remedy="Look at other offers."))],
    }


def as_json(conversation: list[Message]) -> dict[str, Any]:
    return {type(message).__name__: message.model_dump(mode="json") for message in conversation}


def read(conversation: str) -> dict[str, Any]:
    golden: dict[str, Any] = json.loads((FOLDER / f"{conversation}.json").read_text(encoding="utf-8"))
    return golden
