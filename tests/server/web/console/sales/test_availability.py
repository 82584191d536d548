"""Free plays are shown before a booking, and a booking that does not fit is refused, on pages and over the API.

Covers: server.campaigns.availability_messages, server.campaigns.holds, server.http.availability_client
Covers: server.web.operator_api.availability, server.web.words.availability
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import select, update

from server.accounts.models import AuditEntry, Role
from server.availability.server import AvailabilityService, make_server
from server.campaigns.availability_messages import AvailabilityAnswer, AvailabilityQuery
from server.campaigns.book import book_campaign
from server.campaigns.forms import BookingForm
from server.campaigns.models import Campaign, CampaignHold, CampaignState
from server.context import Services
from server.db import transaction, utc_now
from server.http.availability_client import DeskAway, availability_client
from server.settings import Settings
from tests.factories import make_advertiser, make_creative, make_screen, make_venue
from tests.rig.servers.ports import free_port
from tests.server.web.conftest import SignIn

DAY = "2099-03-02"
HOURS = {str(day): [[480, 1080]] for day in range(7)}
# Ten hours of 10 s spots, a twelfth of it lost to 5 s of something else between two of one campaign, and a tenth kept.
IN_A_DAY = 2400


@dataclass(frozen=True)
class Place:
    """A network of one screen, and an advertiser with a creative of 10 s."""

    advertiser: str
    creative: str

    def fields(self, **more: Any) -> dict[str, Any]:
        """The booking page's form, as a browser sends it."""
        plain = {"name": "Spring", "advertiser_id": self.advertiser, "creatives[]": self.creative, "starts_on": DAY}
        return {**plain, "ends_on": DAY, "targets[]": "all", "goal_kind": "plays", "goal": "1000", "do": "book", **more}

    def json(self, **more: Any) -> dict[str, Any]:
        plain = {"name": "Spring", "advertiser_id": self.advertiser, "creatives": [{"creative_id": self.creative}]}
        flight = {"starts_on": DAY, "ends_on": DAY, "targets": [{"kind": "all"}], "goal_kind": "plays", "goal": 1000}
        return {**plain, **flight, **more}


@pytest.fixture
def place(engine: Engine) -> Place:
    with transaction(engine) as db:
        make_screen(db, venue=make_venue(db, zone="UTC", hours=HOURS))
        advertiser = make_advertiser(db)
        return Place(advertiser.id, make_creative(db, advertiser_id=advertiser.id).id)


def campaigns(engine: Engine) -> list[Campaign]:
    with transaction(engine) as db:
        return list(db.exec(select(Campaign).order_by(Campaign.id)))


def free(client: FlaskClient, place: Place, **more: Any) -> dict[str, Any]:
    return client.post("/api/v1/campaigns/availability", json=place.json(**more)).json


@contextmanager
def desk_away(app: Flask) -> Iterator[None]:
    def away(query: AvailabilityQuery) -> AvailabilityAnswer:
        raise DeskAway

    services: Services = app.extensions["liftcast"]
    app.extensions["liftcast"] = replace(services, query_availability=away)
    yield
    app.extensions["liftcast"] = services


# --- shown and refused


def test_the_booking_page_shows_the_free_capacity(sign_in: SignIn, place: Place) -> None:
    answer = sign_in().post("/console/campaigns/room", data=place.fields(goal="50000", name=""))
    assert f"This screen has {IN_A_DAY:,} free plays in that flight; you ask for 50,000." in answer.text
    assert f"Ask for {IN_A_DAY:,} at the most" in answer.text


def test_the_booking_page_waits_until_enough_is_chosen(sign_in: SignIn, place: Place) -> None:
    answer = sign_in().post("/console/campaigns/room", data={"advertiser_id": place.advertiser, "goal": "5"})
    assert answer.status_code == 200
    assert "to see what is still free." in answer.text


