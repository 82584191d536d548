"""Creatives, campaigns and people, as they are made in the console."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from server.accounts.models import AuditEntry, Person, Role
from server.campaigns.models import Campaign, CampaignState, Daypart, Exclusion, HouseContent, NoticeRun, Target
from server.campaigns.notices import run_notice
from server.creatives.models import Creative, CreativeState
from server.creatives.uploads.tickets import read_ticket
from server.db import Job, transaction, utc_now
from server.settings import Settings
from server.web.console.creatives.house import moved_up
from tests.factories import (
    make_advertiser,
    make_campaign,
    make_creative,
    make_offer,
    make_screen,
    make_venue,
)
from tests.server.web.conftest import SignIn, rows

# --- creatives


def test_a_notice_runs_in_the_venue_between_moments_of_its_own_clock(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        venue = make_venue(db, zone="Asia/Shanghai")
    form = {"text": "Fire drill at ten", "length_s": "12", "language": "en", "venue_id": venue.id}
    answer = sign_in().post("/console/creatives/notice", data={**form, "until_at": "2099-03-01T18:30"})
    creative, run = rows(engine, Creative)[0], rows(engine, NoticeRun)[0]
    assert answer.location == f"/console/creatives/{creative.id}"
    assert (creative.text, creative.length_ms, run.venue_id) == ("Fire drill at ten", 12_000, venue.id)
    assert (run.until_at, run.every_minute) == (datetime(2099, 3, 1, 10, 30, tzinfo=UTC), False)


def test_a_notice_of_every_minute_needs_no_reserve(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        venue = make_venue(db, reserved_percent=0)
    form = {"text": "Water is back", "length_s": "10", "language": "en", "venue_id": venue.id, "every_minute": "true"}
    assert sign_in().post("/console/creatives/notice", data=form).status_code == 302
    assert [run.every_minute for run in rows(engine, NoticeRun)] == [True]


def test_a_notice_is_stopped_on_its_own_page_in_one_place_or_everywhere(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        notice = make_creative(db, kind="notice", title="Fire drill")
        for name in ("Harbour Tower", "Old Mill", "The Arcade"):
            run_notice(db, notice.id, make_venue(db, name=name).id, now=utc_now())
    client, page = sign_in(), f"/console/creatives/{notice.id}"
    shown = client.get(page).text
    assert "Where it runs" in shown
    first = rows(engine, NoticeRun)[0]
    assert client.post(f"/console/notices/{first.id}/stop?here=creative").location == page
    assert [run.until_at is None for run in rows(engine, NoticeRun)].count(True) == 2
    assert client.post(f"{page}/stop").location == page
    assert all(run.until_at for run in rows(engine, NoticeRun))
    assert "Where it runs" not in client.get(page).text


def test_an_archived_notice_is_stopped_and_stays_so_when_it_is_restored(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        notice = make_creative(db, kind="notice", title="Fire drill")
        run_notice(db, notice.id, make_venue(db).id, now=utc_now())
    client = sign_in()
    for move in ("archive", "restore"):
        assert client.post(f"/console/creatives/{notice.id}/{move}").status_code == 302
        assert [run.until_at is not None for run in rows(engine, NoticeRun)] == [True]


def test_a_notice_that_cannot_run_leaves_nothing(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        venue = make_venue(db, reserved_percent=0)
    form = {"text": "Fire drill at ten", "length_s": "12", "language": "en", "venue_id": venue.id}
    answer = sign_in().post("/console/creatives/notice", data=form)
    assert answer.status_code == 409
    assert "This venue reserves no time for its notices." in answer.text
    assert "Fire drill at ten</textarea>" in answer.text
    assert rows(engine, Creative) == []


def test_a_notice_for_all_venues_runs_where_it_can_and_says_where_not(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        tower = make_venue(db, name="Harbour Tower")
        for name in ("Old Mill", "The Arcade"):
            make_venue(db, name=name, reserved_percent=0)
    form = {"text": "Fire drill at ten", "length_s": "12", "language": "en"}
    client = sign_in()
    answer = client.post("/console/creatives/notice", data=form)
    assert [run.venue_id for run in rows(engine, NoticeRun)] == [tower.id]
    shown = client.get(answer.location).text
    assert "The notice does not run in: Old Mill, The Arcade." in shown
    assert "Raise the venue&#39;s share for notices first." in shown


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


def test_a_notice_is_drawn_while_it_is_typed(sign_in: SignIn) -> None:
    client = sign_in()
    assert "data:image/jpeg;base64," in client.post("/console/creatives/notice/preview", data={"text": "Hello"}).text
    assert "data:image" not in client.post("/console/creatives/notice/preview", data={"text": ""}).text


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


def test_house_content_is_added_ordered_and_removed(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        first, second = make_creative(db), make_creative(db)
    client = sign_in()
    for creative in (first, second):
        client.post("/console/house", data={"creative_id": creative.id})
    lower = next(row for row in rows(engine, HouseContent) if row.creative_id == second.id)
    client.post(f"/console/house/{lower.id}/up")
    with transaction(engine) as db:
        order = db.exec(select(HouseContent.creative_id).order_by(col(HouseContent.position))).all()
    assert list(order) == [second.id, first.id]
    client.post(f"/console/house/{lower.id}/remove")
    assert [row.creative_id for row in rows(engine, HouseContent)] == [first.id]


def test_house_content_is_given_days_and_what_was_typed_wrong_stays(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        creative = make_creative(db)
    client = sign_in()
    days = {"first_on": "2099-12-24", "last_on": "2099-12-26"}
    client.post("/console/house", data={"creative_id": creative.id} | days)
    (row,) = rows(engine, HouseContent)
    assert (row.first_on, row.last_on) == (date(2099, 12, 24), date(2099, 12, 26))
    assert "2099-12-24 – 2099-12-26" in client.get("/console/house").text
    wrong = client.post(f"/console/house/{row.id}/days", data=days | {"last_on": "2099-12-01"})
    assert wrong.status_code == 422
    assert "The last day is before the first." in wrong.text
    assert 'value="2099-12-01"' in wrong.text
    far = client.post(f"/console/house/{row.id}/days", data={"last_on": "9999-12-31"})
    assert "2199" in far.text
    client.post(f"/console/house/{row.id}/days", data={"first_on": "", "last_on": ""})
    assert [(row.first_on, row.last_on) for row in rows(engine, HouseContent)] == [(None, None)]


def test_the_first_of_a_list_moves_no_further_up() -> None:
    assert moved_up(["a", "b", "c"], "c") == ["a", "c", "b"]
    assert moved_up(["a", "b"], "a") == ["a", "b"]


# --- campaigns


def booking(engine: Engine) -> dict[str, Any]:
    with transaction(engine) as db:
        advertiser = make_advertiser(db)
        creative = make_creative(db, kind="video", advertiser_id=advertiser.id, title="Spring film")
        screen = make_screen(db, tags=["north"])
    today = date.today()
    return {
        "name": "Spring",
        "advertiser_id": advertiser.id,
        "creatives[]": [creative.id],
        f"weight_{creative.id}": "3",
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(days=30)).isoformat(),
        "goal_kind": "share",
        "goal": "20",
        "targets[]": ["tag:north", f"screen:{screen.id}"],
        "hours_0": "8-10, 14:20-15:50",
        "hours_4": "22:00-02:00",
    }


def test_a_campaign_is_booked_with_its_hours_and_places(sign_in: SignIn, engine: Engine) -> None:
    answer = sign_in().post("/console/campaigns/new", data=booking(engine))
    assert answer.status_code == 302
    assert rows(engine, Campaign)[0].state is CampaignState.BOOKED
    parts = sorted((part.weekday, part.from_min, part.until_min) for part in rows(engine, Daypart))
    assert parts == [(0, 480, 600), (0, 860, 950), (4, 1320, 1560)]
    assert sorted(target.kind.value for target in rows(engine, Target)) == ["screen", "tag"]


TERMS = {
    "do": "draft",
    "goal_kind": "impressions",
    "goal": "2000000",
    "pace": "ahead",
    "hourly": "6",
    "preemptible": "true",
}


def test_a_campaign_of_impressions_keeps_all_its_terms_and_shows_them(sign_in: SignIn, engine: Engine) -> None:
    client, form = sign_in(), booking(engine)
    with transaction(engine) as db:
        homes = make_venue(db, name="Garden Court", venue_type=110102)
        flat = make_screen(db, venue=homes, bank="gate")
    places = {
        "targets[]": ["venue_type:70101", f"bank:{homes.id}/gate"],
        "exclusions[]": ["tag:north", f"screen:{flat.id}"],
    }
    refused = client.post("/console/campaigns/new", data=form | TERMS | places)
    assert refused.status_code == 422
    assert "The exclusions leave no place where the campaign may play." in refused.text
    assert f'name="exclusions[]" value="screen:{flat.id}" checked' in refused.text
    page = client.post("/console/campaigns/new", data=form | TERMS | places | {"exclusions[]": ["tag:north"]}).location
    campaign = rows(engine, Campaign)[0]
    assert (campaign.goal_kind, campaign.goal, campaign.pace) == ("impressions", 2_000_000, "ahead")
    assert (campaign.hourly, campaign.preemptible) == (6, True)
    assert [(row.kind, row.value) for row in rows(engine, Exclusion)] == [("tag", "north")]
    shown = client.get(page).text
    for words in (
        '<option value="impressions" selected>',
        '<option value="ahead" selected>',
        'name="goal" value="2000000"',
        'name="hourly" aria-describedby="hourly-hint " value="6"',
        'id="preemptible" name="preemptible" checked',
        f'value="bank:{homes.id}/gate" checked',
        'name="exclusions[]" value="tag:north" checked',
        "<details open>",
    ):
        assert words in shown, words
    assert "2,000,000 impressions" in client.get("/console/campaigns").text


def test_a_takeover_needs_no_number(sign_in: SignIn, engine: Engine) -> None:
    form = booking(engine) | {"goal_kind": "takeover", "do": "draft"}
    del form["goal"]
    client = sign_in()
    assert client.post("/console/campaigns/new", data=form).status_code == 302
    assert rows(engine, Campaign)[0].goal_kind == "takeover"
    assert "Takeover" in client.get("/console/campaigns").text


def test_terms_that_do_not_fit_the_goal_are_refused_with_the_remedy(sign_in: SignIn, engine: Engine) -> None:
    form = booking(engine) | {"goal_kind": "plays_per_day", "goal": "100", "hourly": "4"}
    answer = sign_in().post("/console/campaigns/new", data=form)
    assert answer.status_code == 422
    assert "Raise the cap, add hours, or ask for fewer plays." in answer.text
    assert 'value="4"' in answer.text


def test_a_draft_warns_of_a_spot_that_outlasts_the_ride(sign_in: SignIn, engine: Engine) -> None:
    client, form = sign_in(), booking(engine)
    page = client.post("/console/campaigns/new", data=form | {"do": "draft"}).location
    assert "a typical ride is shorter" not in client.get(page).text
    with transaction(engine) as db:
        for creative in db.exec(select(Creative)):
            creative.length_ms = 45_000
    shown = client.get(page).text
    assert (
        "“Spring film” takes 45 s. On 1 screen in a car a typical ride is shorter, of 30 s: few see its end." in shown
    )


def test_a_campaign_is_saved_as_a_draft_and_booked_later(sign_in: SignIn, engine: Engine) -> None:
    client = sign_in()
    page = client.post("/console/campaigns/new", data={**booking(engine), "do": "draft"}).location
    assert rows(engine, Campaign)[0].state is CampaignState.DRAFT
    client.post(f"{page}/book")
    assert rows(engine, Campaign)[0].state is CampaignState.BOOKED


def test_a_wrong_booking_keeps_everything_that_was_typed(sign_in: SignIn, engine: Engine) -> None:
    form = booking(engine) | {"ends_on": "2020-01-01"}
    answer = sign_in().post("/console/campaigns/new", data=form)
    assert answer.status_code == 422
    assert "The flight ends before it starts." in answer.text
    for kept in (
        'value="Spring"',
        'name="hours_0" value="8-10, 14:20-15:50"',
        'value="tag:north" checked',
        'value="3"',
    ):
        assert kept in answer.text
    assert rows(engine, Campaign) == []


def test_an_advertiser_who_names_another_in_a_wrong_booking_is_shown_nothing_of_theirs(
    sign_in: SignIn, engine: Engine
) -> None:
    with transaction(engine) as db:
        own = make_advertiser(db, name="Own")
    form = booking(engine) | {"ends_on": "2020-01-01"}
    answer = sign_in(Role.ADVERTISER, advertiser_id=own.id).post("/console/campaigns/new", data=form)
    assert answer.status_code == 422
    assert "Spring film" not in answer.text


def test_a_booking_is_shown_to_be_changed(sign_in: SignIn, engine: Engine) -> None:
    client, form = sign_in(), booking(engine)
    page = client.post("/console/campaigns/new", data=form).location
    shown = client.get(page).text
    assert 'name="hours_0" value="08:00-10:00, 14:20-15:50"' in shown
    assert 'name="hours_4" value="22:00-02:00"' in shown
    client.post(page, data=form | {"name": "Summer", "hours_0": "", "hours_4": ""})
    assert rows(engine, Campaign)[0].name == "Summer"
    assert rows(engine, Daypart) == []


# --- people


def test_an_invitation_shows_its_link_once(sign_in: SignIn, engine: Engine) -> None:
    client = sign_in(Role.OWNER)
    form = {"name": "Till", "email": "Till@Example.org", "role": "viewer"}
    assert "/link/" in client.post("/console/people/invite", data=form).text
    assert "till@example.org" in [person.email for person in rows(engine, Person)]
    again = client.post("/console/people/invite", data=form)
    assert again.status_code == 409
    assert "Someone with this e-mail address is here already." in again.text


def test_a_role_of_one_advertiser_needs_its_advertiser(sign_in: SignIn) -> None:
    form = {"name": "Ad", "email": "ad@example.org", "role": "advertiser"}
    answer = sign_in(Role.OWNER).post("/console/people/invite", data=form)
    assert answer.status_code == 422
    assert "Choose which." in answer.text


def test_the_last_owner_stays(sign_in: SignIn, engine: Engine) -> None:
    client = sign_in(Role.OWNER)
    owner = rows(engine, Person)[0]
    answer = client.post(f"/console/people/{owner.id}/disable")
    assert answer.status_code == 409
    assert "This is the last owner." in answer.text
    changed = {"name": "Me", "email": owner.email, "role": "viewer"}
    assert client.post(f"/console/people/{owner.id}", data=changed).status_code == 409


def test_a_key_is_shown_once_and_revoked(sign_in: SignIn) -> None:
    client = sign_in(Role.OWNER)
    assert "Bearer lck_" in client.post("/console/keys/new", data={"name": "Till", "role": "viewer"}).text
    listed = client.get("/console/people").text
    assert "lck_" not in listed
    key_id = listed.split("/revoke")[0].rpartition("/")[2]
    assert client.post(f"/console/keys/{key_id}/revoke").status_code == 302
