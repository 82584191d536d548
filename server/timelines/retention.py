"""Retention: delete versions that no player can hold and plans of retired screens, and list the files in use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import true
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, delete, exists, func, or_, select, update

from server.creatives.archive import RESTORED_WITHIN
from server.creatives.models import GAME, Creative, CreativeState, FormerRendition, Rendition, ReplacedFile
from server.screens.models import Player, Screen, Venue
from server.screens.opening import local_date
from server.timelines.models import PlannedDay, PublishedTimeline
from server.timelines.published.days import PLAYS_ACCEPTED_FOR

VERSIONS_STORED_FOR = timedelta(days=2)
PICTURE_KEPT = timedelta(hours=1)  # when the disk is short


def drop_old_versions(db: Session, *, now: datetime) -> int:
    """Delete versions that are neither the newest, nor younger than two days, nor possibly in use by the player.

    A box that went offline may have fetched a newer version than the last one that it reported, so newer versions stay
    too while its plays are accepted. Returns how many were deleted.
    """
    table, later = PublishedTimeline, aliased(PublishedTimeline)
    superseded = select(later.id).where(
        col(later.screen_id) == col(table.screen_id), col(later.version) > col(table.version)
    )
    reported = func.coalesce(col(Player.held_version), 0)
    may_have_fetched = (reported < col(table.version)) & (col(Player.seen_at) > now - PLAYS_ACCEPTED_FOR)
    in_use = select(Player.id).where(
        col(Player.screen_id) == col(table.screen_id), or_(reported == col(table.version), may_have_fetched)
    )
    old = col(table.published_at) < now - VERSIONS_STORED_FOR
    return int(db.exec(delete(table).where(old, superseded.exists(), ~in_use.exists())).rowcount)


def drop_planned_after_retirement(db: Session, *, since: date) -> None:
    """Delete the plans of days after a screen was retired: otherwise they would be reported as booked and not played.

    The screen's timelines lose their basis, so that these plans are written again if the screen is reinstated.

    since: the first day of which plans are deleted
    """
    to_come = exists().where(col(PlannedDay.screen_id) == col(Screen.id), col(PlannedDay.on) >= since)
    retired = select(Screen.id, Screen.retired_at, Venue.zone).join(Venue, col(Venue.id) == col(Screen.venue_id))
    for id_, at, zone in db.exec(retired.where(col(Screen.retired_at).is_not(None), to_come)).all():
        assert at is not None
        last = max(local_date(zone, at), since - timedelta(days=1))
        db.exec(delete(PlannedDay).where(col(PlannedDay.screen_id) == id_, col(PlannedDay.on) > last))
        db.exec(update(PublishedTimeline).where(col(PublishedTimeline.screen_id) == id_).values(basis={}))


def digests_in_use(db: Session, *, now: datetime, sparing: bool = False) -> set[str]:
    """Every file of the store that may still be requested; an archived creative can be restored for a while.

    sparing: leave out renditions of archived creatives, which can be made again, files that screens showed in the past,
    and players' pictures that are not recent
    """
    return {digest for digest in _digests(db, now, sparing) if digest}


def _digests(db: Session, now: datetime, sparing: bool) -> Iterator[str | None]:
    live = or_(col(Creative.state) != CreativeState.ARCHIVED, col(Creative.archived_at) > now - RESTORED_WITHIN)
    shown = or_(col(Creative.state) != CreativeState.ARCHIVED, col(Creative.off_air_at).is_(None)) if sparing else live
    yield from db.exec(select(Creative.original_digest).where(live))
    for game in db.exec(select(Creative.game).where(live, col(Creative.kind) == GAME)):
        yield from (game or {}).get("pictures", {}).values()
    yield from db.exec(
        select(Rendition.digest).join(Creative, col(Creative.id) == col(Rendition.creative_id)).where(shown)
    )
    yield from db.exec(select(FormerRendition.digest))
    replaced = select(ReplacedFile).join(Creative, col(Creative.id) == col(ReplacedFile.creative_id))
    for old in db.exec(replaced.where(live)):
        if not sparing or old.until_at is None:
            yield from (old.screen_digest, old.thumb_digest, old.digest if old.until_at is None else None)
    fresh = col(Player.picture_at) >= now - PICTURE_KEPT if sparing else true()
    yield from db.exec(select(Player.picture_digest).where(fresh))
    for manifest in db.exec(select(PublishedTimeline.manifest)):
        yield from (day["digest"] for day in manifest["days"])
        yield from (digest for item in manifest["items"].values() for digest in _refs(item))


def _refs(item: dict[str, Any]) -> Iterator[str]:
    yield item["screen"]["digest"]
    phone = item["phone"]
    look = (phone.get("game") or {}).get("look", {})
    yield from (shape["digest"] for shape in (*phone.values(), *look.values()) if _is_media(shape))


def _is_media(shape: object) -> bool:
    return isinstance(shape, dict) and "digest" in shape