def test_an_oversold_booking_is_refused_with_what_fits_and_as_it_was_typed(
    sign_in: SignIn, engine: Engine, place: Place
) -> None:
    answer = sign_in().post("/console/campaigns/new", data=place.fields(goal=str(IN_A_DAY + 1)))
    assert answer.status_code == 409
    assert f"This screen has {IN_A_DAY:,} free plays in that flight; you ask for {IN_A_DAY + 1:,}." in answer.text
    assert f"Ask for {IN_A_DAY:,} at the most, or let the flight end on Mar 3, 2099." in answer.text
    assert f'value="{IN_A_DAY + 1}"' in answer.text
    assert campaigns(engine) == []


def test_a_booking_that_fits_is_sold_and_the_next_one_beyond_it_is_refused(
    sign_in: SignIn, engine: Engine, place: Place
) -> None:
    client = sign_in()
    assert client.post("/api/v1/campaigns", json=place.json(goal=2000)).status_code == 201
    refused = client.post("/api/v1/campaigns", json=place.json(goal=2000))
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "no_room")
    answer = free(client, place, goal=2000)
    nearest = answer["nearest"]
    assert (answer["fits"], answer["exact"]) == (False, True)
    assert client.post("/api/v1/campaigns", json=place.json(goal=nearest)).status_code == 201
    assert [campaign.goal for campaign in campaigns(engine)] == [2000, nearest]


@pytest.mark.parametrize(
    ("goal", "words"),
    [
        ({"goal_kind": "share", "goal": 95}, "percent of its time free on Mar 2, 2099; you ask for 95."),
        ({"goal_kind": "plays_per_day", "goal": 3000}, "has room for 2,400 plays on Mar 2, 2099"),
        ({"goal_kind": "impressions", "goal": 3000}, "has 2,400 impressions free in that flight; you ask for 3,000."),
    ],
)
def test_every_goal_is_described_in_its_own_words(
    sign_in: SignIn, place: Place, goal: dict[str, Any], words: str
) -> None:
    answer = free(sign_in(), place, **goal)
    assert not answer["fits"]
    assert words in answer["message"]
    assert free(sign_in(), place, **goal | {"goal": answer["nearest"]})["fits"]


def test_a_takeover_leaves_nothing_and_takes_nothing_that_is_sold(sign_in: SignIn, place: Place) -> None:
    client = sign_in()
    takeover = place.json(goal_kind="takeover", goal=100)
    assert client.post("/api/v1/campaigns", json=place.json(goal=10)).status_code == 201
    refused = client.post("/api/v1/campaigns", json=takeover)
    assert "others have time on Mar 2, 2099 that they keep" in refused.json["error"]["message"]
    later = {"starts_on": "2099-03-03", "ends_on": "2099-03-03"}
    assert client.post("/api/v1/campaigns", json=takeover | later).status_code == 201
    assert free(client, place, **later)["free"] == 0


def test_a_bonus_is_never_refused(sign_in: SignIn, app: Flask, place: Place) -> None:
    client = sign_in()
    assert client.post("/api/v1/campaigns", json=place.json(goal=9999, preemptible=True)).status_code == 201
    with desk_away(app):
        assert client.post("/api/v1/campaigns", json=place.json(goal=9999, preemptible=True)).status_code == 201


def test_a_change_is_checked_as_a_booking_is(sign_in: SignIn, engine: Engine, place: Place) -> None:
    client = sign_in()
    made = client.post("/api/v1/campaigns", json=place.json(goal=2000)).json["id"]
    at = f"/api/v1/campaigns/{made}"
    assert client.put(at, json=place.json(goal=IN_A_DAY)).status_code == 200
    assert client.put(at, json=place.json(goal=IN_A_DAY + 1)).json["error"]["code"] == "no_room"
    assert client.post(f"{at}/pause").status_code == 200
    assert client.post("/api/v1/campaigns", json=place.json(goal=IN_A_DAY)).status_code == 201
    assert client.post(f"{at}/resume").json["error"]["code"] == "no_room"
    assert [campaign.goal for campaign in campaigns(engine)] == [IN_A_DAY, IN_A_DAY]


