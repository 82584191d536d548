from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from sqlmodel import col, select, update

from media.hotspot_plan import VenueHotspotPlan
from media.wire.timeline import Manifest
from server.campaigns.book import change_campaign, end_campaign, form_of, pause_campaign, resume_campaign
from server.campaigns.house import add_house_content, remove_house_content
from server.campaigns.models import GoalKind, HouseContent
from server.campaigns.notices import run_notice
from server.creatives.models import Creative, CreativeState
from server.db import reading, to_ms, transaction
from server.planner.model.days import date_at
from server.screens.hotspot_plans import set_hotspot_plan
from server.screens.models import Venue
from server.timelines import publish
from server.timelines.expiring import venues_expiring
from server.timelines.models import PlannedDay, PublishedTimeline
from tests.server.timelines.world import (
    NOON,
    World,
    add_advertiser,
    add_creative,
    add_screen,
    forget,
    later,
    make_world,
    shown,
    spent_ms,
    spots,
    topics,
)

NOON_MS = to_ms(NOON)
FREEZE_MS = 10_000


def test_the_first_version_shows_at_once_and_reaches_fourteen_days_ahead(world: World) -> None:
    [first] = world.publish()
    manifest = Manifest.model_validate(first.manifest)
    assert (manifest.version, manifest.effective_ms) == (1, NOON_MS)
    assert [day.on for day in manifest.days] == [str(date(2026, 3, 2) + timedelta(days=n)) for n in range(15)]
    assert all(before.ends_ms == after.starts_ms for before, after in pairwise(manifest.days))
    assert all(world.store.verify(day.digest) for day in manifest.days)
    assert world.timeline().spot_at(NOON_MS).item == world.house[0]
    assert world.timeline().spot_at(NOON_MS - 1).kind == "off"


def test_a_manifest_contains_all_settings_of_its_screen(world: World) -> None:
    world.publish()
    manifest = world.timeline().manifest
    assert manifest.code == world.screen.code
    assert manifest.media_base == world.settings.media_url
    assert manifest.settings.page_url == f"{world.settings.public_url}/s/{world.screen.code}"
    assert manifest.settings.short_address == f"127.0.0.1:8000/s/{world.screen.code}"
    assert (manifest.settings.venue, manifest.settings.zone) == ("Harbour Tower", "UTC")
    assert manifest.settings.presence_key == world.screen.presence_key


def test_the_plan_of_the_venues_hotspots_is_in_the_next_version(world: World) -> None:
    world.publish()
    assert world.timeline().manifest.settings.hotspot is None
    plan = VenueHotspotPlan(ssid="Lobby", country="DE")
    with transaction(world.engine) as db:
        set_hotspot_plan(db, world.venue.id, plan, by=None, now=NOON)
    assert len(world.publish()) == 1
    sent = world.timeline().manifest.settings.hotspot
    assert sent is not None
    assert VenueHotspotPlan.model_validate(sent.plan) == plan
    assert world.publish() == []


def test_nothing_changed_means_no_new_version(world: World) -> None:
    world.book()
    assert len(world.publish()) == 1
    for minutes in (0, 1, 57, 600):
        assert world.publish(later(minutes=minutes)) == []


def test_a_change_shows_from_the_first_spot_boundary_after_the_freeze(world: World) -> None:
    world.publish()
    old = world.timeline()
    world.book(goal=100.0)
    now = later(minutes=7, seconds=3)
    world.publish(now)
    new = world.timeline()
    effective = new.manifest.effective_ms
    assert effective == old.planned_at(to_ms(now) + FREEZE_MS).ends_ms
    assert shown(new, NOON_MS, effective) == shown(old, NOON_MS, effective)
    assert new.spot_at(effective).item not in world.house


def test_readers_of_both_versions_agree_until_the_change_even_when_house_content_changes(world: World) -> None:
    world.book()
    world.publish()
    old = world.timeline()
    with transaction(world.engine) as db:
        row = db.exec(select(HouseContent).where(col(HouseContent.creative_id) == world.house[0])).one()
        remove_house_content(db, row.id, now=NOON)
        add_house_content(db, add_creative(db, length_ms=20_000).id, now=NOON)
    now = later(minutes=33, seconds=2)
    world.publish(now)
    new = world.timeline()
    assert shown(new, NOON_MS, new.manifest.effective_ms) == shown(old, NOON_MS, new.manifest.effective_ms)
    after = shown(new, new.manifest.effective_ms, NOON_MS + 86_400_000)
    assert world.house[0] not in {item for _, _, item in after}


