"""The demo's sample content, made through the same functions as the console's pages."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from sqlmodel import Session, col, select

from media.wire.games import Phrase, PrizeFor
from server.accounts.models import Role
from server.accounts.people import PersonForm, add_person
from server.campaigns.advertisers import add_advertiser
from server.campaigns.book import book_campaign
from server.campaigns.forms import BookingForm, TargetForm, WeightedCreative
from server.campaigns.house import add_house_content, house_content
from server.campaigns.models import Campaign, TargetKind
from server.campaigns.notices import run_notice
from server.coupons.merchants import MerchantForm, add_merchant
from server.coupons.offers import OfferForm, make_offer
from server.creatives.coupons import make_coupon_creative
from server.creatives.games import GameDesign, make_game
from server.creatives.models import Creative, CreativeState
from server.creatives.notices import type_notice
from server.creatives.uploads.accept_file import add_file, stored_file
from server.db import reading, transaction, utc_now
from server.screens.enrol.enrolment import take_code
from server.screens.models import Enrolment, Player
from server.screens.venues import add_screen, add_venue
from tests.rig.servers.house import RunningHouse
from tests.rig.servers.processes import eventually

ZONE = "Asia/Shanghai"
STOCK = 12
PRIZES = 100
RACE, RACE_MS = "Race to the roof", 20_000
SHARES = {"Noodle Bar": 20.0, "Rooftop Garden": 15.0, "Free noodles": 20.0, RACE: 25.0}
OWNERS = {
    "Noodle Bar": "Noodle Bar",
    "Rooftop Garden": "Rooftop Garden",
    "Free noodles": "Noodle Bar",
    RACE: "Rooftop Garden",
}


@dataclass(frozen=True)
class Content:
    """Ids of what the demo's page shows and acts on; `people` maps a role to an e-mail address."""

    venue: str
    screen: str
    code: str
    offer: str
    emergency: str
    welcome: str
    advertisers: dict[str, str]
    people: dict[str, str]


def make_content(house: RunningHouse, films: dict[str, Path]) -> Content:
    """Make it once; a demo that is started again finds it in its folder."""
    note = house.folder / "content.json"
    if note.exists():
        return Content(**json.loads(note.read_text()))
    with transaction(house.engine) as db:
        content = _places(db)
    for title, film in films.items():
        _upload(house, title, film, content.advertisers[OWNERS[title]])
    note.write_text(json.dumps(asdict(content)))
    return content


def book_programme(house: RunningHouse, content: Content) -> None:
    """Book each piece as soon as its renditions are made; what was booked before stays."""
    with reading(house.engine) as db:
        booked = {campaign.name for campaign in db.exec(select(Campaign)).all()}
        made = set(db.exec(select(Creative.title)).all())
    waiting = [title for title in ("Liftcast", *SHARES) if title in made - booked]

    def all_booked() -> bool:
        for title in [title for title in waiting if _ready(house, title)]:
            waiting.remove(title)
            with transaction(house.engine) as db:
                _use(db, title, content)
        return not waiting

    eventually(all_booked, within_s=600, what="the renditions", every_s=0.2)


def _use(db: Session, title: str, content: Content) -> None:
    """Films and the coupon are campaigns; the network's own card plays when nothing else does."""
    if title in SHARES:
        _book(db, title, SHARES[title], content)
    elif not house_content(db, None):
        add_house_content(db, content.welcome, now=utc_now())


def _book(db: Session, title: str, share: float, content: Content) -> None:
    today = utc_now().date()
    form = BookingForm(
        name=title,
        advertiser_id=content.advertisers[OWNERS[title]],
        creatives=(WeightedCreative(creative_id=_creative(db, title).id),),
        starts_on=today,
        ends_on=today + timedelta(days=90),
        targets=(TargetForm(kind=TargetKind.VENUE, value=content.venue),),
        goal=share,
    )
    book_campaign(db, form, by=None, now=utc_now())


def enrol_the_box(house: RunningHouse, content: Content) -> None:
    """Type the code that the box shows, as the operator beside it would."""

    def enrolled() -> bool:
        with transaction(house.engine) as db:
            if db.exec(select(Player).where(Player.screen_id == content.screen)).first():
                return True
            waiting = db.exec(select(Enrolment).where(col(Enrolment.taken_at).is_(None))).first()
            if waiting is not None:
                take_code(db, waiting.code, content.screen, by=None, now=utc_now())
            return waiting is not None

    eventually(enrolled, within_s=120, what="the box to show its code", every_s=0.2)