# --- the desk away


def test_nothing_typed_is_lost_while_the_desk_is_away(
    sign_in: SignIn, app: Flask, engine: Engine, place: Place
) -> None:
    client = sign_in()
    with desk_away(app):
        answer = client.post("/console/campaigns/new", data=place.fields(name="Mid-Autumn"))
        assert answer.status_code == 503
        assert "The booking desk does not answer" in answer.text
        assert 'value="Mid-Autumn"' in answer.text
        assert "does not answer" in client.post("/console/campaigns/room", data=place.fields()).text
        assert campaigns(engine) == []
        assert client.post("/console/campaigns/new", data=place.fields(do="draft")).status_code == 302
    [draft] = campaigns(engine)
    assert client.post(f"/console/campaigns/{draft.id}/book").status_code == 302
    assert campaigns(engine)[0].state == CampaignState.BOOKED


def test_another_name_or_less_of_the_same_needs_no_desk(sign_in: SignIn, app: Flask, place: Place) -> None:
    client = sign_in()
    made = client.post("/api/v1/campaigns", json=place.json()).json["id"]
    with desk_away(app):
        assert client.put(f"/api/v1/campaigns/{made}", json=place.json(name="Autumn", goal=900)).status_code == 200
        assert client.put(f"/api/v1/campaigns/{made}", json=place.json(goal=901)).status_code == 503


# --- races


def test_of_two_who_found_the_same_capacity_the_second_is_answered_anew(
    sign_in: SignIn, app: Flask, engine: Engine, place: Place
) -> None:
    """Each of them fits; the other books between this one's answer and its booking."""
    services: Services = app.extensions["liftcast"]
    answers: list[AvailabilityAnswer] = []

    def outrun(query: AvailabilityQuery) -> AvailabilityAnswer:
        answers.append(services.query_availability(query))
        if len(answers) == 1:
            Thread(target=book_other).start()
            while len(campaigns(engine)) == 0:
                pass
        return answers[-1]

    def book_other() -> None:
        with transaction(engine) as db:
            book_campaign(db, BookingForm.model_validate(place.json(goal=2000)), by=None, now=utc_now())

    app.extensions["liftcast"] = replace(services, query_availability=outrun)
    refused = sign_in().post("/api/v1/campaigns", json=place.json(goal=2000))
    assert [answer.fits for answer in answers] == [True, False]
    assert refused.json["error"]["code"] == "no_room"
    assert len(campaigns(engine)) == 1


# --- holds


def drafted(client: FlaskClient, place: Place, **more: Any) -> str:
    return str(client.post("/api/v1/campaigns?draft=1", json=place.json(**more)).json["id"])


def test_a_hold_withholds_capacity_from_others_until_it_is_booked(
    sign_in: SignIn, engine: Engine, place: Place
) -> None:
    client = sign_in()
    draft = drafted(client, place, goal=2000)
    answer = client.post(f"/api/v1/campaigns/{draft}/hold", json={})
    assert answer.status_code == 201
    assert client.post("/api/v1/campaigns", json=place.json(goal=2000)).json["error"]["code"] == "no_room"
    assert "This capacity is held until" in client.get(f"/console/campaigns/{draft}").text
    assert client.post(f"/api/v1/campaigns/{draft}/book").status_code == 200
    with transaction(engine) as db:
        assert db.exec(select(CampaignHold)).all() == []
        actions = [entry.action for entry in db.exec(select(AuditEntry).order_by(AuditEntry.id))]
    assert actions == ["campaign drafted", "campaign held", "campaign booked"]


def test_a_hold_lapses_by_itself(sign_in: SignIn, engine: Engine, place: Place) -> None:
    client = sign_in()
    draft = drafted(client, place, goal=2000)
    client.post(f"/api/v1/campaigns/{draft}/hold", json={"hours": 1})
    with transaction(engine) as db:
        db.exec(update(CampaignHold).values(until_at=utc_now() - timedelta(seconds=1)))
    assert "This capacity is held until" not in client.get(f"/console/campaigns/{draft}").text
    assert client.post("/api/v1/campaigns", json=place.json(goal=2000)).status_code == 201
    assert client.post(f"/api/v1/campaigns/{draft}/book").json["error"]["code"] == "no_room"
    assert client.delete(f"/api/v1/campaigns/{draft}/hold").json["error"]["code"] == "not_held"


