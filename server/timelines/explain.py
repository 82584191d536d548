"""Everything that explains a screen's moment, read from what was published and allotted: the same that decides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, cast

from sqlmodel import Session, col, or_, select

from media.store import MediaStore
from media.timeline import Timeline
from media.wire.timeline import Day
from server.allotment.bookings import BookedCampaign, apart_of, booked_campaigns, booking_of
from server.allotment.profiles import multipliers_of, profile_of
from server.allotment.stored import allotted_on
from server.campaigns.models import Advertiser, Campaign, CampaignState
from server.campaigns.reach import traits_of
from server.creatives.items import ID_CHARS, items_for
from server.creatives.models import Creative, CreativeState
from server.db import Job, JobKind, JobState, from_ms, get_or_raise, to_ms
from server.errors import Missing
from server.planner.explain import Candidate, DayFacts, Explained, Owner, Ready, ScreenFacts, Seen, explain
from server.planner.model.allotments import NOTHING, Row
from server.screens.health import ONLINE_WITHIN
from server.screens.models import Screen, Venue
from server.screens.players import player_on
from server.screens.venues import NoVenue, screens_of
from server.settings import Settings
from server.timelines.lists import over_all
from server.timelines.models import PublishedTimeline, RaisedInterrupt
from server.timelines.read import NoTimeline, timeline_of
from server.timelines.stage import override_of

# Campaigns whose flight ended or begins so near to the day could be meant; more than these on one page help nobody.
NEAR = timedelta(days=14)
MOST = 100
ALLOTTED_BACK = timedelta(days=2)
NOW_MS = 60_000


class NoMoment(Missing):
    """Nothing is known of this screen at that moment. Choose one within the days that are planned."""


@dataclass(frozen=True)
class Meant:
    """Which campaigns are asked about: these, or all that could be meant; of one advertiser, or of all."""

    ids: Collection[str] | None = None
    advertiser_id: str | None = None


@dataclass(frozen=True)
class Told:
    """The reasons, and what is needed to say them: names of campaigns, whose they are, and the title of what shows."""

    explained: Explained
    seen: Seen
    title: str
    campaign: str | None
    zone: str
    names: Mapping[str, str]
    advertisers: Mapping[str, str]
    why: str = ""


def here(call: Callable[..., Explained], *given: object) -> Explained:
    return call(*given)


def explain_screen(
    db: Session,
    store: MediaStore,
    settings: Settings,
    screen: Screen,
    *,
    at_ms: int,
    now: datetime,
    meant: Meant,
    run: Callable[..., Explained] = here,
) -> Told:
    """Why this screen shows what it does at a moment, and why these campaigns do not play then.

    What was shown and allotted is that of the moment; what is booked is told as it is booked now. `run` does what takes
    a processor's time: the days of a window are looked through for each campaign.
    """
    venue = get_or_raise(db, Venue, screen.venue_id, NoVenue)
    timeline, seen, why = _seen(db, store, screen, at_ms, now)
    title = timeline.manifest.items[seen.item].title if seen.item in timeline.manifest.items else ""
    if seen.kind == "outside":
        nothing = ScreenFacts(at_ms, settings.slot_ms, seen, ())
        return Told(explain(nothing, ()), seen, "", None, venue.zone, {}, {})
    days = [day for day in timeline.manifest.days if day.ends_ms > at_ms]
    on = date.fromisoformat(days[0].on)
    held = _held(db, screen, on, settings, now)
    members = _members(db, screen)
    traits = frozenset().union(*(traits_of(one, venue.venue_type) for one in members))
    meant_campaigns = _meant(db, on, meant, traits, held or NOTHING)
    candidates = _candidates(db, meant_campaigns, slot_ms=timeline.manifest.slot_ms)
    owners, names, advertisers = _owners(db, timeline, days[0], candidates, meant_campaigns)
    facts = ScreenFacts(
        at_ms=at_ms,
        slot_ms=timeline.manifest.slot_ms,
        seen=seen,
        days=tuple(_days(timeline, days, venue, {one.category for one in owners.values()}, members, held)),
        traits=traits,
        owners=owners,
        pending=_pending(db, now),
        apart=apart_of(settings),
    )
    campaign = (seen.item or "")[ID_CHARS + 1 :] or None if seen.kind == "spot" else None
    return Told(run(explain, facts, candidates), seen, title, campaign, venue.zone, names, advertisers, why)


# --- what shows


def _seen(db: Session, store: MediaStore, screen: Screen, at_ms: int, now: datetime) -> tuple[Timeline, Seen, str]:
    """The version that tells of this moment, and what shows: an emergency, what the player told, or what is planned."""
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
    """The newest version that covers the moment, for each carries on what stood before; and what all of them span."""
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
    """What the player tells that it shows instead; it is known of the present alone."""
    player = player_on(db, screen.id)
    if player is None or player.seen_at is None or now - player.seen_at > ONLINE_WITHIN:
        return None
    override = override_of(player, now=now)
    if override is None or abs(at_ms - to_ms(now)) > NOW_MS or at_ms < override.starts_ms:
        return None
    return override.model_dump()


# --- what decided


def _days(
    timeline: Timeline,
    days: Sequence[Day],
    venue: Venue,
    categories: Collection[str],
    members: Sequence[Screen],
    held: Row | None,
) -> Iterator[DayFacts]:
    for n, day in enumerate(days):
        on, slot_ms = date.fromisoformat(day.on), timeline.manifest.slot_ms
        profile = profile_of(venue, on, slot_ms, multipliers=multipliers_of(members), categories=categories)
        if profile is None or (profile.day.starts_ms, profile.day.ends_ms) != (day.starts_ms, day.ends_ms):
            raise NoMoment  # the venue has moved to another zone since
        yield DayFacts(profile, timeline.tables.get(day.digest), held if n == 0 else None)


def _held(db: Session, screen: Screen, on: date, settings: Settings, now: datetime) -> Row | None:
    """A screen that has nothing has no row; of days outside the window nothing is known."""
    today = now.astimezone(UTC).date()
    if not today - ALLOTTED_BACK <= on <= today + timedelta(days=settings.days_ahead + 1):
        return None
    return allotted_on(db, on, [screen.id]).get(screen.id, NOTHING)


def _members(db: Session, screen: Screen) -> list[Screen]:
    """A bank shares one timeline, so what names one of its screens names all of them."""
    return [one for one in screens_of(db, screen.venue_id) if screen.bank and one.bank == screen.bank] or [screen]


def _pending(db: Session, now: datetime) -> bool:
    """Is an allotment running, or due?"""
    due = or_(col(Job.state) == JobState.RUNNING, col(Job.run_at) <= now)
    unfinished = col(Job.state).in_((JobState.WAITING, JobState.RUNNING))
    jobs = select(Job.id).where(col(Job.kind) == JobKind.ALLOT, unfinished, due)
    return db.exec(jobs.limit(1)).first() is not None


# --- who could be meant


def _meant(db: Session, on: date, meant: Meant, traits: frozenset[str], held: Row) -> list[BookedCampaign]:
    """Those that are asked about; or those of the screen whose flight is near, first those that it is allotted to."""
    if meant.ids is not None:
        found = booked_campaigns(db, since=date.min, ids=meant.ids, states=CampaignState)
        return [one for one in found if meant.advertiser_id in (None, one.campaign.advertiser_id)]
    states = (CampaignState.BOOKED, CampaignState.PAUSED)
    allotted = set(held.bookings)
    found = [
        one
        for one in booked_campaigns(db, since=on - NEAR, states=states)
        if one.campaign.starts_on <= on + NEAR
        and meant.advertiser_id in (None, one.campaign.advertiser_id)
        and (one.campaign.id in allotted or not one.targets or one.targets & traits)
    ]
    found.sort(key=lambda one: (one.campaign.id not in allotted, one.campaign.name, one.campaign.id))
    return found[:MOST]


def _candidates(db: Session, meant: Sequence[BookedCampaign], *, slot_ms: int) -> list[Candidate]:
    items = items_for(db, [pair for one in meant for pair in one.pairs])
    states = _creative_states(db, meant)
    return [
        Candidate(
            id=one.campaign.id,
            state=one.campaign.state.value,
            ready=_ready(states[row.creative_id] for row in one.creatives),
            starts_on=one.campaign.starts_on,
            ends_on=one.campaign.ends_on,
            targets=one.targets,
            barred=one.barred,
            booking=booking_of(one, items, slot_ms=slot_ms),
        )
        for one in meant
    ]


def _creative_states(db: Session, meant: Sequence[BookedCampaign]) -> dict[str, CreativeState]:
    ids = {row.creative_id for one in meant for row in one.creatives}
    rows = db.exec(select(Creative.id, Creative.state).where(col(Creative.id).in_(ids)))
    return {id_: CreativeState(state) for id_, state in rows}


def _ready(states: Iterable[CreativeState]) -> Ready:
    """One that is ready is enough; else the state that somebody can do something about."""
    given = set(states)
    for state, ready in READY:
        if state in given:
            return ready
    return "gone"


READY: tuple[tuple[CreativeState, Ready], ...] = (
    (CreativeState.READY, "ready"),
    (CreativeState.FAILED, "failed"),
    (CreativeState.PROCESSING, "processing"),
)


def _owners(
    db: Session, timeline: Timeline, day: Day, candidates: Sequence[Candidate], meant: Sequence[BookedCampaign]
) -> tuple[dict[str, Owner], dict[str, str], dict[str, str]]:
    """Whose each item of the day is; the names of their campaigns, and of which advertiser they are."""
    table = timeline.tables.get(day.digest)
    items = {item for item in (table.items if table else ()) if len(item) > ID_CHARS}
    items |= {item for one in candidates for item in one.items}
    ids = {item[ID_CHARS + 1 :] for item in items} | {one.campaign.id for one in meant}
    both = select(Campaign, Advertiser.category).join(Advertiser, col(Advertiser.id) == col(Campaign.advertiser_id))
    known = {row.id: (row, category) for row, category in db.exec(both.where(col(Campaign.id).in_(ids)))}
    owners = {item: _owner(*known[item[ID_CHARS + 1 :]]) for item in items if item[ID_CHARS + 1 :] in known}
    names = {id_: row.name for id_, (row, _) in known.items()}
    return owners, names, {id_: row.advertiser_id for id_, (row, _) in known.items()}


def _owner(campaign: Campaign, category: str) -> Owner:
    """Who takes over keeps apart from nobody."""
    whole = campaign.goal_kind == "takeover" or (campaign.goal_kind == "share" and campaign.goal == 100)
    return Owner(campaign.id) if whole else Owner(campaign.id, campaign.advertiser_id, category.casefold())
