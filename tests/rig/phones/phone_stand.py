"""A screen for phones to look at: real web and media processes, and a timeline of many short items laid by hand."""

from __future__ import annotations

import io
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image, ImageDraw
from sqlmodel import Session

from media.daytable import OFF, DayTable
from media.integers import ceil_div
from media.store import MediaStore
from media.wire.games import GameRules
from media.wire.timeline import Day, Item, Manifest, MediaRef, OfferCard, PhoneItem, ScreenSettings
from server.coupons.models import Offer
from server.creatives.models import Rendition, RenditionRole
from server.db import from_ms, transaction, utc_now
from server.screens.models import Screen
from server.timelines.models import PublishedTimeline
from tests.factories import make_creative, make_merchant, make_offer, make_screen
from tests.rig.servers.house import RunningHouse, running_house

SLOT_MS = 1000
AROUND_SLOTS = 600


@dataclass(frozen=True)
class Lookout:
    """The server, address and items that a test of the phone page uses."""

    house: RunningHouse
    screen: Screen
    offer: Offer

    @property
    def address(self) -> str:
        return f"/s/{self.screen.code}"


@contextmanager
def lookout(folder: Path, *, stock: int = 12, more: Mapping[str, str] | None = None) -> Iterator[Lookout]:
    with running_house(folder, parts=("web", "media"), more=more) as house:
        yield look_out(house, stock=stock)


def look_out(house: RunningHouse, *, stock: int = 12) -> Lookout:
    """A screen whose lap of 26 s is: film, notice, coupon, film, sound."""
    with transaction(house.engine) as db:
        screen = make_screen(db)
        offer = make_offer(db, merchant=make_merchant(db), stock=stock, terms="One bowl a guest.", presence=False)
        items = Shelf(db, house.store).items_of(offer)
    lay(house, screen, items, lap=("film", "notice", "coupon", "film2", "song"))
    return Lookout(house, screen, offer)


TONES = (500, 700, 900, 1100, 1300)  # Hz, one for each film of a rotation
ROTATION_S = 2  # each film's length
BROKEN_SOUND = b"no sound that any browser decodes"

FILMS = (("testsrc2", 8), ("testsrc", 6))
NOTICE = "Water is off on Tuesday, 9:00 to 11:00.\nPlease fill a kettle before."
KINDS = {"film": "video", "film2": "video", "notice": "notice", "coupon": "coupon", "song": "audio"}
TITLES = {
    "film": "Morning film",
    "film2": "Evening film",
    "notice": "Water is off",
    "coupon": "One bowl free",
    "song": "Tune of the day",
}
LENGTHS_S = {"film": 8, "notice": 4, "coupon": 4, "film2": 6, "song": 4}
OFF_S = 10