def test_a_hold_is_released_on_its_page(sign_in: SignIn, place: Place) -> None:
    client = sign_in()
    draft = drafted(client, place, goal=2000)
    assert client.post(f"/console/campaigns/{draft}/hold", data={"hours": "24"}).status_code == 302
    assert client.post("/api/v1/campaigns", json=place.json(goal=2000)).status_code == 409
    assert client.post(f"/console/campaigns/{draft}/release").status_code == 302
    assert client.post("/api/v1/campaigns", json=place.json(goal=2000)).status_code == 201


def test_a_hold_must_fit_and_a_held_draft_grows_only_into_free_capacity(sign_in: SignIn, place: Place) -> None:
    client = sign_in()
    draft = drafted(client, place, goal=9000)
    at = f"/api/v1/campaigns/{draft}"
    assert client.post(f"{at}/hold", json={}).json["error"]["code"] == "no_room"
    assert client.put(at, json=place.json(goal=2000)).status_code == 200
    assert client.post(f"{at}/hold", json={}).status_code == 201
    assert client.put(at, json=place.json(goal=9000)).json["error"]["code"] == "no_room"


def test_a_hold_is_of_a_draft_and_two_weeks_at_the_most(sign_in: SignIn, place: Place) -> None:
    client = sign_in()
    draft = drafted(client, place)
    assert client.post(f"/api/v1/campaigns/{draft}/hold", json={"hours": 337}).status_code == 422
    assert client.post(f"/api/v1/campaigns/{draft}/hold", json={"hours": 336}).status_code == 201
    assert client.post(f"/api/v1/campaigns/{draft}/book").status_code == 200
    assert client.post(f"/api/v1/campaigns/{draft}/hold", json={}).json["error"]["code"] == "wrong_state"


def test_nobody_queries_holds_or_releases_for_another_advertiser(sign_in: SignIn, engine: Engine, place: Place) -> None:
    with transaction(engine) as db:
        other = make_advertiser(db, name="Other")
    owner, stranger = sign_in(), sign_in(Role.ADVERTISER, advertiser_id=other.id)
    draft = drafted(owner, place)
    assert owner.post(f"/api/v1/campaigns/{draft}/hold", json={}).status_code == 201
    assert stranger.post(f"/api/v1/campaigns/{draft}/hold", json={}).status_code == 403
    assert stranger.delete(f"/api/v1/campaigns/{draft}/hold").status_code == 403
    assert stranger.post("/api/v1/campaigns/availability", json=place.json()).status_code == 403
    assert stranger.post(f"/console/campaigns/{draft}/hold", data={}).status_code == 403
    assert stranger.post(f"/console/campaigns/{draft}/release").status_code == 403
    assert sign_in(Role.VIEWER).post("/api/v1/campaigns/availability", json=place.json()).status_code == 403


# --- the desk itself


def test_only_who_knows_the_servers_key_is_answered(settings: Settings, engine: Engine, place: Place) -> None:
    server = make_server(AvailabilityService(engine, settings), port=0)
    Thread(target=server.serve_forever, daemon=True).start()
    here = settings.model_copy(update={"planner_port": server.server_port})
    query = AvailabilityQuery(form=BookingForm.model_validate(place.json()))
    try:
        assert availability_client(here)(query).free == IN_A_DAY
        with pytest.raises(DeskAway):
            availability_client(here.model_copy(update={"secret_key": "x" * 64}))(query)
    finally:
        server.shutdown()
        server.server_close()
    with pytest.raises(DeskAway):
        availability_client(settings.model_copy(update={"planner_port": free_port()}))(query)