def test_two_quick_changes_keep_what_the_first_one_froze(world: World) -> None:
    world.publish()
    first = world.book(goal=50.0)
    world.publish(later(seconds=60))
    between = world.timeline()
    with transaction(world.engine) as db:
        end_campaign(db, first.id, by=None, now=later(seconds=62))
    world.publish(later(seconds=62))
    new = world.timeline()
    assert shown(new, NOON_MS, new.manifest.effective_ms) == shown(between, NOON_MS, new.manifest.effective_ms)
    assert {item for _, _, item in shown(new, new.manifest.effective_ms, NOON_MS + 3_600_000)} == set(world.house)


def test_a_campaign_gets_its_share_of_every_hour_and_no_more(world: World) -> None:
    world.book(goal=20.0)
    world.publish()
    timeline = world.timeline()
    for hour in range(1, 11):
        starts = NOON_MS + hour * 3_600_000
        mine = sum(b - a for a, b, item in shown(timeline, starts, starts + 3_600_000) if item not in world.house)
        assert mine == pytest.approx(0.2 * 3_600_000, abs=10_000)


def test_only_screens_whose_manifest_changed_get_a_hint(world: World) -> None:
    with transaction(world.engine) as db:
        other = add_screen(db, world.venue, tags=["lobby"])
    world.publish()
    forget(world.engine)
    world.book(targets=({"kind": "tag", "value": "lobby"},))
    published = world.publish(later(minutes=1))
    assert [row.screen_id for row in published] == [other.id]
    assert topics(world.engine) == [("timeline", other.id), ("stage", other.id)]


def test_a_screen_that_gets_the_tag_joins(world: World) -> None:
    with transaction(world.engine) as db:
        add_screen(db, world.venue, tags=["lobby"])
    world.book(targets=({"kind": "tag", "value": "lobby"},))
    world.publish()
    assert set(world.timeline().manifest.items) == set(world.house)
    with transaction(world.engine) as db:
        world.screen.tags = ["lobby"]
        db.add(db.merge(world.screen))
    world.publish(later(minutes=1))
    assert len(world.timeline().manifest.items) == 3


def test_screens_of_a_bank_share_their_day_tables(world: World) -> None:
    with transaction(world.engine) as db:
        left, right = (add_screen(db, world.venue, bank="north") for _ in range(2))
    world.book(targets=({"kind": "screen", "value": left.id},))
    world.publish()
    assert world.timeline(left).manifest.days == world.timeline(right).manifest.days
    assert len(world.timeline(right).manifest.items) == 3


def test_equal_days_are_one_file(world: World) -> None:
    world.publish()
    assert len({day.digest for day in world.timeline().manifest.days[1:]}) == 1


def test_a_paused_campaign_leaves_and_a_resumed_one_returns(world: World) -> None:
    campaign = world.book()
    world.publish()
    with transaction(world.engine) as db:
        pause_campaign(db, campaign.id, by=None, now=NOON)
    world.publish(later(minutes=1))
    at = world.timeline().manifest.effective_ms
    assert {item for _, _, item in shown(world.timeline(), at, at + 3_600_000)} == set(world.house)
    with transaction(world.engine) as db:
        resume_campaign(db, campaign.id, by=None, now=NOON)
    world.publish(later(minutes=2))
    at = world.timeline().manifest.effective_ms
    assert len({item for _, _, item in shown(world.timeline(), at, at + 3_600_000)}) == 3


def test_an_archived_creative_leaves_the_plan(world: World) -> None:
    world.book()
    world.publish()
    with transaction(world.engine) as db:
        mine = col(Creative.advertiser_id) == world.advertiser.id
        db.exec(update(Creative).where(mine).values(state=CreativeState.ARCHIVED))
    world.publish(later(minutes=1))
    at = world.timeline().manifest.effective_ms
    assert {item for _, _, item in shown(world.timeline(), at, at + 3_600_000)} == set(world.house)


def test_a_new_notice_is_planned_within_45_seconds_of_effective(world: World) -> None:
    world.book(goal=60.0)
    world.publish()
    with transaction(world.engine) as db:
        for back in (3, 1):
            older = add_creative(db, kind="notice", venue_id=world.venue.id)
            run_notice(db, older.id, world.venue.id, from_at=later(days=-back), now=NOON)
    world.publish(later(minutes=5))
    with transaction(world.engine) as db:
        notice = add_creative(db, kind="notice", venue_id=world.venue.id)
        run_notice(db, notice.id, world.venue.id, from_at=later(minutes=9), now=later(minutes=9))
    world.publish(later(minutes=9, seconds=1))
    timeline = world.timeline()
    effective = timeline.manifest.effective_ms
    first = next(starts for starts, _, item in shown(timeline, effective, effective + 600_000) if item == notice.id)
    assert first - effective <= 45_000
    assert effective - to_ms(later(minutes=9)) <= 30_000


