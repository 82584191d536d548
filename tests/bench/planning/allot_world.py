"""A network of `plan_world`'s in a real database, with two weeks behind it: what the allot job and the desk meet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine, insert
from sqlmodel import SQLModel

from media.integers import ceil_div
from server.campaigns.models import Advertiser, Campaign, CampaignCreative, CampaignState, Daypart, Target
from server.creatives.models import Creative, CreativeState, Rendition, RenditionRole
from server.planner.model.days import ALWAYS
from server.planner.model.network import NetworkDay, Order
from server.plays.models import DeliveredDay
from server.screens.models import NetworkRevision, Player, Screen, Venue
from server.screens.replan import THE_ROW
from server.timelines.models import PlannedDay
from tests.bench.planning.plan_world import CLOSES_MIN, OPENS_MIN, SHAPES, network

ZONE = "Asia/Shanghai"
SCREENS_A_VENUE = 4
DAYS_BEHIND, DAYS_TO_COME = 14, 45
PART_PLAYED, PART_SILENT = 0.99, 0.01
AT_ONCE = 20_000
HOURS = {str(weekday): [[OPENS_MIN, CLOSES_MIN]] for weekday in range(7)}


@dataclass(frozen=True)
class CreatedNetwork:
    """A network, and the rows of its past days in each of two tables: as created, and of all that would play."""

    day: NetworkDay
    history_rows: int
    history_rows_meant: int


def create_network(
    engine: Engine, *, screens: int, campaigns: int, slot_s: int, most_history: int, now: datetime
) -> CreatedNetwork:
    """Shape `even` as rows. Where two weeks of all that plays were more than `most_history`, each screen has some."""
    day = network(SHAPES["even"], screens=screens, campaigns=campaigns, slot_s=slot_s, seed=1)
    numbers = {f"s{n:06}": n for n in range(screens)}
    playing = _playing(day)
    meant = DAYS_BEHIND * sum(map(len, playing.values()))
    a_screen = max(1, most_history // (DAYS_BEHIND * screens))
    some = {place: orders[:a_screen] for place, orders in playing.items()}
    history = list(_history(some, day, numbers))
    with engine.begin() as connection:
        _places(connection, day, now)
        _sold(connection, day, history, slot_s, now)
        _days_behind(connection, history, now)
    return CreatedNetwork(day, DAYS_BEHIND * len(history), meant)


def id_of(kind: str, number: int) -> str:
    """Ids of 26 characters that sort as their numbers do."""
    return f"{kind}{number:0{26 - len(kind)}}"


def tag_of(trait: str) -> str:
    return f"city-{trait}"


# --- places


def _places(connection: Connection, day: NetworkDay, now: datetime) -> None:
    venues = ceil_div(len(day.places), SCREENS_A_VENUE)
    plain = {"zone": ZONE, "hours": HOURS, "reserved_percent": 0, "created_at": now}
    _insert(connection, Venue, ({"id": id_of("V", n), "name": f"Venue {n}", **plain} for n in range(venues)))
    _insert(connection, Screen, (_screen(n, place.traits, now) for n, place in enumerate(day.places)))
    _insert(connection, Player, (_player(n, now) for n in range(len(day.places))))


def _screen(number: int, traits: Iterable[str], now: datetime) -> dict[str, Any]:
    return {
        "id": id_of("S", number),
        "code": f"{number:08}",
        "venue_id": id_of("V", number // SCREENS_A_VENUE),
        "name": f"Car {number % SCREENS_A_VENUE}",
        "tags": [tag_of(trait) for trait in sorted(traits)],
        "presence_key": "p" * 32,
        "created_at": now - timedelta(days=90),
    }


def _player(number: int, now: datetime) -> dict[str, Any]:
    """One in a hundred has not been heard of for a day and a half."""
    silent = number % round(1 / PART_SILENT) == 0
    return {
        "id": id_of("P", number),
        "hardware": f"box-{number}",
        "token_hash": sha256(str(number).encode()).hexdigest(),
        "screen_id": id_of("S", number),
        "enrolled_at": now - timedelta(days=90),
        "seen_at": now - timedelta(days=1.5) if silent else now,
    }


# --- campaigns


def _sold(
    connection: Connection, day: NetworkDay, history: Sequence[tuple[int, int, int, int]], slot_s: int, now: datetime
) -> None:
    """Each campaign's goal is what it had so far and, for every day to come, what the day of `plan_world` gives it."""
    had: dict[int, int] = defaultdict(int)
    for _screen_number, order_number, _planned, played in history:
        had[order_number] += played * DAYS_BEHIND
    orders = list(enumerate(day.orders))
    advertisers = sorted({order.advertiser: order.category for order in day.orders}.items())
    owners = {name: id_of("A", n) for n, (name, _) in enumerate(advertisers)}
    _insert(
        connection,
        Advertiser,
        ({"id": owners[name], "name": name, "category": kind, "created_at": now} for name, kind in advertisers),
    )
    _insert(connection, Creative, (_creative(n, order, owners, slot_s, now) for n, order in orders))
    _insert(connection, Rendition, (row for n, _ in orders for row in _renditions(n)))
    _insert(connection, Campaign, (_campaign(n, order, owners, had[n], now) for n, order in orders))
    ids = iter(range(10**9))
    _insert(
        connection,
        CampaignCreative,
        ({"id": id_of("B", n), "campaign_id": id_of("C", n), "creative_id": id_of("R", n)} for n, _ in orders),
    )
    _insert(connection, Daypart, (row for n, order in orders for row in _dayparts(n, order, ids)))
    _insert(connection, Target, (row for n, order in orders for row in _targets(n, order, ids)))
    connection.execute(insert(NetworkRevision), {"id": THE_ROW, "number": 1})


