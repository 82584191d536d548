"""Writes the golden messages: `python -m tests.wire.golden`. They change only when the wire does, and on purpose.

`timeline.json`: a manifest, its day tables, and what every reader must answer at chosen instants.
`stage.json`: a stage, and what the phone page must answer from it alone.
The other files hold one message of each kind by conversation (tests/wire/messages.py).
"""

from __future__ import annotations

import base64
import json
from array import array
from hashlib import sha256
from pathlib import Path
from typing import Any

from media.daytable import HOUSE, OFF, DayTable, decode
from media.fillers import Rank
from media.timeline import Timeline
from media.wire.phone import Stage
from media.wire.timeline import (
    Day,
    Filler,
    Interrupt,
    Item,
    Manifest,
    MediaRef,
    OfferCard,
    Override,
    PhoneItem,
    ScreenSettings,
)
from tests.wire.messages import PLANNED, as_json, messages

FOLDER = Path(__file__).parent
SLOT_MS = 5_000
# Monday 2 March 2026, 00:00 in Shanghai; the second day ends early by half a slot, the third day's table is lost.
FIRST_MS = 1_772_380_800_000
DAY_MS = 86_400_000


def media(name: str, mime: str, **more: Any) -> MediaRef:
    return MediaRef(digest=sha256(name.encode()).hexdigest(), mime=mime, bytes=1000, **more)


def items() -> dict[str, Item]:
    film = PhoneItem(
        picture=media("film picture", "video/mp4", duration_ms=14_600),
        sound=media("film sound", "audio/mp4"),
        poster=media("film poster", "image/jpeg"),
    )
    offer = OfferCard(id="offer-1", merchant="Noodle Bar", title="面一碗", terms="One each.", presence=True)
    made = [
        Item(
            id="film-1",
            kind="video",
            campaign="campaign-1",
            title="A film",
            length_ms=14_600,
            screen=media("film", "video/mp4", duration_ms=14_600, width=1920, height=1080),
            phone=film,
        ),
        Item(
            id="coupon-1",
            kind="coupon",
            campaign="campaign-2",
            title="Noodles",
            length_ms=10_000,
            screen=media("coupon", "image/jpeg"),
            phone=PhoneItem(image=media("coupon phone", "image/webp"), offer=offer),
        ),
        Item(
            id="notice-1",
            kind="notice",
            title="停水通知",
            length_ms=10_000,
            screen=media("notice", "image/jpeg"),
            phone=PhoneItem(image=media("notice phone", "image/webp"), text="明天停水"),
        ),
        *(
            Item(
                id=f"house-{n}",
                kind="image",
                title=f"House {n}",
                length_ms=5_000 * n,
                screen=media(f"h{n}", "image/jpeg"),
            )
            for n in (1, 2)
        ),
        Item(id="alarm-1", kind="notice", title="Leave", length_ms=8_000, screen=media("alarm", "image/jpeg")),
        Item(
            id="card-1",
            kind="image",
            title="港湾大厦",
            length_ms=60_000,
            screen=media("card", "image/jpeg"),
            phone=PhoneItem(image=media("card phone", "image/webp")),
            clock="Asia/Shanghai",
        ),
    ]
    return {item.id: item for item in made}


def table(pattern: list[tuple[str, int]], slots: int) -> DayTable:
    """Spots of so many slots in turn, over and over; "" is house content, "-" off."""
    names: dict[str, int] = {}
    cells, starts = array("H"), bytearray()
    while len(cells) < slots:
        for name, length in pattern:
            length = min(length, slots - len(cells))
            index = {"": HOUSE, "-": OFF}.get(name) if name in ("", "-") else names.setdefault(name, len(names) + 1)
            cells.extend([index or HOUSE] * length)
            starts.extend([1 if name not in ("", "-") and not n else 0 for n in range(length)])
    return DayTable(tuple(names), cells, bytes(starts))