def test_a_notice_that_was_drawn_late_is_still_shown_first(world: World) -> None:
    with transaction(world.engine) as db:
        notice = add_creative(db, kind="notice", venue_id=world.venue.id, state=CreativeState.PROCESSING)
        run_notice(db, notice.id, world.venue.id, from_at=later(days=-1), now=NOON)
    world.publish()
    assert notice.id not in world.timeline().manifest.items
    with transaction(world.engine) as db:
        ready = add_creative(db, kind="notice", venue_id=world.venue.id)
        run_notice(db, ready.id, world.venue.id, from_at=later(days=-1), now=NOON)
    world.publish(later(minutes=1))
    timeline = world.timeline()
    effective = timeline.manifest.effective_ms
    assert any(item == ready.id for _, _, item in shown(timeline, effective, effective + 45_000))


def test_notices_have_what_the_venue_reserves_as_spots_and_fill_what_nobody_bought(world: World) -> None:
    with transaction(world.engine) as db:
        notice = add_creative(db, kind="notice", venue_id=world.venue.id)
        run_notice(db, notice.id, world.venue.id, now=NOON)
    world.book(goal=60.0)
    world.publish()
    begin, end = NOON_MS + 3_600_000, NOON_MS + 7_200_000
    hour = [spot for spot in spots(world.timeline(), begin, end) if spot.item == notice.id]
    assert spent_ms(hour, "spot") == pytest.approx(360_000, abs=10_000)
    assert spent_ms(hour, "spot") + spent_ms(hour, "house") == pytest.approx(1_440_000, abs=10_000)


def test_a_takeover_has_the_screen_for_itself(world: World) -> None:
    with transaction(world.engine) as db:
        notice = add_creative(db, kind="notice", venue_id=world.venue.id)
        run_notice(db, notice.id, world.venue.id, now=NOON)
    campaign = world.book(goal=100.0)
    world.publish()
    hour = shown(world.timeline(), NOON_MS + 3_600_000, NOON_MS + 7_200_000)
    assert {item.endswith(campaign.id) for _, _, item in hour if item} == {True}


def test_at_midnight_a_day_is_added_and_yesterday_stays_readable(world: World) -> None:
    world.book()
    world.publish()
    with reading(world.engine) as db:
        assert venues_expiring(db, now=later(hours=11), days_ahead=14) == []
        assert venues_expiring(db, now=later(hours=14), days_ahead=14) == [world.venue.id]
    old = world.timeline()
    world.publish(later(hours=12, minutes=1))
    new = world.timeline()
    assert [day.on for day in new.manifest.days[:2]] == ["2026-03-02", "2026-03-03"]
    assert new.manifest.days[-1].on == "2026-03-17"
    assert new.manifest.days[:15] == old.manifest.days
    midnight = to_ms(later(hours=12))
    assert new.stage(midnight + 5_000).past == old.stage(midnight + 5_000).past
    assert world.publish(later(hours=12, minutes=2)) == []


def test_a_venue_without_any_timeline_is_due_and_a_retired_one_is_not(world: World) -> None:
    with transaction(world.engine) as db:
        assert venues_expiring(db, now=NOON, days_ahead=14) == [world.venue.id]
        db.exec(update(Venue).values(retired_at=NOON))
        assert venues_expiring(db, now=NOON, days_ahead=14) == []
    assert world.publish() == []


def test_after_weeks_of_silence_the_past_that_house_content_filled_is_agreed_on(world: World) -> None:
    world.publish()
    old = world.timeline()
    now = later(days=40, hours=-3)
    world.publish(now)
    new = world.timeline()
    starts, effective = to_ms(later(days=39, hours=22)), new.manifest.effective_ms
    assert shown(new, starts, effective) == shown(old, starts, effective)


def test_planned_and_booked_are_written_for_the_report(world: World) -> None:
    campaign = world.book(goal_kind=GoalKind.PLAYS_PER_DAY, goal=480.0)
    world.publish()
    with reading(world.engine) as db:
        rows = db.exec(select(PlannedDay).where(PlannedDay.campaign_id == campaign.id)).all()
        days = {row.on: (row.booked, row.planned, row.why) for row in rows}
    assert days[date(2026, 3, 2)] == (240, 240, "")
    assert days[date(2026, 3, 3)] == (480, 480, "")
    assert len(days) == 15


