"""Why, from the rows: what was published and allotted, for a moment that was, is, or is to come."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select

from server.campaigns.book import pause_campaign
from server.campaigns.forms import DaypartForm, TargetForm
from server.campaigns.models import GoalKind, TargetKind
from server.creatives.models import Creative, CreativeState
from server.db import Job, from_ms, reading, to_ms, transaction
from server.planner.explain.facts import Answer
from server.screens.venues import change_screen
from server.timelines.interrupts import raise_interrupt
from server.timelines.published.explain import CampaignFilter, ScreenExplanation, explain_screen
from server.timelines.published.read import NoTimeline
from tests.server.timelines.world import (
    NOON,
    World,
    add_advertiser,
    add_creative,
    add_player,
    add_screen,
    forget,
    later,
)


def why(world: World, at: Any = NOON, *, now: Any = NOON, screen: Any = None, **chosen: Any) -> ScreenExplanation:
    at_ms = at if isinstance(at, int) else to_ms(at)
    with reading(world.engine) as db:
        return explain_screen(
            db,
            world.store,
            world.settings,
            screen or world.screen,
            at_ms=at_ms,
            now=now,
            campaigns=CampaignFilter(**chosen),
        )


def answers(explanation: ScreenExplanation) -> dict[str, Answer]:
    return {answer.candidate: answer for answer in explanation.explained.others}


def first_spot(world: World, campaign_id: str, since: Any = NOON) -> int:
    """When this campaign begins to play."""
    for spot in world.timeline().spots_from(to_ms(since)):
        if spot.item and spot.item.endswith(campaign_id):
            return spot.starts_ms
    raise AssertionError("the timeline has no end")


def test_a_spot_is_explained_by_its_count_and_another_by_its_next_start(world: World) -> None:
    """Both are true to the table: the count is that of its starts, and the next is where it begins."""
    soup, tea = world.book(goal=10.0), world.book(name="Tea", goal=10.0)
    world.publish()
    at = first_spot(world, soup.id, later(hours=24))
    explanation = why(world, at + 500)
    plays = explanation.explained.plays
    assert (plays.code, plays.other, explanation.campaign, explanation.title) == ("spot", soup.id, soup.id, "A picture")
    assert 0 < plays.had <= plays.owed
    assert (plays.from_ms or at + 1) <= at < (plays.until_ms or at)
    other = answers(explanation)[tea.id]
    assert other.next_ms == first_spot(world, tea.id, from_ms(at))
    assert answers(explanation)[soup.id].reasons[0].code == "plays"
    assert other.reasons[0].code in ("turn", "near_advertiser")


def test_every_moment_of_a_day_has_a_reason_for_everyone(world: World) -> None:
    """Nobody who does not play is left without a reason, and nobody plays whom the reasons keep out."""
    soup = world.book(goal=30.0)
    tea = world.book(name="Tea", goal_kind=GoalKind.PLAYS_PER_DAY, goal=40.0)
    world.publish()
    timeline, start = world.timeline(), to_ms(later(hours=12))
    kept_out = {"off", "daypart", "barred", "advert_free", "unplanned", "not_here", "before_flight", "elsewhere"}
    for n in range(0, 24 * 60, 7):
        at = start + n * 60_000
        item = timeline.planned_at(at).item or ""
        for id_, answer in answers(why(world, at)).items():
            codes = {reason.code for reason in answer.reasons}
            assert codes, (n, id_)
            assert (codes == {"plays"}) == item.endswith(id_)
            assert not codes & kept_out
    assert {soup.id, tea.id} == set(answers(why(world, start)))


def test_a_campaign_of_another_place_is_found_by_its_id_alone(world: World) -> None:
    with transaction(world.engine) as db:
        other = add_screen(db, world.venue)
    there = world.book(targets=(TargetForm(kind=TargetKind.SCREEN, value=other.id),))
    world.publish()
    assert there.id not in answers(why(world))
    assert [reason.code for reason in answers(why(world, ids=[there.id]))[there.id].reasons] == ["elsewhere"]
    assert there.id in answers(why(world, screen=other))


def test_a_paused_one_and_one_without_a_ready_creative_say_so(world: World) -> None:
    soup, tea = world.book(), world.book(name="Tea")
    with transaction(world.engine) as db:
        pause_campaign(db, soup.id, by=None, now=NOON)
        for creative in db.exec(select(Creative).where(Creative.state == CreativeState.READY)):
            if creative.advertiser_id == world.advertiser.id:
                creative.state = CreativeState.FAILED
    world.publish()
    found = answers(why(world))
    assert [reason.code for reason in found[soup.id].reasons] == ["paused", "failed"]
    assert [reason.code for reason in found[tea.id].reasons] == ["failed"]


def test_outside_its_hours_the_next_time_is_named_across_days(world: World) -> None:
    """Monday noon; it plays on Tuesdays from eight."""
    soup = world.book(dayparts=(DaypartForm(weekday=1, from_min=480, until_min=600),))
    world.publish()
    answer = answers(why(world))[soup.id]
    (reason,) = answer.reasons
    assert (reason.code, reason.at_ms) == ("daypart", to_ms(later(hours=20)))
    assert (answer.next_ms or 0) >= to_ms(later(hours=20))


def test_a_goal_in_impressions_gets_the_reason_of_an_hour_that_counts_nobody(world: World) -> None:
    with transaction(world.engine) as db:
        counted = change_screen(db, world.screen.id, multipliers=[2] * 12 + [0] * 2 + [1] * 10, by=None, now=NOON)
    soup = world.book(goal_kind=GoalKind.IMPRESSIONS, goal=5000.0)
    tea = world.book(name="Tea")
    world.publish()
    found = answers(why(world, screen=counted))
    (reason,) = found[soup.id].reasons
    assert (reason.code, reason.at_ms) == ("unseen", to_ms(later(hours=2)))
    assert (found[soup.id].next_ms or 0) >= to_ms(later(hours=2))
    assert "unseen" not in {reason.code for reason in found[tea.id].reasons}


def test_a_campaign_that_is_just_booked_is_about_to_be_planned(world: World) -> None:
    world.publish()
    forget(world.engine, [Job])
    soup = world.book()
    assert [reason.code for reason in answers(why(world))[soup.id].reasons] == ["unplanned"]


def test_an_emergency_is_explained_for_the_time_that_it_lasted(world: World) -> None:
    soup = world.book(goal=50.0)
    world.publish()
    with transaction(world.engine) as db:
        alarm = add_creative(db, title="Leave the building")
        raised = raise_interrupt(
            db, creative_id=alarm.id, screen_id=world.screen.id, until_at=later(hours=2), now=later(hours=1)
        )
    explanation = why(world, later(minutes=90), now=later(hours=3))
    assert (explanation.explained.plays.code, explanation.explained.plays.until_ms) == (
        "interrupt",
        to_ms(later(hours=2)),
    )
    assert explanation.explained.plays.from_ms == to_ms(raised.from_at)
    assert answers(explanation)[soup.id].reasons[0].code == "covered"
    assert why(world, later(hours=2, minutes=1), now=later(hours=3)).seen.kind != "interrupt"


def test_a_reported_override_counts_only_for_the_present(world: World) -> None:
    world.publish()
    override = {"starts_ms": to_ms(NOON) - 5000, "item": None, "why": "a file is missing"}
    with transaction(world.engine) as db:
        add_player(db, world.screen, seen_at=NOON, status={"override": override})
    explanation = why(world)
    assert (explanation.explained.plays.code, explanation.why) == ("override", "a file is missing")
    assert why(world, later(hours=1)).explained.plays.code != "override"


def test_the_past_is_explained_as_far_as_it_is_stored_and_the_future_as_far_as_it_is_planned(world: World) -> None:
    soup = world.book()
    world.publish()
    world.publish(later(days=1))
    yesterday = why(world, later(hours=1), now=later(days=1))
    assert yesterday.explained.plays.code in ("spot", "house")
    assert soup.id in answers(yesterday)
    assert why(world, later(days=15), now=later(days=1)).seen.kind in ("spot", "house")
    for at in (NOON - timedelta(days=3), later(days=40)):
        explanation = why(world, at, now=later(days=1))
        assert (explanation.explained.plays.code, explanation.explained.others) == ("outside", ())
        assert explanation.explained.plays.from_ms == to_ms(NOON) // 86_400_000 * 86_400_000
        assert explanation.explained.plays.until_ms == to_ms(later(days=15, hours=12))


def test_a_version_that_a_newer_one_no_longer_covers_is_read_as_long_as_it_is_kept(world: World) -> None:
    world.book()
    world.publish()
    world.publish(later(days=3))
    assert why(world, later(hours=1), now=later(days=3)).explained.plays.code in ("spot", "house")


def test_a_screen_that_nothing_was_published_to_says_so(world: World) -> None:
    with pytest.raises(NoTimeline):
        why(world)


def test_an_advertiser_sees_only_its_own_campaigns_explained(world: World) -> None:
    soup = world.book()
    with transaction(world.engine) as db:
        other = add_advertiser(db, "Tea house")
    world.publish()
    assert set(answers(why(world, advertiser_id=world.advertiser.id))) == {soup.id}
    assert answers(why(world, advertiser_id=other.id)) == {}
    assert answers(why(world, ids=[soup.id], advertiser_id=other.id)) == {}


def test_a_flight_that_is_over_or_to_come_is_explained_by_its_date(world: World) -> None:
    soup = world.book(starts_on=date(2026, 3, 10), ends_on=date(2026, 3, 12))
    world.publish()
    (before,) = answers(why(world))[soup.id].reasons
    assert (before.code, before.on) == ("before_flight", date(2026, 3, 10))
    (after,) = answers(why(world, later(days=12)))[soup.id].reasons
    assert (after.code, after.on) == ("after_flight", date(2026, 3, 12))
