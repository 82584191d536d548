"""Reports over the API."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import Engine

from server.accounts.models import Role
from server.db import transaction
from tests.factories import (
    make_campaign,
    make_offer,
)
from tests.server.web.operator_api.conftest import key


def test_reports_are_restricted_to_the_sender(client: FlaskClient, engine: Engine) -> None:
    with transaction(engine) as db:
        campaign, offer = make_campaign(db), make_offer(db)
    span = "from_on=2026-03-01&until_on=2026-03-02"
    advertiser = key(engine, Role.ADVERTISER, advertiser_id=campaign.advertiser_id)
    assert client.get(f"/api/v1/reports/delivery?{span}", headers=advertiser).json == {"rows": []}
    assert client.get(f"/api/v1/reports/creatives?{span}", headers=advertiser).json == {"rows": []}
    assert len(client.get(f"/api/v1/reports/plays.csv?{span}", headers=advertiser).text.splitlines()) == 1
    assert client.get(f"/api/v1/reports/claims?{span}", headers=advertiser).status_code == 403
    claims = client.get(f"/api/v1/reports/claims?{span}", headers=key(engine)).json["rows"]
    assert [row["offer_id"] for row in claims] == [offer.id]
