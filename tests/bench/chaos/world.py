"""The small network that the clients live in: venues with screens and boxes, offers that play, people and keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from sqlmodel import Session

from media.integers import ceil_div
from media.store import MediaStore
from server.accounts.keys import KeyForm, make_key
from server.accounts.models import Role
from server.accounts.passwords import hash_password
from server.campaigns.book import book_campaign
from server.campaigns.forms import BookingForm, TargetForm, WeightedCreative
from server.campaigns.models import TargetKind
from server.coupons.merchants import MerchantForm, add_merchant
from server.coupons.offers import OfferForm, make_offer
from server.db import transaction, utc_now
from server.screens.venues import add_screen, add_venue
from tests.factories import make_advertiser, make_creative, make_person, make_player, token_of
from tests.rig.servers.house import RunningHouse

SCREENS_PER_VENUE = 3
MERCHANTS, OFFERS_EACH = 4, 2
SHARE = 10.0
STOCK = 100_000
PASSWORD = "three plain words"


@dataclass(frozen=True)
class BoxPlace:
    """A screen and the box that feeds it; `lobby` is the address of all phones in front of it."""

    screen: str
    code: str
    presence_key: str
    token: str
    hardware: str
    lobby: str


@dataclass(frozen=True)
class World:
    """`offers` and `tills` are by merchant: the ids, and the secret of the API key that its tills share.

    `operator` is the secret of the operators' key, `person` signs in at the console by `email`.
    """

    venues: tuple[str, ...]
    boxes: tuple[BoxPlace, ...]
    offers: tuple[tuple[str, ...], ...]
    tills: tuple[str, ...]
    operator: str
    person: str
    email: str


def make_world(house: RunningHouse, *, boxes: int) -> World:
    now, password_hash = utc_now(), hash_password(PASSWORD)
    with transaction(house.engine) as db:
        merchants = [add_merchant(db, MerchantForm(name=f"Noodle Bar {nth}"), now=now).id for nth in range(MERCHANTS)]
        offers = [_offers(db, merchant, now) for merchant in merchants]
        tills = [_till(db, merchant, now) for merchant in merchants]
        venues = [_venue(db, nth, now) for nth in range(ceil_div(boxes, SCREENS_PER_VENUE))]
        places = [_box(db, venues[nth // SCREENS_PER_VENUE], nth, now) for nth in range(boxes)]
        _, operator = make_key(db, KeyForm(name="Operators", role=Role.OPERATOR), now=now)
        person = make_person(db, role=Role.OPERATOR, password_hash=password_hash)
    with transaction(house.engine) as db:
        for offer in chain.from_iterable(offers):
            _book(db, house.store, offer, now)
    return World(tuple(venues), tuple(places), tuple(offers), tuple(tills), operator, person.id, person.email)


def _offers(db: Session, merchant_id: str, now: datetime) -> tuple[str, ...]:
    forms = (OfferForm(title=f"Bowl {nth}", stock=STOCK, valid_days=7) for nth in range(OFFERS_EACH))
    return tuple(make_offer(db, merchant_id, form, now=now).id for form in forms)


def _till(db: Session, merchant_id: str, now: datetime) -> str:
    _, secret = make_key(db, KeyForm(name="Tills", role=Role.MERCHANT, merchant_id=merchant_id), now=now)
    return secret


def _venue(db: Session, nth: int, now: datetime) -> str:
    return add_venue(db, name=f"Tower {nth}", reserved_percent=10, now=now).id


def _box(db: Session, venue_id: str, nth: int, now: datetime) -> BoxPlace:
    screen = add_screen(db, venue_id=venue_id, name=f"Car {nth}", now=now)
    db.flush()
    player = make_player(db, screen=screen, since=now - timedelta(days=1))
    lobby = f"127.0.{nth + 1}.1"
    return BoxPlace(screen.id, screen.code, screen.presence_key, token_of(player), player.hardware, lobby)


def _book(db: Session, store: MediaStore, offer: str, now: datetime) -> None:
    """A campaign whose card shows this offer, everywhere."""
    advertiser = make_advertiser(db, name=f"Advertiser of {offer}")
    card = make_creative(db, store, kind="coupon", offer_id=offer, advertiser_id=advertiser.id)
    form = BookingForm(
        name=f"Offer {offer}",
        advertiser_id=advertiser.id,
        creatives=(WeightedCreative(creative_id=card.id),),
        starts_on=now.date() - timedelta(days=1),
        ends_on=now.date() + timedelta(days=30),
        targets=(TargetForm(kind=TargetKind.ALL),),
        goal=SHARE,
    )
    book_campaign(db, form, by=None, now=now)
