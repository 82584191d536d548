"""Bookings are named before a screen or a venue is retired, or an advertiser archived."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import event

from server.campaigns.models import Daypart
from server.campaigns.uses import campaigns_of_screens, coupons_of_offer, uses_of_advertiser
from tests.factories import make_advertiser, make_campaign, make_creative, make_offer, make_screen, make_venue, saved

SUNDAY = date(2026, 3, 8)
MONDAY = SUNDAY + timedelta(days=1)


def test_a_campaign_in_its_last_night_is_not_over(db):
    screen, advertiser, offer = make_screen(db), make_advertiser(db), make_offer(db)
    coupon = make_creative(db, kind="coupon", offer_id=offer.id)
    more = {"advertiser": advertiser, "screens": [screen], "creatives": [coupon], "ends_on": SUNDAY}
    night = make_campaign(db, name="Night", **more)
    saved(db, Daypart(campaign_id=night.id, weekday=6, from_min=1320, until_min=1560))
    make_campaign(db, name="Day", **more)
    for today, names in ((SUNDAY, ["Day", "Night"]), (MONDAY, ["Night"]), (MONDAY + timedelta(days=1), [])):
        for found in (
            campaigns_of_screens(db, [screen], today=today),
            uses_of_advertiser(db, advertiser.id, today=today).running,
            coupons_of_offer(db, offer.id, today=today).running,
        ):
            assert [campaign.name for campaign in found] == names


def test_a_venues_screens_are_read_once_however_many_there_are(db):
    venue = make_venue(db)
    screens = [make_screen(db, venue=venue, name=f"Lift {n}", bank="east" if n else None) for n in range(8)]
    make_campaign(db, name="Of the bank's first", screens=[screens[1]], ends_on=SUNDAY)
    statements: list[str] = []

    def listen(*args: object) -> None:
        statements.append(str(args[2]))

    event.listen(db.get_bind(), "before_cursor_execute", listen)
    try:
        [few, many] = [
            (campaigns_of_screens(db, screens[:n], today=SUNDAY), len(statements)) for n in (2, len(screens))
        ]
    finally:
        event.remove(db.get_bind(), "before_cursor_execute", listen)
    assert [campaign.name for campaign in few[0] + many[0]] == ["Of the bank's first"] * 2
    assert many[1] == 2 * few[1]
    assert campaigns_of_screens(db, screens[:1], today=SUNDAY) == []
    assert len(campaigns_of_screens(db, screens[7:], today=SUNDAY)) == 1