def _creative(number: int, order: Order, owners: Mapping[str, str], slot_s: int, now: datetime) -> dict[str, Any]:
    return {
        "id": id_of("R", number),
        "kind": "image",
        "title": f"Picture {number}",
        "advertiser_id": owners[order.advertiser],
        "state": CreativeState.READY,
        "length_ms": int(order.slots) * slot_s * 1000,
        "progress": 1.0,
        "created_at": now,
        "ready_at": now,
    }


def _renditions(number: int) -> Iterator[dict[str, Any]]:
    for n, role in enumerate((RenditionRole.SCREEN, RenditionRole.IMAGE)):
        digest = sha256(f"{number} {n}".encode()).hexdigest()
        yield {
            "id": id_of("N", 2 * number + n),
            "creative_id": id_of("R", number),
            "role": role,
            "digest": digest,
            "mime": "image/jpeg",
            "bytes": 100_000,
            "width": 1920,
            "height": 1080,
        }


def _campaign(number: int, order: Order, owners: Mapping[str, str], had: int, now: datetime) -> dict[str, Any]:
    today = local_today(now)
    return {
        "id": id_of("C", number),
        "name": f"Campaign {number}",
        "advertiser_id": owners[order.advertiser],
        "state": CampaignState.BOOKED,
        "starts_on": today - timedelta(days=DAYS_BEHIND),
        "ends_on": today + timedelta(days=DAYS_TO_COME - 1),
        "goal_kind": "plays",
        "goal": float(had + DAYS_TO_COME * (order.plays or 0)),
        "created_at": now - timedelta(days=30),
        "booked_at": now - timedelta(days=30),
    }


def _dayparts(number: int, order: Order, ids: Iterator[int]) -> Iterator[dict[str, Any]]:
    """The hours of `plan_world`'s one day, on every day of the week."""
    for part in () if order.dayparts == ALWAYS else order.dayparts:
        for weekday in range(7):
            hours = {"weekday": weekday, "from_min": part.from_min, "until_min": part.until_min}
            yield {"id": id_of("D", next(ids)), "campaign_id": id_of("C", number), **hours}


def _targets(number: int, order: Order, ids: Iterator[int]) -> Iterator[dict[str, Any]]:
    for trait in sorted(order.targets):
        named = {"kind": "tag", "value": tag_of(trait)}
        yield {"id": id_of("T", next(ids)), "campaign_id": id_of("C", number), **named}


# --- the days behind


def _playing(day: NetworkDay) -> dict[str, list[int]]:
    """The orders of each place."""
    by_trait: dict[str, list[int]] = defaultdict(list)
    for number, order in enumerate(day.orders):
        for trait in order.targets:
            by_trait[trait].append(number)
    return {place.id: [n for trait in place.traits for n in by_trait[trait]] for place in day.places}


def _history(
    playing: Mapping[str, Sequence[int]], day: NetworkDay, numbers: Mapping[str, int]
) -> Iterator[tuple[int, int, int, int]]:
    """Screen, order, and what of it was planned and played on each of the days behind."""
    reach: dict[int, int] = defaultdict(int)
    for orders in playing.values():
        for number in orders:
            reach[number] += 1
    for place, orders in playing.items():
        for number in orders:
            planned = ceil_div(day.orders[number].plays or 0, reach[number])
            yield numbers[place], number, planned, round(planned * PART_PLAYED)


def _days_behind(connection: Connection, history: Sequence[tuple[int, int, int, int]], now: datetime) -> None:
    days = [local_today(now) - timedelta(days=n + 1) for n in range(DAYS_BEHIND)]
    keyed = [(n, on, *row) for n, (on, row) in enumerate((on, row) for on in days for row in history)]
    planned = (
        (id_of("H", n), id_of("S", screen), on, id_of("C", order), id_of("R", order), count, count, "")
        for n, on, screen, order, count, _ in keyed
    )
    delivered = (
        (id_of("H", n), id_of("S", screen), on, id_of("C", order), id_of("R", order), count, 1000 * count, 0, 0)
        for n, on, screen, order, _, count in keyed
    )
    _insert_fast(
        connection, PlannedDay,
        ("id", "screen_id", "on", "campaign_id", "creative_id", "booked", "planned", "why"), planned,
    )  # fmt: skip
    _insert_fast(
        connection, DeliveredDay,
        ("id", "screen_id", "on", "campaign_id", "item", "plays", "impressions_milli", "shown_ms", "failed"), delivered,
    )  # fmt: skip


def local_today(now: datetime) -> date:
    return (now.astimezone(UTC) + timedelta(hours=8)).date()


# --- writing many rows


def _insert(connection: Connection, table: type[SQLModel], rows: Iterable[dict[str, Any]]) -> None:
    """Through SQLAlchemy, so that every column has its default and its type."""
    rows = iter(rows)
    while part := list(islice(rows, AT_ONCE)):
        connection.execute(insert(table), part)


def _insert_fast(
    connection: Connection, table: type[SQLModel], columns: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    """Past SQLAlchemy, for millions of rows."""
    names = ", ".join(f'"{column}"' for column in columns)
    name = str(table.__tablename__)
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        values = ((*row[:2], row[2].isoformat(), *row[3:]) for row in rows)
        driver.executemany(f"INSERT INTO {name} ({names}) VALUES ({marks})", values).close()
        return
    with driver.cursor() as cursor, cursor.copy(f"COPY {name} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
