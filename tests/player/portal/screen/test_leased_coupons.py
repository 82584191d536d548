"""Coupons from the box's lease, while the server cannot be reached."""

from __future__ import annotations

import pytest

from media.wire.errors import ErrorBody
from media.wire.leases import HandOutAnswer, LeaseRequest, Leases
from media.wire.phone import ClaimAnswer, ClaimState, WalletAnswer
from player.portal.errors import PortalError, no_internet
from tests.player.portal.conftest import NOON, OTHER, Browser, PortalRig
from tests.player.sync.test_leases import lease
from tests.player.timelines import MONDAY_MS

CLAIMS = "/api/v1/offers/offer/claims"
ONLINE = ClaimAnswer(
    claim="c", state=ClaimState.READY, code="AAAA", qr="QC1", wallet_url="http://x.example/w/SERVER", expires_at=NOON
)


@pytest.fixture
def offline(rig: PortalRig) -> PortalRig:
    """A box without an uplink, with a lease of two claims that are valid now."""
    hold(rig, 1, 2)
    rig.player.has_uplink = False
    rig.server.answers = dict.fromkeys((CLAIMS, "/api/v1/wallet"), no_internet())
    return rig


def hold(rig: PortalRig, *nths: int, per_phone: int = 1) -> None:
    spans = [{"until_ms": MONDAY_MS + 86_400_000, "expires_ms": MONDAY_MS + 172_800_000}]
    raw = lease(*nths, per_phone=per_phone).model_dump() | {"validity": spans}
    leases = Leases.model_validate({"leases": [raw]})
    rig.player.leases.accept(leases, request=LeaseRequest(), now_ms=MONDAY_MS)


def claim(phone: Browser, key: str = "k") -> tuple[int, dict[str, str]]:
    answer = phone.open("POST", CLAIMS, json={"key": key})
    return answer.status_code, answer.get_json()


def code_of(answer: tuple[int, dict[str, dict[str, str]]]) -> tuple[int, str]:
    return answer[0], answer[1]["error"]["code"]


def phone_at(rig: PortalRig, address: str = OTHER) -> Browser:
    return Browser(rig.app, address)


def test_without_internet_a_phone_gets_a_claim_of_the_lease(offline: PortalRig, phone: Browser) -> None:
    status, answer = claim(phone)
    assert (status, answer["state"], answer["wallet_url"]) == (201, "ready", "/w/L1")
    assert answer["qr"].startswith("QC1" + "H" * 16)
    assert len(offline.player.leases.unreported()) == 1


def test_the_same_key_gets_the_same_claim_and_one_phone_gets_one(offline: PortalRig, phone: Browser) -> None:
    assert claim(phone)[1] == claim(phone)[1] == claim(phone, "another")[1]


def test_a_used_up_lease_says_so(offline: PortalRig, phone: Browser) -> None:
    claim(phone)
    claim(phone_at(offline))
    assert code_of(claim(phone_at(offline, "10.42.0.30"))) == (409, "lease_used_up")  # type: ignore[arg-type]


def test_a_phone_without_a_script_reads_in_its_language_that_the_lease_is_used_up(rig: PortalRig) -> None:
    hold(rig)
    rig.server.answers[CLAIMS] = no_internet()
    phone = Browser(rig.app, Accept="text/html", Accept_Language="zh-CN")
    page = phone.post(CLAIMS, key="k")
    assert page.status_code == 409
    assert "断网时此处可发放的优惠券已领完" in page.text


def test_a_box_without_a_lease_says_that_there_is_no_internet(rig: PortalRig, phone: Browser) -> None:
    rig.server.answers[CLAIMS] = no_internet()
    assert code_of(claim(phone)) == (503, "no_internet")  # type: ignore[arg-type]


def test_a_box_that_does_not_know_the_time_hands_out_nothing(offline: PortalRig, phone: Browser) -> None:
    offline.player.clock.trusted = False
    assert code_of(claim(phone)) == (503, "no_internet")  # type: ignore[arg-type]


