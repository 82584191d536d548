"""The phone's web over a source that is no server: as a box will supply it.

Covers: media.phone.claims
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import ValidationError

from media.phone import blueprint as phone
from media.phone.blueprint import blueprint
from media.phone.claims import add_claim_routes
from media.phone.identity import COOKIE, phone_token
from media.phone.page import Bundle
from media.phone.source import Claimed, ScreenPage
from media.phone.tokens import new_token
from media.phone.words import Language
from media.wire.phone import (
    ClaimAnswer,
    ClaimRequest,
    ClaimState,
    FaultReport,
    Handover,
    OfferStanding,
    SeenFault,
    Stage,
    Stock,
    WalletAnswer,
)
from tests.wire import golden

NOW_MS = 1_772_424_000_000.25
STAGE = golden.stage_of(golden.timeline())
STOCK = Stock(offer="offer-1", left=3, standing=OfferStanding.OPEN)


class BoxSource:
    """One screen's source in memory; remembers which phones claimed with which requests."""

    public_base = "https://screens.example"
    present = True

    def __init__(self) -> None:
        self.claims: list[tuple[str, str, ClaimRequest]] = []
        self.faults: list[tuple[str, SeenFault]] = []

    def language(self) -> Language:
        return "en"

    def now_ms(self) -> float:
        return NOW_MS

    def page(self, code: str, scanned: str) -> ScreenPage | None:
        item = STAGE.items.get(scanned)
        return ScreenPage(code, STAGE, item, {"offer-1": STOCK}) if code == "K7M2PQ" else None

    def stage(self, code: str) -> Stage:
        return STAGE

    def report_fault(self, code: str, report: FaultReport) -> None:
        self.faults.append((code, report.fault))

    def stock(self, offer_id: str) -> Stock:
        return STOCK

    def claim(self, offer_id: str, body: ClaimRequest) -> Claimed:
        is_new = body.key not in [claim.key for _, _, claim in self.claims]
        self.claims.append((offer_id, phone_token(), body))
        answer = ClaimAnswer(
            claim="claim-1",
            state=ClaimState.READY,
            code="ABCD",
            qr="LC1",
            wallet_url="https://screens.example/w/link",
            expires_at=datetime(2026, 3, 9, tzinfo=UTC),
        )
        return Claimed(answer=answer, path="/w/link", is_new=is_new)

    def handover(self) -> Handover:
        return Handover(token="token")

    def wallet(self) -> WalletAnswer:
        return WalletAnswer(claims=())


@pytest.fixture
def source() -> BoxSource:
    return BoxSource()


@pytest.fixture
def client(source: BoxSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setattr(phone, "DIST", tmp_path)
    monkeypatch.setattr(
        phone, "read_bundle", lambda: Bundle("page-AAAA1111.js", "style-BBBB2222.css", "try-CCCC3333.js")
    )
    app, bp = Flask("box"), blueprint(source)
    app.testing = True
    add_claim_routes(bp, source)
    app.register_blueprint(bp)
    return app.test_client()


def test_the_boxs_page_is_presence_by_itself(client: FlaskClient) -> None:
    page = client.get("/s/K7M2PQ?i=coupon-1")
    assert page.status_code == 200
    assert "3 left" in page.text
    assert "https://screens.example" in page.headers["Content-Security-Policy"]


def test_an_unknown_screen_gets_a_page_that_says_what_to_do(client: FlaskClient) -> None:
    page = client.get("/s/NOWHERE")
    assert page.status_code == 404
    assert "There is no screen with this code" in page.text


def test_stage_clock_stock_and_wallet_are_the_sources(client: FlaskClient) -> None:
    assert Stage.model_validate(client.get("/api/v1/screens/K7M2PQ/stage").json) == STAGE
    assert client.get("/api/v1/clock?t0=1.5").json == {"t0": 1.5, "t1": NOW_MS, "t2": NOW_MS}
    assert Stock.model_validate(client.get("/api/v1/offers/offer-1/stock").json) == STOCK
    assert client.get("/api/v1/wallet").json == {"claims": []}


def test_a_claim_is_the_phones_own_and_a_repeat_is_no_new_one(client: FlaskClient, source: BoxSource) -> None:
    client.set_cookie(COOKIE, token := new_token())
    path, key = "/api/v1/offers/offer-1/claims", {"Idempotency-Key": "key-1"}
    answers = [client.post(path, json={"screen": "K7M2PQ"}, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert source.claims == [("offer-1", token, ClaimRequest(screen="K7M2PQ", key="key-1"))] * 2


def test_a_form_of_a_phone_without_cookies_goes_on_to_its_coupon_with_its_token(client: FlaskClient) -> None:
    token = new_token()
    form = client.application.test_client(use_cookies=False).post(
        "/api/v1/offers/offer-1/claims", data={"key": "key-1", "t": token}, headers={"Accept": "text/html"}
    )
    assert (form.status_code, form.location) == (303, f"/w/link?t={token}")


def test_a_phone_takes_its_coupons_along_with_the_sources_token(client: FlaskClient) -> None:
    answer = client.post("/api/v1/wallet/handover")
    assert (answer.status_code, answer.json) == (201, {"token": "token"})


def test_a_fault_is_reported_by_script_and_by_a_plain_form(client: FlaskClient, source: BoxSource) -> None:
    path = "/api/v1/screens/K7M2PQ/faults"
    assert client.post(path, json={"fault": "frozen"}).status_code == 201
    answer = client.post(path, data={"fault": "black", "p": "pres ence"}, headers={"Accept": "text/html"})
    assert (answer.status_code, answer.location) == (303, "/s/K7M2PQ?reported=1&p=pres+ence#fault")
    assert source.faults == [("K7M2PQ", SeenFault.FROZEN), ("K7M2PQ", SeenFault.BLACK)]
    assert "Thank you." in client.get(answer.location).text


def test_only_the_named_faults_can_be_reported(client: FlaskClient, source: BoxSource) -> None:
    for body in ({}, {"fault": ""}, {"fault": "<script>"}, {"fault": None}):
        with pytest.raises(ValidationError):
            client.application.test_client().post("/api/v1/screens/K7M2PQ/faults", json=body)
    assert source.faults == []
