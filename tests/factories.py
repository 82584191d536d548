"""Small factories for all tests: valid rows with plain defaults, flushed, so that they can refer to each other."""

from __future__ import annotations

import hashlib
import io
import subprocess
import tempfile
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from PIL import Image
from sqlmodel import Session, SQLModel

from media.store import MediaStore
from server.accounts.access import Access
from server.accounts.devices import Device
from server.accounts.models import Person, Role
from server.accounts.sessions import start_session
from server.campaigns.models import (
    Advertiser,
    Campaign,
    CampaignCreative,
    CampaignState,
    Target,
    TargetKind,
)
from server.coupons.codes.derive import number_holds
from server.coupons.models import Merchant, Offer
from server.coupons.wallets.wallet import Copy
from server.creatives.models import Creative, CreativeState, Rendition, RenditionRole
from server.db import new_id, utc_now
from server.screens.models import Player, Screen, Service, Venue

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LONG_AGO = NOON - timedelta(days=60)

Row = TypeVar("Row", bound=SQLModel)


def saved(db: Session, row: Row) -> Row:
    db.add(row)
    db.flush()
    return row


# --- places and players


def make_venue(db: Session, *, name: str = "Harbour Tower", zone: str = "Asia/Shanghai", **more: Any) -> Venue:
    return saved(db, Venue(name=name, zone=zone, **{"created_at": LONG_AGO, **more}))


def make_screen(db: Session, *, venue: Venue | None = None, name: str = "Car 1", **more: Any) -> Screen:
    venue = venue or make_venue(db)
    defaults = {"code": new_id()[-8:], "presence_key": hashlib.sha256(new_id().encode()).hexdigest()}
    return saved(db, Screen(venue_id=venue.id, name=name, **{**defaults, "created_at": LONG_AGO, **more}))


def make_player(db: Session, *, screen: Screen | None = None, since: datetime = LONG_AGO, **more: Any) -> Player:
    """A player with a token (`token_of`) that serves the screen, if one is given, since then."""
    hardware = more.pop("hardware", f"box-{new_id()}")
    defaults = {"token_hash": hashlib.sha256(_token(hardware).encode()).hexdigest(), "enrolled_at": since}
    player = saved(db, Player(hardware=hardware, screen_id=screen.id if screen else None, **{**defaults, **more}))
    if screen:
        saved(db, Service(player_id=player.id, screen_id=screen.id, from_at=since))
    return player


def token_of(player: Player) -> str:
    """The bearer token of a player that `make_player` made."""
    return _token(player.hardware)


def bearer(player: Player) -> dict[str, str]:
    """The headers with which a player's requests come."""
    return {"Authorization": f"Bearer {token_of(player)}"}


def _token(hardware: str) -> str:
    return f"token-of-{hardware}"


# --- people


def make_person(db: Session, *, role: Role = Role.OWNER, email: str | None = None, **more: Any) -> Person:
    email = email or f"{role.value}-{new_id().lower()}@example.org"
    defaults = {"name": role.value.title(), "created_at": LONG_AGO}
    return saved(db, Person(email=email, role=role, **{**defaults, **more}))


def make_access(db: Session, person: Person | None = None) -> Access:
    """That of an operator, or of this person, who is signed in just now."""
    person = person or make_person(db, role=Role.OPERATOR)
    session, _token = start_session(db, person, Device(), now=utc_now())
    db.flush()
    return Access(who=person.id, epoch=person.session_epoch, session=session.id)


def make_advertiser(db: Session, *, name: str = "Tea House", **more: Any) -> Advertiser:
    return saved(db, Advertiser(name=name, **{"created_at": LONG_AGO, **more}))


def make_merchant(db: Session, *, name: str = "Noodle Bar", **more: Any) -> Merchant:
    return saved(db, Merchant(name=name, **{"created_at": LONG_AGO, **more}))