def test_a_claim_without_a_key_waits_for_the_server(offline: PortalRig, phone: Browser) -> None:
    assert code_of(claim(phone, "")) == (503, "no_internet")  # type: ignore[arg-type]


def test_one_phone_that_erases_its_token_again_and_again_does_not_take_all(rig: PortalRig) -> None:
    hold(rig, *range(9))
    rig.server.answers[CLAIMS] = no_internet()
    answers = [claim(phone_at(rig)) for _ in range(4)]
    assert [status for status, _ in answers] == [201, 201, 201, 429]
    assert claim(phone_at(rig, "10.42.0.30"))[0] == 201


def test_while_there_is_internet_claims_are_the_servers(rig: PortalRig, phone: Browser) -> None:
    hold(rig, 1)
    rig.server.answers[CLAIMS] = (201, ONLINE)
    assert claim(phone)[1]["claim"] == "c"
    assert rig.player.leases.unreported() == []


def test_pieces_at_the_box_are_for_its_phones_when_the_stock_is_sold_out(rig: PortalRig, phone: Browser) -> None:
    hold(rig, 1)
    rig.server.answers[CLAIMS] = PortalError(409, ErrorBody(code="offer_sold_out", message="Gone.", remedy=""))
    assert claim(phone)[0] == 201
    assert code_of(claim(phone_at(rig))) == (409, "offer_sold_out")  # type: ignore[arg-type]


def test_the_server_is_asked_for_no_second_claim_before_it_knows_the_first(offline: PortalRig, phone: Browser) -> None:
    first = claim(phone)[1]["claim"]
    offline.player.has_uplink = True
    offline.server.answers[CLAIMS] = (201, ONLINE)
    assert claim(phone, "another key")[1]["claim"] == first
    offline.player.leases.settle([HandOutAnswer(claim=first, status="accepted")])
    assert claim(phone, "another key")[1]["claim"] == "c"


def test_the_coupons_page_works_without_internet_and_shows_a_qr(offline: PortalRig) -> None:
    phone = Browser(offline.app, Accept="text/html", Origin="http://10.42.0.1")
    sent = phone.post(CLAIMS, key="k")
    assert sent.status_code == 303
    assert sent.location.partition("?")[0] == "/w/L1"
    page = phone.get("/w/L1")
    assert page.status_code == 200
    for shown in ("A bowl", "Noodle Bar", "<svg", "https://x.example/w/L1", 'http-equiv="refresh"'):
        assert shown in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_a_coupon_that_the_server_knows_is_shown_by_it_while_there_is_internet(
    offline: PortalRig, phone: Browser
) -> None:
    first = claim(phone)[1]["claim"]
    offline.player.has_uplink = True
    assert phone.get("/w/L1").status_code == 200
    offline.player.leases.settle([HandOutAnswer(claim=first, status="accepted")])
    assert phone.get("/w/L1").location == "http://screens.example.org/w/L1"


def test_the_wallet_lists_the_coupons_of_this_phone_without_internet(offline: PortalRig, phone: Browser) -> None:
    claim(phone)
    assert "/w/L1" in phone.get("/wallet").text
    assert "/w/L1" not in phone_at(offline).get("/wallet").text
    assert [held["title"] for held in phone.get("/api/v1/wallet").get_json()["claims"]] == ["A bowl"]


def test_the_wallet_has_each_coupon_once_when_the_internet_is_back(offline: PortalRig, phone: Browser) -> None:
    claim(phone)
    [here] = phone.get("/api/v1/wallet").get_json()["claims"]
    offline.server.answers["/api/v1/wallet"] = (200, WalletAnswer(claims=()))
    assert phone.get("/api/v1/wallet").get_json()["claims"] == [here]
    offline.server.answers["/api/v1/wallet"] = (200, WalletAnswer.model_validate({"claims": [here]}))
    assert phone.get("/api/v1/wallet").get_json()["claims"] == [here]
