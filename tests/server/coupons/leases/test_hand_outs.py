from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, func, select

from server.accounts.models import AuditEntry
from server.coupons.caps import Span
from server.coupons.claims import AlreadyClaimed, Presence
from server.coupons.codes.read import NoSuchCode, NoSuchLink, read_shown
from server.coupons.models import Claim, LeasedClaim, LeasedState, Offer, Phone, ScreenClaims
from server.coupons.offers import stop_offer
from server.coupons.redeem import AlreadyRedeemed, ClaimExpired
from server.coupons.report import offer_reports
from server.coupons.wallets.phones import phone_of_token
from server.coupons.wallets.wallet import claim_of_link, copy_of, wallet_of
from tests.server.coupons.conftest import KEYS, ClaimIt
from tests.server.coupons.leases.conftest import CAPS, Box, hash_of, leased, stock_left


def code_of(claim_id: str, now: datetime) -> Any:
    """The code that a phone shows of a claim that no row has yet."""
    return copy_of(Claim(id=claim_id, epoch=0), KEYS, now)


def shown(claim_id: str, now: datetime) -> Any:
    return read_shown(code_of(claim_id, now).qr)


def claims(db: Session) -> list[Claim]:
    return list(db.exec(select(Claim).execution_options(populate_existing=True)))


def test_a_reported_claim_is_in_the_wallet_of_its_phone(db: Session, box: Box, offer: Offer, now: datetime) -> None:
    box.renew(offer)
    out = box.hand_out("token of a phone", key="k", at=now - timedelta(minutes=5))
    [answer] = box.report(at=now + timedelta(hours=8))
    assert answer.status == "accepted"
    [held] = wallet_of(db, phone_of_token(db, "token of a phone", now=now).id)
    assert (held.claim.id, held.claim.screen_id, held.claim.presence) == (out.claim, box.screen.id, Presence.BOX)
    assert held.claim.expires_at == now - timedelta(minutes=5) + timedelta(days=1)
    assert stock_left(db, offer) + len(leased(db)) + len(claims(db)) == offer.stock


def test_a_claim_counts_from_when_it_was_handed_out_and_never_in_the_future(
    db: Session, box: Box, offered: Any, now: datetime
) -> None:
    offer = offered(per_phone=9)
    box.renew(offer)
    times = [now + timedelta(hours=2), now + timedelta(days=400), now - timedelta(days=400)]
    for at in times:
        box.hand_out(at=at)
    later = now + timedelta(hours=8)
    box.report(at=later)
    assert sorted(claim.claimed_at for claim in claims(db)) == [now, times[0], later]


def test_a_repeated_report_changes_nothing(db: Session, box: Box, offer: Offer) -> None:
    box.renew(offer)
    box.hand_out("one")
    box.hand_out("two")
    box.report()
    again = box.report(*box.handed_out[::-1], *box.handed_out)
    assert [answer.status for answer in again] == ["duplicate"] * 4
    assert len(claims(db)) == 2


def test_the_key_of_the_request_gets_the_claim_at_the_server_too(
    db: Session, box: Box, offer: Offer, claimed: ClaimIt, now: datetime
) -> None:
    box.renew(offer)
    out = box.hand_out("token", key="k")
    box.report()
    phone = phone_of_token(db, "token", now=now)
    assert claimed(phone=phone, idempotency_key="k", screen_id=box.screen.id).id == out.claim
    assert claimed(phone=phone, idempotency_key="other").id == out.claim  # one for each phone


def test_a_key_that_the_server_answered_as_well_loses_neither_claim(
    db: Session, box: Box, offer: Offer, claimed: ClaimIt, now: datetime
) -> None:
    phone = phone_of_token(db, "token", now=now)
    first = claimed(phone=phone, idempotency_key="k")
    box.renew(offer)
    out = box.hand_out("token", key="k")
    assert box.report()[0].status == "accepted"
    assert {claim.id for claim in claims(db)} == {first.id, out.claim}
    assert claimed(phone=phone, idempotency_key="k").id == first.id


def test_a_phone_with_a_claim_of_a_box_gets_no_more_than_its_limit_at_the_server(
    db: Session, box: Box, offered: Any, claimed: ClaimIt, now: datetime
) -> None:
    offer = offered(per_phone=2)
    box.renew(offer)
    for _ in range(2):
        box.hand_out("token")
    box.report()
    with pytest.raises(AlreadyClaimed):
        claimed(offer, phone=phone_of_token(db, "token", now=now))


def test_a_till_takes_a_claim_before_its_box_reports_it(
    db: Session, box: Box, offer: Offer, redeem: Any, now: datetime
) -> None:
    box.renew(offer)
    out = box.hand_out("token", at=now)
    redeemed = redeem(shown(out.claim, now))
    assert redeemed.claim.id == out.claim
    with pytest.raises(AlreadyRedeemed):
        redeem(shown(out.claim, now))
    assert box.report(at=now + timedelta(hours=1))[0].status == "accepted"
    [held] = wallet_of(db, phone_of_token(db, "token", now=now).id)
    assert held.claim.redeemed_at == now
    assert held.claim.screen_id == box.screen.id
    assert db.exec(select(func.count()).select_from(Phone)).one() == 1  # none stands for an unknown phone any more
    assert stock_left(db, offer) + len(leased(db)) + 1 == offer.stock