def _places(db: Session) -> Content:
    now = utc_now()
    venue = add_venue(db, name="Harbour Tower", zone=ZONE, reserved_percent=20, now=now)
    screen = add_screen(db, venue_id=venue.id, name="Lobby, left lift", kind="lobby", wifi="Harbour Lift", now=now)
    merchant = add_merchant(db, MerchantForm(name="Noodle Bar", address="Level B1", zone=ZONE), now=now)
    advertisers = {name: add_advertiser(db, name=name, now=now).id for name in sorted(set(OWNERS.values()))}
    terms = "One bowl for each guest. 每位顾客限一碗。"
    offer = _offer(db, merchant.id, "A free bowl of noodles · 免费拉面一碗", terms, stock=STOCK)
    terms = "For the winner of the race. 赛跑冠军专享。"
    prize = _offer(db, merchant.id, "A cold lemonade · 冰柠檬水一杯", terms, stock=PRIZES)
    make_coupon_creative(
        db,
        offer_id=offer,
        title="Free noodles",
        picture_digest=None,
        advertiser_id=advertisers[OWNERS["Free noodles"]],
        length_ms=10_000,
        by=None,
        now=now,
    )
    _race(db, prize, advertisers[OWNERS[RACE]])
    service = _notice(
        db, "Lift 3 is serviced on Friday, 9:00–11:00.\n3 号电梯周五 9:00–11:00 检修。", "Service", venue.id
    )
    run_notice(db, service, venue.id, until_at=now + timedelta(days=30), now=now)
    return Content(
        venue=venue.id,
        screen=screen.id,
        code=screen.code,
        offer=offer,
        emergency=_notice(db, "Please leave by the stairs.\n请从楼梯离开。", "Emergency", None),
        welcome=_notice(db, "Your message could stand here.\n您的广告可以在这里。", "Liftcast", None),
        advertisers=advertisers,
        people=_people(db, advertiser_id=advertisers["Noodle Bar"], merchant_id=merchant.id),
    )


def _race(db: Session, prize: str, advertiser_id: str) -> None:
    call = Phrase(en="Race to the roof!", zh="屋顶花园赛跑！")
    design = GameDesign(call=call, prize_for=PrizeFor.FIRST, prizes=1)
    make_game(
        db,
        design,
        title=RACE,
        offer_id=prize,
        advertiser_id=advertiser_id,
        length_ms=RACE_MS,
        by=None,
        now=utc_now(),
    )


def _offer(db: Session, merchant_id: str, title: str, terms: str, *, stock: int) -> str:
    form = OfferForm(title=title, terms=terms, stock=stock, valid_days=7, presence=False)
    return make_offer(db, merchant_id, form, now=utc_now()).id


def _people(db: Session, *, advertiser_id: str, merchant_id: str) -> dict[str, str]:
    people = {}
    for role in Role:
        email = f"{role.value}@demo.example"
        form = PersonForm(
            name=f"Demo {role.value}", email=email, role=role, advertiser_id=advertiser_id, merchant_id=merchant_id
        )
        add_person(db, form, now=utc_now())
        people[role.value] = email
    return people


def _notice(db: Session, text: str, title: str, venue_id: str | None) -> str:
    notice = type_notice(
        db, venue_id=venue_id, text=text, title=title, length_ms=10_000, language="en", by=None, now=utc_now()
    )
    return notice.id


def _upload(house: RunningHouse, title: str, film: Path, advertiser_id: str) -> None:
    draft = house.settings.work_dir / film.name
    draft.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(film, draft)
    with stored_file(house.store, draft, house.settings) as originals, transaction(house.engine) as db:
        whose = {"advertiser_id": advertiser_id, "venue_id": None, "by": None}
        add_file(db, originals, name=film.name, title=title, now=utc_now(), **whose)


def _ready(house: RunningHouse, title: str) -> bool:
    with reading(house.engine) as db:
        return _creative(db, title).state is CreativeState.READY


def _creative(db: Session, title: str) -> Creative:
    return db.exec(select(Creative).where(Creative.title == title)).one()