def lay(
    house: RunningHouse, screen: Screen, items: dict[str, Item], *, lap: tuple[str, ...], version: int = 1,
    settings: ScreenSettings | None = None, rules: Mapping[str, GameRules] | None = None,
) -> None:  # fmt: skip
    """Publish a timeline that repeats this lap from ten minutes ago on, for two hours."""
    now_ms = int(time.time() * 1000) // SLOT_MS * SLOT_MS
    lengths_s = {"off": OFF_S, **{id_: item.length_ms // 1000 for id_, item in items.items()}}
    table = day_table(lap, lengths_s, slots=7200)
    digest = house.store.put([table.encoded])
    starts_ms = now_ms - AROUND_SLOTS * SLOT_MS
    manifest = Manifest(
        screen=screen.id,
        code=screen.code,
        version=version,
        effective_ms=starts_ms,
        slot_ms=SLOT_MS,
        media_base=house.settings.media_url,
        days=(Day(on="2026-01-01", starts_ms=starts_ms, ends_ms=starts_ms + 7200 * SLOT_MS, digest=digest),),
        items=items,
        house=("notice",),
        rules=dict(rules or {}),
        settings=settings or ScreenSettings(),
    )
    with transaction(house.engine) as db:
        row = PublishedTimeline(
            screen_id=screen.id,
            version=version,
            manifest=manifest.model_dump(mode="json"),
            etag=f"v{version}",
            published_at=utc_now(),
            ends_at=from_ms(manifest.days[-1].ends_ms),
        )
        db.add(row)


def day_table(lap: tuple[str, ...], lengths_s: Mapping[str, int], *, slots: int) -> DayTable:
    ids = tuple(dict.fromkeys(id_ for id_ in lap if id_ != "off"))
    marks = [OFF if id_ == "off" else ids.index(id_) + 1 for id_ in lap for _ in range(lengths_s[id_])]
    starts = [nth == 0 for id_ in lap for nth in range(lengths_s[id_])]
    laps = ceil_div(slots, len(marks))
    return DayTable(ids, (marks * laps)[:slots], (starts * laps)[:slots])


def lay_rotation(house: RunningHouse) -> str:
    """The address of a screen with five films, each with a tone of its own, and one whose sound is broken."""
    with transaction(house.engine) as db:
        screen, shelf = make_screen(db), Shelf(db, house.store)
        sounds = {"broken": BROKEN_SOUND} | {f"film-{hertz}": tone(hertz, ROTATION_S) for hertz in TONES}
        items = {id_: shelf.film_with_sound(id_, raw, seconds=ROTATION_S) for id_, raw in sounds.items()}
    lay(house, screen, items, lap=tuple(items))
    return f"/s/{screen.code}"


@dataclass(frozen=True)
class Shelf:
    """Puts media where the media process serves it from."""

    db: Session
    store: MediaStore

    def items_of(self, offer: Offer) -> dict[str, Item]:
        """One item of each kind."""
        screen = self.still("screen", "#000")
        phones = self.phones(offer)
        return {
            id_: Item.model_validate(
                {
                    "id": id_,
                    "kind": KINDS[id_],
                    "title": TITLES[id_],
                    "length_ms": LENGTHS_S[id_] * 1000,
                    "screen": screen,
                    "phone": phone,
                }
            )
            for id_, phone in phones.items()
        }

    def phones(self, offer: Offer) -> dict[str, PhoneItem]:
        card = OfferCard(
            id=offer.id, merchant="Noodle Bar", title=offer.title, terms=offer.terms, presence=offer.presence
        )
        sound = self.sound(tone(440, 8), seconds=8)
        film, film2 = (self.film(*made) for made in FILMS)
        return {
            "film": PhoneItem(picture=film, sound=sound, poster=self.still("Morning film", "#345")),
            "film2": PhoneItem(picture=film2, poster=self.still("Evening film", "#543")),
            "notice": PhoneItem(image=self.still("Water is off", "#254"), text=NOTICE),
            "coupon": PhoneItem(image=self.still("One bowl free", "#723"), offer=card),
            "song": PhoneItem(sound=sound, poster=self.still("Tune of the day", "#327")),
        }

    def film_with_sound(self, id_: str, sound: bytes, *, seconds: int) -> Item:
        phone = PhoneItem(
            picture=self.film("testsrc", seconds),
            sound=self.sound(sound, seconds=seconds),
            poster=self.still(id_, "#357"),
        )
        screen = self.still("screen", "#000")
        return Item(id=id_, kind="video", title=id_, length_ms=seconds * 1000, screen=screen, phone=phone)

    def film(self, source: str, seconds: int) -> MediaRef:
        return self.put(moving(source, seconds), "video/mp4", duration_ms=seconds * 1000)

    def sound(self, raw: bytes, *, seconds: int) -> MediaRef:
        return self.put(raw, "audio/mp4", duration_ms=seconds * 1000)

    def still(self, text: str, colour: str) -> MediaRef:
        return self.put(still(text, colour), "image/jpeg")

    def put(self, raw: bytes, mime: str, *, duration_ms: int | None = None) -> MediaRef:
        """The media process serves what some creative owns."""
        size: dict[str, Any] = {"bytes": len(raw), "duration_ms": duration_ms, "width": 640, "height": 360}
        ref = MediaRef(digest=self.store.put([raw]), mime=mime, **size)
        creative = make_creative(self.db, ready=False)
        self.db.add(Rendition(creative_id=creative.id, role=RenditionRole.SCREEN, digest=ref.digest, mime=mime, **size))
        return ref


def still(text: str, colour: str) -> bytes:
    image = Image.new("RGB", (640, 360), colour)
    ImageDraw.Draw(image).text((40, 150), text, fill="white", font_size=48)
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


@cache
def moving(source: str, seconds: int) -> bytes:
    """A test film without sound, 25 frames a second, as phones get it."""
    picture = ["-f", "lavfi", "-i", f"{source}=size=640x360:rate=25:duration={seconds}"]
    return _encoded([*picture, "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", "50"], "mp4")


@cache
def tone(frequency: int, seconds: int) -> bytes:
    return _encoded(["-f", "lavfi", "-i", f"sine=frequency={frequency}:duration={seconds}", "-c:a", "aac"], "m4a")


def _encoded(arguments: list[str], ending: str) -> bytes:
    with TemporaryDirectory() as folder:
        out = Path(folder) / f"out.{ending}"
        command = ["ffmpeg", "-v", "error", *arguments, "-movflags", "+faststart", str(out)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        return out.read_bytes()