def test_a_link_opens_a_claim_before_its_box_reports_it(db: Session, box: Box, offer: Offer, now: datetime) -> None:
    box.renew(offer)
    out = box.hand_out()
    assert claim_of_link(db, code_of(out.claim, now).link, keys=KEYS).claim.id == out.claim
    assert claims(db) == []


def test_leased_claims_are_in_no_report(db: Session, box: Box, offer: Offer) -> None:
    box.renew(offer)
    box.hand_out()
    assert [report.claims for report in offer_reports(db)] == [0]
    box.report()
    [report] = offer_reports(db)
    assert (report.claims, report.by_presence) == (1, {"box": 1})


def test_of_two_phones_with_one_claim_the_first_has_it_and_operators_see_it(
    db: Session, box: Box, offer: Offer, redeem: Any, now: datetime
) -> None:
    box.renew(offer)
    copy = Box(db, box.screen, now, player=box.player)
    copy.unused = [*box.unused]
    box.hand_out("first")
    out = copy.hand_out("second")
    assert [box.report()[0].status, copy.report()[0].status] == ["accepted", "refused"]
    assert claims(db)[0].phone_id == phone_of_token(db, "first", now=now).id
    assert box.player.clone_at == now
    assert db.get_one(LeasedClaim, out.claim, populate_existing=True).disputed_at == now
    assert "coupon handed out twice" in db.exec(select(AuditEntry.action)).all()
    redeem(shown(out.claim, now))
    with pytest.raises(AlreadyRedeemed):
        redeem(shown(out.claim, now))


def test_a_returned_claim_that_a_phone_has_takes_a_piece_again(
    db: Session, box: Box, offer: Offer, redeem: Any, now: datetime
) -> None:
    """A copy of the box returned it. A coupon that somebody holds is good while a piece is left."""
    box.renew(offer)
    box.returned = [*box.unused]
    reported, read = box.hand_out("one"), box.hand_out("two")
    stop_offer(db, offer.id, now=now)
    box.request(offer)
    assert stock_left(db, offer) == 12
    assert box.report(reported)[0].status == "accepted"
    redeem(shown(read.claim, now))
    assert stock_left(db, offer) == 10


def test_a_returned_claim_without_a_piece_left_is_void(
    db: Session, box: Box, offered: Any, redeem: Any, now: datetime
) -> None:
    offer = offered(stock=2)
    box.renew(offer)
    out = box.hand_out()
    box.returned = [out.claim]
    stop_offer(db, offer.id, now=now)
    box.request(offer)
    db.refresh(offer)
    offer.stock_left = 0
    db.add(offer)
    db.flush()
    assert box.report()[0].status == "refused"
    assert box.report()[0].status == "refused"
    with pytest.raises(NoSuchCode):
        redeem(shown(out.claim, now))
    with pytest.raises(NoSuchLink):
        claim_of_link(db, code_of(out.claim, now).link, keys=KEYS)


def test_a_box_reports_only_its_own_claims(db: Session, box: Box, another_box: Any, offer: Offer) -> None:
    box.renew(offer)
    out = box.hand_out()
    assert another_box().report(out)[0].status == "refused"
    assert claims(db) == []


def test_a_box_names_only_screens_that_it_served(db: Session, box: Box, another_box: Any, offer: Offer) -> None:
    box.renew(offer)
    out = box.hand_out().model_copy(update={"screen": another_box().screen.id})
    box.report(out)
    assert claims(db)[0].screen_id is None


def test_a_box_cannot_make_a_claim_valid_for_longer_than_its_terms(db: Session, box: Box, offer: Offer) -> None:
    box.renew(offer)
    expires_at = leased(db)[0].expires_at
    box.report(box.hand_out().model_copy(update={"expires_ms": 7_000_000_000_000}))
    assert claims(db)[0].expires_at == expires_at


def test_an_expired_claim_is_refused_at_the_till_as_any_other(
    box: Box, offer: Offer, redeem: Any, now: datetime
) -> None:
    box.renew(offer)
    out = box.hand_out()
    box.report()
    later = now + timedelta(days=2)
    with pytest.raises(ClaimExpired):
        redeem(shown(out.claim, later), now=later)


def test_claims_beyond_what_can_stand_at_a_screen_count_without_presence(
    db: Session, box: Box, offered: Any, now: datetime
) -> None:
    offer = offered(per_phone=100)
    box.renew(offer)
    hour = ScreenClaims(
        id=f"{offer.id}:{box.screen.id}:h{int(now.timestamp())}", offer_id=offer.id, screen_id=box.screen.id,
        span=Span.HOUR, starts_at=now, first_at=now, last_at=now, claims=CAPS.per_hour - 1, most=CAPS.per_hour,
    )  # fmt: skip
    db.add(hour)
    box.hand_out()
    box.hand_out()
    box.report()
    assert sorted(claim.presence for claim in claims(db)) == ["box", "none"]


def test_a_moved_wallet_keeps_its_claims_when_the_box_reports_again(db: Session, box: Box, offer: Offer) -> None:
    box.renew(offer)
    box.hand_out("token")
    box.report()
    [claim] = claims(db)
    claim.epoch = 1
    db.add(claim)
    db.flush()
    assert box.report()[0].status == "duplicate"
    assert claims(db)[0].epoch == 1
    assert db.exec(select(LeasedClaim.phone_hash).where(col(LeasedClaim.id) == claim.id)).one() == hash_of("token")
    assert len(leased(db, LeasedState.CLAIMED)) == 1