def test_plays_of_a_campaign_that_left_stay_in_the_report(world: World) -> None:
    campaign = world.book()
    world.publish()
    with transaction(world.engine) as db:
        pause_campaign(db, campaign.id, by=None, now=NOON)
    world.publish(later(hours=1))
    with reading(world.engine) as db:
        [row] = db.exec(select(PlannedDay).where(PlannedDay.campaign_id == campaign.id)).all()
    assert row.on == date(2026, 3, 2)
    assert row.booked == row.planned == pytest.approx(72, abs=2)


def test_an_overbooked_screen_shares_out_its_time_and_reports_the_shortfall(world: World) -> None:
    with transaction(world.engine) as db:
        other = replace(world, advertiser=add_advertiser(db, "Tea House"))
    campaigns = [world.book(goal=80.0), other.book(goal=80.0)]
    world.publish()
    with reading(world.engine) as db:
        rows = db.exec(select(PlannedDay).where(PlannedDay.on == date(2026, 3, 3))).all()
    assert {row.campaign_id for row in rows} == {campaign.id for campaign in campaigns}
    assert {(row.booked, row.why) for row in rows} == {(6912, "overbooked")}
    assert sum(row.planned for row in rows) == 8640


def test_a_longer_flight_replans_no_day_that_was_planned_already(world: World) -> None:
    campaign = world.book(ends_on=date(2026, 3, 5))
    world.publish()
    before = world.timeline().manifest.days
    with transaction(world.engine) as db:
        form = form_of(db, campaign.id).model_copy(update={"ends_on": date(2026, 3, 6)})
        change_campaign(db, campaign.id, form, by=None, now=NOON)
    world.publish(later(minutes=1))
    after = world.timeline().manifest.days
    assert after[:4] == before[:4]
    assert after[4] != before[4]


def test_of_two_publishers_at_once_one_starts_again_from_the_others_version(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.publish()
    world.book()
    draft_venue, overtaken = publish.draft_venue, []

    def overtaken_once(*args: object, **more: object) -> object:
        drafts = draft_venue(*args, **more)  # type: ignore[arg-type]
        if not overtaken:
            overtaken.append(True)
            world.book(goal=5.0)
            world.publish(later(minutes=1))
        return drafts

    monkeypatch.setattr(publish, "draft_venue", overtaken_once)
    world.publish(later(minutes=1))
    with reading(world.engine) as db:
        versions = db.exec(select(PublishedTimeline.version).order_by(col(PublishedTimeline.version))).all()
    assert list(versions) == [1, 2]


def test_closed_hours_are_off_and_a_change_of_hours_does_not_wait_for_the_opening(world: World) -> None:
    with transaction(world.engine) as db:
        hours = {str(weekday): [[480, 600]] for weekday in range(7)}
        db.exec(update(Venue).where(col(Venue.id) == world.venue.id).values(hours=hours))
    world.publish()
    assert world.timeline().spot_at(NOON_MS).kind == "off"
    assert world.timeline().spot_at(to_ms(later(hours=21))).item in world.house
    with transaction(world.engine) as db:
        db.exec(update(Venue).where(col(Venue.id) == world.venue.id).values(hours={}))
    world.publish(later(minutes=1))
    assert world.timeline().manifest.effective_ms == to_ms(later(minutes=1, seconds=10))
    assert world.timeline().spot_at(to_ms(later(minutes=1, seconds=10))).item == world.house[0]


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns", "Africa/Cairo"])
def test_days_begin_at_the_venues_midnight(world: World, zone: str) -> None:
    there = make_world(world.engine, world.store, world.settings, zone=zone)
    there.publish()
    for day in there.timeline().manifest.days:
        assert str(date_at(zone, day.starts_ms)) == day.on
        assert date_at(zone, day.starts_ms - 1) < date_at(zone, day.starts_ms)


def test_another_slot_length_starts_a_new_grid(world: World) -> None:
    world.book()
    world.publish()
    world.settings = world.settings.model_copy(update={"slot_ms": 7000})
    world.publish(later(minutes=1))
    manifest = world.timeline().manifest
    assert manifest.slot_ms == 7000
    assert (manifest.effective_ms - manifest.days[0].starts_ms) % 7000 == 0
    assert world.timeline().spot_at(manifest.effective_ms).item is not None
