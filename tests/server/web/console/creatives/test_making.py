"""Creatives in the making in the console: tried again, made of an offer, uploaded by ticket."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, select

from server.accounts.models import AuditEntry, Role
from server.campaigns.models import CampaignState
from server.creatives.models import Creative, CreativeState
from server.creatives.uploads.tickets import read_ticket
from server.db import Job, transaction
from server.settings import Settings
from tests.factories import make_advertiser, make_campaign, make_creative, make_offer, make_screen
from tests.server.web.conftest import SignIn, rows


def test_the_list_says_that_a_campaign_has_ended(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        make_campaign(db, state=CampaignState.ENDED)
    assert '<span class="state ">Ended</span>' in sign_in().get("/console/campaigns").text


def failed_creative(db: Session, **more: Any) -> Creative:
    return make_creative(db, ready=False, state=CreativeState.FAILED, trouble="It broke.", remedy="Look.", **more)


def test_a_failed_creative_is_tried_again_by_a_button(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        creative = failed_creative(db, kind="video")
    client, again = sign_in(), f"/console/creatives/{creative.id}/again"
    for page in ("/console/creatives", f"/console/creatives/{creative.id}"):
        assert f'action="{again}"' in client.get(page).text
    assert client.post(again).location == f"/console/creatives/{creative.id}"
    assert rows(engine, Creative)[0].state is CreativeState.PROCESSING
    assert [(job.kind, job.subject) for job in rows(engine, Job)] == [("renditions", creative.id)]
    assert [entry.action for entry in rows(engine, AuditEntry)] == ["creative tried again"]
    assert f'action="{again}"' not in client.get(f"/console/creatives/{creative.id}").text
    assert client.post(again).status_code == 409


def test_a_coupon_that_could_not_be_redrawn_is_reported_and_tried_again(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        make_screen(db)
        coupon = make_creative(
            db, kind="coupon", title="Free bowl", offer_id=make_offer(db).id, trouble="It broke.", remedy="Look."
        )
    client, page = sign_in(Role.VIEWER), f"/console/creatives/{coupon.id}"
    overview = client.get("/console/").text
    assert f'<a href="{page}">Free bowl</a></th><td>It broke.</td><td class="quiet">Look.</td>' in overview
    assert "as it was before" in client.get(page).text
    assert f"{page}/again" not in client.get(page).text
    client = sign_in(email="own@example.org")
    for listing in ("/console/creatives", page):
        assert f'action="{page}/again"' in client.get(listing).text
    assert client.post(f"{page}/again").location == page
    assert "It broke." not in client.get(page).text


def test_only_who_may_change_a_creative_tries_it_again(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        own, other = make_advertiser(db), make_advertiser(db, name="Another house")
        creative = failed_creative(db, advertiser_id=other.id)
    again = f"/console/creatives/{creative.id}/again"
    assert sign_in(Role.VIEWER).post(again).status_code == 403
    assert sign_in(Role.ADVERTISER, advertiser_id=own.id, email="own@example.org").post(again).status_code == 403
    assert sign_in(Role.ADVERTISER, advertiser_id=other.id, email="other@example.org").post(again).status_code == 302


def test_a_ticket_is_restricted_to_the_advertiser_of_its_person(
    sign_in: SignIn, engine: Engine, settings: Settings
) -> None:
    with transaction(engine) as db:
        own, other = make_advertiser(db), make_advertiser(db, name="Another house")
    client = sign_in(Role.ADVERTISER, advertiser_id=own.id)
    url = client.post("/console/creatives/ticket", data={"advertiser_id": other.id}).json["url"]
    assert read_ticket(settings, url.rpartition("/")[2]).advertiser_id == own.id


def test_a_coupon_is_made_of_an_offer_and_a_picture(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        offer, payer = make_offer(db), make_advertiser(db)
        picture = make_creative(db, kind="image", original_digest="b" * 64)
    form = {"offer_id": offer.id, "picture_id": picture.id, "length_s": "8", "language": "zh"}
    sign_in().post("/console/creatives/coupon", data={**form, "advertiser_id": payer.id})
    with transaction(engine) as db:
        coupon = db.exec(select(Creative).where(Creative.kind == "coupon")).one()
    assert (coupon.offer_id, coupon.original_digest, coupon.advertiser_id) == (offer.id, "b" * 64, payer.id)
