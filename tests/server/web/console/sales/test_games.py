"""The report of games: on the page, as CSV and by the API; an advertiser sees its own campaigns.

Covers: server.plays.games, server.web.console.sales.report, server.web.operator_api.reports
"""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from server.accounts.models import Role
from server.campaigns.models import Campaign
from server.creatives.models import Creative
from server.db import new_id, to_ms, transaction, utc_now
from server.games.models import GameRound
from server.plays.models import DeliveredDay, PlayRow
from server.screens.models import Screen
from tests.factories import make_advertiser, make_campaign, make_creative, make_screen, saved
from tests.server.web.conftest import SignIn

TODAY = utc_now().date() - timedelta(days=1)  # has begun everywhere
CSV = "/console/report/games.csv"


def play_game(db: Session, campaign: Campaign, screen: Screen, game: Creative) -> None:
    """Three plays, of which four phones joined one."""
    at = datetime.combine(TODAY, time(12), UTC)
    day = {"screen_id": screen.id, "on": TODAY, "campaign_id": campaign.id}
    saved(db, DeliveredDay(item=game.id, plays=3, **day))
    spot = {"item": f"{game.id}-{campaign.id}", "starts_ms": to_ms(at), "counts_for": f"{screen.id}:{to_ms(at)}"}
    shown = {"began_ms": to_ms(at), "ended_ms": to_ms(at) + 30_000, "result": "played", "accepted_at": at}
    saved(db, PlayRow(id=new_id(), kind="spot", player_id=new_id(), version=1, **day, **spot, **shown))
    phones = {"joined": 4, "played": 3, "finished": 2, "prizes": 1}
    game_of = {"creative_id": game.id, "campaign_id": campaign.id, "seed": "00" * 32, "length_ms": 30_000}
    saved(db, GameRound(screen_id=screen.id, starts_at=at, saved_at=at, **game_of, **phones))


@pytest.fixture
def campaign(engine: Engine) -> Campaign:
    with transaction(engine) as db:
        campaign = make_campaign(db, name="Spring", advertiser=make_advertiser(db))
        play_game(db, campaign, make_screen(db), make_creative(db, kind="game", title="Run for noodles"))
    return campaign


def numbers_on(page: str) -> list[str]:
    row = page.split("Run for noodles")[-1].split("</tr>")[0]
    return [cell.split("<")[0].split(">")[-1] for cell in row.split("<td")[2:]]


@pytest.mark.parametrize(("language", "heading"), [("en", "Phones joined"), ("zh", "加入的手机")])
def test_the_report_shows_the_phones_of_each_game(
    sign_in: SignIn, campaign: Campaign, language: str, heading: str
) -> None:
    page = sign_in().get(f"/console/report?campaign={campaign.id}", headers={"Accept-Language": language}).text
    games = page.split('id="games"')[1].split('id="phones"')[0]
    assert heading in games
    assert numbers_on(games) == ["3", "1", "4", "3", "2", "1"]


def test_a_report_without_games_says_nothing_of_them(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        campaign = make_campaign(db)
        day = {"screen_id": make_screen(db).id, "on": TODAY, "campaign_id": campaign.id}
        saved(db, DeliveredDay(item=make_creative(db).id, plays=3, **day))
    assert 'id="games"' not in sign_in().get("/console/report").text


def test_csv_and_api_have_a_row_for_each_game_day_and_screen(sign_in: SignIn, campaign: Campaign) -> None:
    client = sign_in()
    (line,) = csv.DictReader(io.StringIO(client.get(CSV).text.removeprefix("\ufeff")))
    assert (line["campaign"], line["game"], line["plays"], line["joined"]) == ("Spring", "Run for noodles", "3", "4")
    (row,) = client.get(f"/api/v1/reports/games?from_on={TODAY}&until_on={TODAY}").get_json()["rows"]
    assert row["counts"] == {"plays": 3, "rounds": 1, "joined": 4, "played": 3, "finished": 2, "prizes": 1}


def test_an_advertiser_sees_its_own_games_alone(sign_in: SignIn, engine: Engine, campaign: Campaign) -> None:
    with transaction(engine) as db:
        other = make_advertiser(db).id
    for advertiser, games in ((campaign.advertiser_id, 1), (other, 0)):
        client = sign_in(Role.ADVERTISER, advertiser_id=advertiser)
        assert len(client.get(f"/api/v1/reports/games?from_on={TODAY}&until_on={TODAY}").get_json()["rows"]) == games
        assert len(client.get(CSV).text.splitlines()) == 1 + games
        assert ('id="games"' in client.get("/console/report").text) == bool(games)
