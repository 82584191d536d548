"""The result of processing a creative: its progress, its renditions, or the reason why it has none."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, delete, select, update

from server.coupons.models import Merchant, Offer
from server.creatives.accept import make_later
from server.creatives.archive import NoSuchCreative
from server.creatives.building import size_of
from server.creatives.games import design_of
from server.creatives.kinds import KINDS
from server.creatives.models import Creative, CreativeState, FormerRendition, Rendition
from server.creatives.render.renditions import Made, OfferWords, Piece
from server.creatives.replaced import awaited_replacement, end_replacement, undo_replacement
from server.creatives.titles import phone_title
from server.db import JobKind, enqueue, get_or_raise
from server.errors import Conflict, LiftcastError
from server.settings import Settings

REASON_CHARS = 300
ALIVE = (CreativeState.PROCESSING, CreativeState.READY)


class TimelinesNotPlanned(LiftcastError):
    """The timelines could not be planned with this creative as it is now. It is tried again within a few minutes; if it
    stays, tell the person who runs the server."""


class NotFailed(Conflict):
    """This creative has not failed, so there is nothing to try again. Look at its present state."""


class CreativeArchived(Conflict):
    """This creative was archived while its files were made. Restore it to have them made."""


def piece_of(db: Session, creative_id: str, settings: Settings) -> Piece | None:
    """The creative as its renditions need it; None if none are to be made."""
    creative = db.get(Creative, creative_id)
    if creative is None or creative.state not in ALIVE:
        return None
    replaced = awaited_replacement(db, creative_id)
    return Piece(
        kind=creative.kind,
        title=phone_title(creative) if creative.kind == "audio" else creative.title,
        text=creative.text,
        language=creative.language,
        length_ms=creative.length_ms,
        original=creative.original_digest,
        offer=_offer_words(db, creative.offer_id, settings),
        game=design_of(creative),
        size=size_of(db, creative_id),
        replaced=replaced.digest if replaced else None,
    )


def note_progress(db: Session, creative_id: str, progress: float) -> None:
    """How far the first renditions are; a card that is only drawn again has no progress.

    Raises CreativeArchived if the creative was archived meanwhile.
    """
    if db.exec(select(Creative.state).where(col(Creative.id) == creative_id)).first() not in ALIVE:
        raise CreativeArchived
    _change(db, creative_id, (CreativeState.PROCESSING,), progress=round(progress, 3))


def save_renditions(db: Session, creative_id: str, made: Made, *, piece: Piece, now: datetime) -> None:
    """The creative is ready, its renditions replace older ones, and new plans of the timelines that use it are queued.

    piece: what they were made of. If the creative's file was replaced meanwhile, they are dropped: another job waits.
    """
    ready: dict[str, object] = {"state": CreativeState.READY, "progress": 1.0, "ready_at": now}
    if KINDS[piece.kind].has_own_length:  # how long a picture is shown may have been changed meanwhile
        ready["length_ms"] = made.length_ms
    if piece.game is not None:
        design = piece.game.model_copy(update={"board_pictures": made.board_pictures})
        ready["game"] = design.model_dump(mode="json")
    same_file = col(Creative.original_digest).is_not_distinct_from(piece.original)
    if not _change(db, creative_id, ALIVE, same_file, **ready, trouble="", remedy="", warning=made.warning):
        return
    end_replacement(db, creative_id, now=now)
    _remember_former(db, creative_id, made)
    db.exec(delete(Rendition).where(col(Rendition.creative_id) == creative_id))
    for file in made.files:
        db.add(
            Rendition(
                creative_id=creative_id,
                role=file.role,
                digest=file.digest,
                mime=file.mime,
                bytes=file.bytes,
                duration_ms=file.duration_ms,
                width=file.width,
                height=file.height,
            )
        )
    enqueue(db, JobKind.CREATIVE_READY, creative_id, now=now)


def _remember_former(db: Session, creative_id: str, made: Made) -> None:
    """Players and phones may fetch the files that are replaced until their timelines name the new ones."""
    same = {file.digest for file in made.files}
    for old in db.exec(select(Rendition).where(Rendition.creative_id == creative_id)).all():
        if old.digest not in same:
            db.add(FormerRendition(creative_id=creative_id, digest=old.digest, mime=old.mime))


def fail_creative(db: Session, creative_id: str, error: LiftcastError) -> None:
    """Note why there are no renditions; a creative that was ready keeps the old ones, and the reason beside them."""
    why = {"trouble": error.message[:REASON_CHARS], "remedy": error.remedy[:REASON_CHARS]}
    if not _change(db, creative_id, (CreativeState.PROCESSING,), state=CreativeState.FAILED, **why):
        _change(db, creative_id, (CreativeState.READY,), **why)
        undo_replacement(db, creative_id)


def creative_unplanned(db: Session, creative_id: str) -> None:
    """Note that the timelines that use it could not be planned anew; screens go on showing the creative as it was."""
    unplanned = TimelinesNotPlanned()
    why = {"trouble": unplanned.message, "remedy": unplanned.remedy}
    _change(db, creative_id, (CreativeState.READY, CreativeState.ARCHIVED), **why)


def creative_planned(db: Session, creative_id: str) -> None:
    """The timelines that use it are planned: clear that trouble, and no other."""
    unplanned = (col(Creative.id) == creative_id, col(Creative.trouble) == TimelinesNotPlanned().message)
    db.exec(update(Creative).where(*unplanned).values(trouble="", remedy=""))


def is_unmade(creative: Creative) -> bool:
    """Its renditions could not be made, or newer ones of a card that screens show."""
    failed_to_render = creative.trouble not in ("", TimelinesNotPlanned().message)
    return failed_to_render and creative.state in (CreativeState.FAILED, CreativeState.READY)


def try_again(db: Session, creative_id: str, *, now: datetime) -> Creative:
    """Make the renditions once more that could not be made; screens show the old card until then."""
    creative = get_or_raise(db, Creative, creative_id, NoSuchCreative)
    if not is_unmade(creative):
        raise NotFailed
    failed = creative.state is CreativeState.FAILED
    begun = {"state": CreativeState.PROCESSING, "progress": 0.0} if failed else {}
    if not _change(db, creative_id, (creative.state,), **begun, trouble="", remedy=""):
        raise NotFailed
    make_later(db, creative_id, creative.kind, now=now)
    db.refresh(creative)
    return creative


def _change(db: Session, creative_id: str, states: tuple[CreativeState, ...], *also: Any, **values: object) -> bool:
    here = (col(Creative.id) == creative_id, col(Creative.state).in_(states), *also)
    return bool(db.exec(update(Creative).where(*here).values(**values)).rowcount == 1)


def _offer_words(db: Session, offer_id: str | None, settings: Settings) -> OfferWords | None:
    offer = db.get(Offer, offer_id) if offer_id else None
    if offer is None:
        return None
    merchant = db.get(Merchant, offer.merchant_id)
    return OfferWords(
        title=offer.title,
        merchant=merchant.name if merchant else "",
        terms=offer.terms,
        link=f"{settings.public_url}/o/{offer.id}",
    )
