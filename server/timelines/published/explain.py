"""Explain why a screen shows what it does at a moment, from the published timelines and the stored allotment."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, cast

from sqlmodel import Session, col, or_, select

from media.item_ids import campaign_of
from media.store import MediaStore
from media.timeline import Timeline
from media.wire.timeline import Day
from server.allotment.bookings import BookedCampaign, apart_of, booked_campaigns, booking_of
from server.allotment.profiles import multipliers_of, profile_of
from server.allotment.stored import allotted_on
from server.campaigns.models import Advertiser, Campaign, CampaignState
from server.campaigns.reach import traits_of
from server.creatives.items import items_for
from server.creatives.models import Creative, CreativeState
from server.db import Job, JobKind, JobState, from_ms, get_or_raise, to_ms
from server.errors import Missing
from server.planner.explain.facts import Candidate, DayFacts, Explained, Owner, Ready, ScreenFacts, Seen
from server.planner.explain.reasons import explain
from server.planner.model.allotments import NOTHING, Row
from server.screens.health import ONLINE_WITHIN
from server.screens.models import Screen, Venue
from server.screens.players import player_on
from server.screens.venues import NoVenue, screens_of
from server.settings import Settings
from server.timelines.lists import over_all
from server.timelines.models import PublishedTimeline, RaisedInterrupt
from server.timelines.published.read import NoTimeline, timeline_of
from server.timelines.published.stage import override_of

# Without a selection, campaigns are explained whose flight is within this distance of the day, and at most so many.
NEAR = timedelta(days=14)
MOST = 100
ALLOTTED_BACK = timedelta(days=2)
PRESENT_MS = 60_000


class NoMoment(Missing):
    """Nothing is known of this screen at that moment. Choose one within the days that are planned."""


@dataclass(frozen=True)
class CampaignFilter:
    """Which campaigns are explained: those of `ids`, or those near the day; of one advertiser, or of all."""

    ids: Collection[str] | None = None
    advertiser_id: str | None = None


@dataclass(frozen=True)
class ScreenExplanation:
    """The reasons, and what a page needs to put them into words.

    title: of the item that shows · campaign: its id · names, advertisers: by campaign id · why: reason of an override
    """

    explained: Explained
    seen: Seen
    title: str
    campaign: str | None
    zone: str
    names: Mapping[str, str]
    advertisers: Mapping[str, str]
    why: str = ""


def run_here(call: Callable[..., Explained], *arguments: object) -> Explained:
    return call(*arguments)


def explain_screen(
    db: Session,
    store: MediaStore,
    settings: Settings,
    screen: Screen,
    *,
    at_ms: int,
    now: datetime,
    campaigns: CampaignFilter,
    run: Callable[..., Explained] = run_here,
) -> ScreenExplanation:
    """Why this screen shows what it does at a moment, and why the selected campaigns do not play then.

    Timeline and allotment are those of the moment; bookings are the present ones.

    run: calls a function that takes processor time, because it searches the days of the window for each campaign
    """
    venue = get_or_raise(db, Venue, screen.venue_id, NoVenue)
    timeline, seen, why = _seen(db, store, screen, at_ms, now)
    title = timeline.manifest.items[seen.item].title if seen.item in timeline.manifest.items else ""
    if seen.kind == "outside":
        nothing = ScreenFacts(at_ms, settings.slot_ms, seen, ())
        return ScreenExplanation(explain(nothing, ()), seen, "", None, venue.zone, {}, {})
    days = [day for day in timeline.manifest.days if day.ends_ms > at_ms]
    on = date.fromisoformat(days[0].on)
    allotted = _allotted(db, screen, on, settings, now)
    members = _members(db, screen)
    traits = frozenset().union(*(traits_of(member, venue.venue_type) for member in members))
    selected = _select(db, on, campaigns, traits, allotted or NOTHING)
    candidates = _candidates(db, selected, slot_ms=timeline.manifest.slot_ms)
    owners, names, advertisers = _owners(db, timeline, days[0], candidates, selected)
    categories = {owner.category for owner in owners.values()}
    facts = ScreenFacts(
        at_ms=at_ms,
        slot_ms=timeline.manifest.slot_ms,
        seen=seen,
        days=tuple(_days(timeline, days, venue, categories, members, allotted)),
        traits=traits,
        owners=owners,
        pending=_pending(db, now),
        apart=apart_of(settings),
    )
    campaign = campaign_of(seen.item) if seen.kind == "spot" and seen.item else None
    explained = run(explain, facts, candidates)
    return ScreenExplanation(explained, seen, title, campaign, venue.zone, names, advertisers, why)


# --- what shows


def _seen(db: Session, store: MediaStore, screen: Screen, at_ms: int, now: datetime) -> tuple[Timeline, Seen, str]:
    """The version that covers the moment, what shows then (an emergency, the player's override, or the plan), and the
    reason of an override."""
    timeline, first_ms, last_ms = _version(db, store, screen, at_ms)
    if not first_ms <= at_ms < last_ms:
        return timeline, Seen("outside", None, first_ms, last_ms), ""
    raised = _raised(db, screen, at_ms)
    if raised is not None:
        until = to_ms(raised.until_at) if raised.until_at else None
        return timeline, Seen("interrupt", raised.creative_id, to_ms(raised.from_at), until), ""
    override = _override(db, screen, at_ms, now)
    if override is not None:
        return timeline, Seen("override", override["item"], int(override["starts_ms"]), None), str(override["why"])
    spot = timeline.planned_at(at_ms)
    kind = cast(Literal["spot", "house", "off"], spot.kind)
    return timeline, Seen(kind, spot.item, spot.starts_ms, spot.ends_ms), ""


def _version(db: Session, store: MediaStore, screen: Screen, at_ms: int) -> tuple[Timeline, int, int]:
    """The newest version that covers the moment, and the first and last instant that any version covers."""
    newest = timeline_of(db, store, screen.id)
    if not newest.manifest.days:
        raise NoTimeline
    first_ms, last_ms = newest.manifest.days[0].starts_ms, newest.manifest.days[-1].ends_ms
    versions = select(PublishedTimeline.version).where(col(PublishedTimeline.screen_id) == screen.id)
    older = versions.where(col(PublishedTimeline.version) < newest.manifest.version)
    for version in db.exec(older.order_by(col(PublishedTimeline.version).desc())).all() if at_ms < first_ms else ():
        timeline = timeline_of(db, store, screen.id, version)
        first_ms = min(first_ms, timeline.manifest.days[0].starts_ms)
        if first_ms <= at_ms:
            return timeline, first_ms, last_ms
    return newest, first_ms, last_ms


def _raised(db: Session, screen: Screen, at_ms: int) -> RaisedInterrupt | None:
    at, row = from_ms(at_ms), RaisedInterrupt
    over = or_(col(row.until_at).is_(None), col(row.until_at) > at)
    here = or_(col(row.screen_id) == screen.id, col(row.venue_id) == screen.venue_id, over_all())
    raised = select(row).where(col(row.from_at) <= at, over, here)
    return db.exec(raised.order_by(col(row.from_at).desc(), col(row.id).desc()).limit(1)).first()


def _override(db: Session, screen: Screen, at_ms: int, now: datetime) -> dict[str, Any] | None:
    """The item that the player reports to show instead of the plan; it is known only for the present."""
    player = player_on(db, screen.id)
    if player is None or player.seen_at is None or now - player.seen_at > ONLINE_WITHIN:
        return None
    override = override_of(player, now=now)
    if override is None or abs(at_ms - to_ms(now)) > PRESENT_MS or at_ms < override.starts_ms:
        return None
    return override.model_dump()


# --- what decided


def _days(
    timeline: Timeline,
    days: Sequence[Day],
    venue: Venue,
    categories: Collection[str],
    members: Sequence[Screen],
    allotted: Row | None,
) -> Iterator[DayFacts]:
    for n, day in enumerate(days):
        on, slot_ms = date.fromisoformat(day.on), timeline.manifest.slot_ms
        profile = profile_of(venue, on, slot_ms, multipliers=multipliers_of(members), categories=categories)
        if profile is None or (profile.day.starts_ms, profile.day.ends_ms) != (day.starts_ms, day.ends_ms):
            raise NoMoment  # the venue has moved to another zone since
        yield DayFacts(profile, timeline.tables.get(day.digest), allotted if n == 0 else None)


def _allotted(db: Session, screen: Screen, on: date, settings: Settings, now: datetime) -> Row | None:
    """The screen's allotment; None for days outside the window, of which it is not stored."""
    today = now.astimezone(UTC).date()
    if not today - ALLOTTED_BACK <= on <= today + timedelta(days=settings.days_ahead + 1):
        return None
    return allotted_on(db, on, [screen.id]).get(screen.id, NOTHING)


def _members(db: Session, screen: Screen) -> list[Screen]:
    """The screens of its bank, or the screen alone. A bank shares one timeline: a target of one is a target of all."""
    screens = screens_of(db, screen.venue_id)
    return [member for member in screens if screen.bank and member.bank == screen.bank] or [screen]


def _pending(db: Session, now: datetime) -> bool:
    """Is an allotment running, or due?"""
    due = or_(col(Job.state) == JobState.RUNNING, col(Job.run_at) <= now)
    unfinished = col(Job.state).in_((JobState.WAITING, JobState.RUNNING))
    jobs = select(Job.id).where(col(Job.kind) == JobKind.ALLOT, unfinished, due)
    return db.exec(jobs.limit(1)).first() is not None


# --- which campaigns are explained


def _select(
    db: Session, on: date, campaigns: CampaignFilter, traits: frozenset[str], allotted: Row
) -> list[BookedCampaign]:
    """The campaigns of the filter's ids; or those of the screen whose flight is near, the allotted ones first."""
    if campaigns.ids is not None:
        found = booked_campaigns(db, since=date.min, ids=campaigns.ids, states=CampaignState)
        return [booked for booked in found if campaigns.advertiser_id in (None, booked.campaign.advertiser_id)]
    states = (CampaignState.BOOKED, CampaignState.PAUSED)
    on_screen = set(allotted.bookings)
    found = [
        booked
        for booked in booked_campaigns(db, since=on - NEAR, states=states)
        if booked.campaign.starts_on <= on + NEAR
        and campaigns.advertiser_id in (None, booked.campaign.advertiser_id)
        and (booked.campaign.id in on_screen or not booked.targets or booked.targets & traits)
    ]
    found.sort(key=lambda booked: (booked.campaign.id not in on_screen, booked.campaign.name, booked.campaign.id))
    return found[:MOST]


def _candidates(db: Session, selected: Sequence[BookedCampaign], *, slot_ms: int) -> list[Candidate]:
    items = items_for(db, [pair for booked in selected for pair in booked.pairs])
    states = _creative_states(db, selected)
    return [
        Candidate(
            id=booked.campaign.id,
            state=booked.campaign.state.value,
            ready=_ready(states[row.creative_id] for row in booked.creatives),
            starts_on=booked.campaign.starts_on,
            ends_on=booked.campaign.ends_on,
            targets=booked.targets,
            barred=booked.barred,
            booking=booking_of(booked, items, slot_ms=slot_ms),
        )
        for booked in selected
    ]


def _creative_states(db: Session, selected: Sequence[BookedCampaign]) -> dict[str, CreativeState]:
    ids = {row.creative_id for booked in selected for row in booked.creatives}
    rows = db.exec(select(Creative.id, Creative.state).where(col(Creative.id).in_(ids)))
    return {id_: CreativeState(state) for id_, state in rows}


def _ready(states: Iterable[CreativeState]) -> Ready:
    """One ready creative is enough; otherwise the state that an operator can change most easily."""
    present = set(states)
    for state, ready in READY:
        if state in present:
            return ready
    return "gone"


READY: tuple[tuple[CreativeState, Ready], ...] = (
    (CreativeState.READY, "ready"),
    (CreativeState.FAILED, "failed"),
    (CreativeState.PROCESSING, "processing"),
)


def _owners(
    db: Session, timeline: Timeline, day: Day, candidates: Sequence[Candidate], selected: Sequence[BookedCampaign]
) -> tuple[dict[str, Owner], dict[str, str], dict[str, str]]:
    """The owner of each item of the day; names and advertisers of the campaigns, by campaign id."""
    table = timeline.tables.get(day.digest)
    items = {*(table.items if table else ()), *(item for candidate in candidates for item in candidate.items)}
    campaigns = {item: campaign for item in items if (campaign := campaign_of(item))}
    ids = {*campaigns.values(), *(booked.campaign.id for booked in selected)}
    both = select(Campaign, Advertiser.category).join(Advertiser, col(Advertiser.id) == col(Campaign.advertiser_id))
    known = {row.id: (row, category) for row, category in db.exec(both.where(col(Campaign.id).in_(ids)))}
    owners = {item: _owner(*known[campaign]) for item, campaign in campaigns.items() if campaign in known}
    names = {id_: row.name for id_, (row, _) in known.items()}
    return owners, names, {id_: row.advertiser_id for id_, (row, _) in known.items()}


def _owner(campaign: Campaign, category: str) -> Owner:
    """A campaign that takes the whole time keeps no distance to others, so advertiser and category are left out."""
    whole = campaign.goal_kind == "takeover" or (campaign.goal_kind == "share" and campaign.goal == 100)
    return Owner(campaign.id) if whole else Owner(campaign.id, campaign.advertiser_id, category.casefold())