def make_offer(db: Session, *, merchant: Merchant | None = None, stock: int = 12, **more: Any) -> Offer:
    merchant = merchant or make_merchant(db)
    defaults = {"title": "One bowl free", "stock_left": stock, "valid_days": 30, "created_at": LONG_AGO}
    return saved(db, Offer(merchant_id=merchant.id, stock=stock, **{**defaults, **more}))


# --- creatives and campaigns


def wrong_number(copy: Copy, now: datetime) -> str:
    """A live number that opens nothing near this half-minute."""
    numbers = (f"{number:04d}" for number in range(10_000))
    return next(number for number in numbers if not number_holds(copy.secret, number, now))


def make_creative(
    db: Session, store: MediaStore | None = None, *, kind: str = "image", ready: bool = True, **more: Any
) -> Creative:
    """A creative; when ready, with its renditions, whose real bytes go into the store if one is given."""
    defaults: dict[str, Any] = {"title": f"A {kind}", "length_ms": 10_000, "created_at": LONG_AGO}
    if ready:
        defaults |= {"state": CreativeState.READY, "progress": 1.0, "ready_at": LONG_AGO}
    creative = saved(db, Creative(kind=kind, **{**defaults, **more}))
    if ready:
        _give_renditions(db, store, creative)
    return creative


def make_campaign(
    db: Session,
    *,
    creatives: list[Creative] | None = None,
    screens: list[Screen] | None = None,
    advertiser: Advertiser | None = None,
    **more: Any,
) -> Campaign:
    """A booked campaign of March 2026 with these creatives on these screens, or on all."""
    advertiser = advertiser or make_advertiser(db)
    defaults: dict[str, Any] = {
        "name": "Spring",
        "state": CampaignState.BOOKED,
        "starts_on": date(2026, 3, 1),
        "ends_on": date(2026, 3, 31),
        "created_at": LONG_AGO,
        "booked_at": LONG_AGO,
    }
    campaign = saved(db, Campaign(advertiser_id=advertiser.id, **{**defaults, **more}))
    for creative in creatives or []:
        saved(db, CampaignCreative(campaign_id=campaign.id, creative_id=creative.id))
    for screen in screens or []:
        saved(db, Target(campaign_id=campaign.id, kind=TargetKind.SCREEN, value=screen.id))
    if not screens:
        saved(db, Target(campaign_id=campaign.id, kind=TargetKind.ALL))
    return campaign


def _give_renditions(db: Session, store: MediaStore | None, creative: Creative) -> None:
    still = jpeg_bytes(creative.id)
    files = {RenditionRole.POSTER: (still, "image/jpeg"), RenditionRole.THUMB: (still, "image/jpeg")}
    if creative.kind == "video":
        film = film_bytes()
        files |= {RenditionRole.SCREEN: (film, "video/mp4"), RenditionRole.PICTURE: (film, "video/mp4")}
    else:
        files |= {RenditionRole.SCREEN: (still, "image/jpeg"), RenditionRole.IMAGE: (still, "image/jpeg")}
    for role, (raw, mime) in files.items():
        digest = store.put([raw]) if store else hashlib.sha256(raw).hexdigest()
        duration = creative.length_ms if mime == "video/mp4" else None
        size: dict[str, Any] = {"bytes": len(raw), "width": 64, "height": 36, "duration_ms": duration}
        saved(db, Rendition(creative_id=creative.id, role=role, digest=digest, mime=mime, **size))


def jpeg_bytes(seed: str = "", *, width: int = 64, height: int = 36) -> bytes:
    """A small JPEG of one colour; the seed chooses the colour."""
    red, green, blue = hashlib.sha256(seed.encode()).digest()[:3]
    out = io.BytesIO()
    Image.new("RGB", (width, height), (red, green, blue)).save(out, "JPEG")
    return out.getvalue()


@cache
def film_bytes() -> bytes:
    """One second of moving test picture, H.264 in MP4."""
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.mp4"
        source = ["-f", "lavfi", "-i", "testsrc=size=64x36:rate=10:duration=1"]
        encode = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
        subprocess.run(["ffmpeg", "-v", "error", *source, *encode, str(film)], check=True)
        return film.read_bytes()