def timeline() -> Timeline:
    busy = [("film-1", 3), ("coupon-1", 2), ("coupon-1", 2), ("", 3), ("notice-1", 2), ("", 4), ("gone-1", 2)]
    first = table([("-", 4320), *busy * 600, ("-", 12960)], DAY_MS // SLOT_MS)
    second = table(busy, DAY_MS // SLOT_MS)
    lost = table([("film-1", 3)], DAY_MS // SLOT_MS)
    ends = (FIRST_MS + DAY_MS, FIRST_MS + 2 * DAY_MS - 2_500, FIRST_MS + 3 * DAY_MS - 2_500)
    starts = (FIRST_MS, *ends[:-1])
    days = tuple(
        Day(on=f"2026-03-0{n + 2}", starts_ms=starts[n], ends_ms=ends[n], digest=table.digest)
        for n, table in enumerate((first, second, lost))
    )
    noon = FIRST_MS + 43_200_000
    manifest = Manifest(
        screen="screen-1",
        code="K7M2PQ",
        version=7,
        effective_ms=noon,
        slot_ms=SLOT_MS,
        media_base="http://127.0.0.1:8001",
        days=days,
        items=items(),
        house=("house-1", "house-2", "not-there"),
        fillers=(
            Filler(item="not-there", rank=Rank.NOTICE),
            Filler(item="notice-1", rank=Rank.NOTICE, from_ms=noon - 3_600_000, until_ms=noon - 10_000),
            Filler(item="house-1", rank=Rank.HOUSE, until_ms=ends[2] + DAY_MS),
            Filler(item="house-2", rank=Rank.HOUSE, from_ms=noon - 86_400_000, until_ms=ends[2] + DAY_MS),
            Filler(item="card-1", rank=Rank.CARD),
        ),
        interrupts=(
            Interrupt(id="i1", item="alarm-1", from_ms=noon + 61_234, until_ms=noon + 81_234),
            Interrupt(id="i2", item="not-there", from_ms=noon, until_ms=None),
        ),
        settings=ScreenSettings(
            page_url="http://127.0.0.1:8000/s/K7M2PQ",
            short_address="127.0.0.1:8000/s/K7M2PQ",
            hotspot=PLANNED,
        ),
    )
    return Timeline(manifest, {table.digest: table for table in (first, second)})


def instants() -> list[int]:
    """Before all days, closed, opening, around edges and the interrupt, the short last slot, lost, after all; and when
    house content has ended too."""
    noon, opening = FIRST_MS + 43_200_000, FIRST_MS + 4320 * SLOT_MS
    around = [
        noon + ms
        for ms in (-20_000, -15_000, -10_000, 0, 14_999, 15_000, 34_999, 35_000, 50_000, 60_000, 61_233, 61_234, 70_000)
    ]
    edges = [noon + ms for ms in (81_233, 81_234, 85_000, 3_600_000)]
    end = FIRST_MS + 2 * DAY_MS - 2_500
    after = [end + DAY_MS + 7, end + 2 * DAY_MS - 1, end + 2 * DAY_MS]
    return [FIRST_MS - 1, FIRST_MS, opening - 1, opening, *around, *edges, end - 3_000, end - 1, end, *after]


def stage_of(known: Timeline) -> Stage:
    now = FIRST_MS + 43_200_000 + 42_000
    return known.stage(now, override=Override(starts_ms=now - 500, item="house-1", why="the file is damaged"))


def answers(known: Timeline) -> list[dict[str, Any]]:
    return [
        {
            "now_ms": at,
            "spot": known.spot_at(at).model_dump(),
            "ends_ms": known.ends_at(at),
            "next": known.next_after(at).model_dump(),
        }
        for at in instants()
    ]


def stage_answers(stage: Stage) -> list[dict[str, Any]]:
    """A phone's answer: the first spot that covers the instant, and the one after it."""
    last = len(stage.spots) - 2
    found = []
    for index in (0, 1, 2, 3, 4, 5, 6, last):
        spot, after = stage.spots[index], stage.spots[index + 1]
        began = stage.spots[index - 1].ends_ms if index else stage.now_ms
        for at in (began, (began + spot.ends_ms) // 2, spot.ends_ms - 1):
            answer = {"now_ms": at, "spot": spot.model_dump(), "next": after.model_dump(), "changes_ms": spot.ends_ms}
            found.append(answer)
    return found


def timeline_file(known: Timeline) -> dict[str, Any]:
    return {
        "manifest": known.manifest.model_dump(mode="json"),
        "tables": {digest: base64.b64encode(table.encoded).decode() for digest, table in sorted(known.tables.items())},
        "answers": answers(known),
        "stage": stage_of(known).model_dump(mode="json"),
    }


def stage_file(known: Timeline) -> dict[str, Any]:
    stage = stage_of(known)
    return {"stage": stage.model_dump(mode="json"), "answers": stage_answers(stage)}


def read_timeline() -> tuple[Timeline, dict[str, Any]]:
    golden = json.loads((FOLDER / "timeline.json").read_text())
    tables = {digest: decode(base64.b64decode(raw)) for digest, raw in golden["tables"].items()}
    return Timeline(Manifest.model_validate(golden["manifest"]), tables), golden


def write() -> None:
    known = timeline()
    files = {"timeline": timeline_file(known), "stage": stage_file(known)}
    files |= {name: as_json(conversation) for name, conversation in messages(stage_of(known)).items()}
    for name, made in files.items():
        (FOLDER / f"{name}.json").write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    write()
