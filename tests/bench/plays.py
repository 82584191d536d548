"""A day of plays from many players, sent three times, shuffled, over HTTP, with a kill -9 of the server in between.

    python -m tests.bench.plays --json [--players 100] [--database sqlite|postgresql]

The generator knows the truth; afterwards every row and every daily count is held against it. The peer is a bare INSERT
of the same rows into the same table of the same database, with nothing judged, deduplicated or counted.
"""

from __future__ import annotations

import argparse
import http.client
import queue
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, insert
from sqlmodel import Session, delete, select

from media.integers import ceil_div
from media.item_ids import campaign_of, creative_of, item_id
from media.store import MediaStore
from media.wire.plays import Play, PlaysAnswer
from server.db import reading, to_ms, transaction
from server.plays.models import DeliveredDay, PlayRow
from server.screens.models import Venue
from tests.bench.result import report
from tests.factories import make_campaign, make_creative, make_player, make_screen, make_venue, token_of
from tests.rig.players.planned import SLOT_MS, publish_turns
from tests.rig.servers.house import RunningHouse, running_house
from tests.rig.servers.postgres import running_postgres

HOURS = 17
SPOT_MS = 15_000
ROUNDS = 3
BATCH = 1000
SENDERS = 4
KILL_AT = 0.4
ZONE_AHEAD = timedelta(hours=8)  # Asia/Shanghai, the venues' zone, has no clock changes

DayKey = tuple[str, str, str, str]
SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass
class Truth:
    """The expected content of the database at the end, known before the first play is sent."""

    results: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    days: dict[DayKey, list[int]] = field(default_factory=dict)
    counting: int = 0

    def day(self, key: DayKey) -> list[int]:
        return self.days.setdefault(key, [0, 0, 0])


@dataclass(frozen=True)
class Box:
    """One player as the bench plays it: its token, its screen, and what it shows in turn."""

    token: str
    screen: str
    items: tuple[str, ...]


@dataclass
class Sending:
    """Batches that wait, and what was answered."""

    batches: queue.SimpleQueue[tuple[str, bytes, int]]
    answered: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    resent: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def main() -> None:
    options = read_options()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-plays-")))
        more = {}
        if options.database == "postgresql":
            more["LIFTCAST_DATABASE_URL"] = f"{stack.enter_context(running_postgres())}/postgres"
        house = stack.enter_context(running_house(folder, parts=("web",), more=more))
        measures, peers = run(house, players=options.players)
    report("plays", {"database": options.database, **measures}, peers)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="the last line is JSON in any case")
    parser.add_argument("--players", type=int, default=100)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    return parser.parse_args()


def run(house: RunningHouse, *, players: int) -> tuple[dict[str, object], dict[str, object]]:
    chance = random.Random(1)
    boxes = furnish(house, players)
    truth = Truth()
    batches = [batch for box in boxes for batch in batches_of(box, truth, chance)]
    chance.shuffle(batches)
    sending, seconds, outage_s = send_all(house, batches)
    errors = count_errors(house.engine, truth)
    measures = {
        "count_errors": errors,
        "plays_per_s": round(sending.answered / (seconds - outage_s)),
        "players": players,
        "plays": len(truth.results) + len(truth.refused),
        "answered": sending.answered,
        "statuses": dict(sending.statuses),
        "batches_sent_again": sending.resent,
        "seconds": round(seconds, 1),
        "outage_s": round(outage_s, 1),
    }
    return measures, {"bare_insert_per_s": round(bare_insert(house.engine))}


# --- the plays, and the truth


def furnish(house: RunningHouse, players: int) -> list[Box]:
    """Ten screens to a venue, ten campaigns everywhere, each day published."""
    with transaction(house.engine) as db:
        creatives = [make_creative(db, length_ms=SPOT_MS) for _ in range(10)]
        items = [item_id(creative.id, make_campaign(db, creatives=[creative]).id) for creative in creatives]
        venues = [make_venue(db, name=f"Tower {nth}") for nth in range(ceil_div(players, 10))]
        return [_box(db, house.store, venues[nth // 10], tuple(items)) for nth in range(players)]


def _box(db: Session, store: MediaStore, venue: Venue, items: tuple[str, ...]) -> Box:
    """Its ten items in turn, which is a whole number of times from any midnight to six in the morning."""
    screen = make_screen(db, venue=venue)
    for hours in (6, 6 + HOURS):
        at = _yesterday() - ZONE_AHEAD + timedelta(hours=hours)
        publish_turns(db, store, screen, items, at=at, slots=SPOT_MS // SLOT_MS)
    return Box(token_of(make_player(db, screen=screen)), screen.id, items)


def batches_of(box: Box, truth: Truth, chance: random.Random) -> list[tuple[str, bytes, int]]:
    """The box's day three times over in any order, cut into batches as a box sends them."""
    sent = [play.model_dump_json().encode() for play in plays_of(box, truth, chance)] * ROUNDS
    chance.shuffle(sent)
    cuts = [sent[first : first + BATCH] for first in range(0, len(sent), BATCH)]
    return [(box.token, b'{"plays":[' + b",".join(cut) + b"]}", len(cut)) for cut in cuts]


def plays_of(box: Box, truth: Truth, chance: random.Random) -> Iterator[Play]:
    """Yesterday from six to eleven at night: mostly good, with all that goes wrong in between."""
    midnight = _yesterday()
    first_ms = to_ms(midnight - ZONE_AHEAD) + 6 * 3_600_000
    for nth in range(HOURS * 3_600_000 // SPOT_MS):
        starts_ms = first_ms + nth * SPOT_MS
        item = box.items[nth % len(box.items)]
        key = (box.screen, midnight.date().isoformat(), campaign_of(item), creative_of(item))
        yield from _showings(box, starts_ms, item, key, truth, chance)


def _yesterday() -> datetime:
    """Its midnight, by the venues' clock."""
    return (datetime.now(UTC) + ZONE_AHEAD).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)


def _showings(box: Box, starts_ms: int, item: str, key: DayKey, truth: Truth, chance: random.Random) -> Iterator[Play]:
    """One spot's showing, or two that claim it, and what the server must make of them."""
    fate = chance.choices(
        ("good", "short", "failed", "overclaimed", "rivals", "house", "stranger"), (880, 30, 20, 20, 20, 20, 10)
    )[0]
    play = _play(box, starts_ms, item, chance)
    if fate == "good":
        yield _counted(play, key, truth)
    elif fate == "rivals":
        yield _counted(play, key, truth)
        rival = play.model_copy(update={"id": _id(starts_ms, chance)})
        truth.results[rival.id] = "played"
        yield rival
    elif fate == "house":
        truth.results[play.id] = "played"
        yield play.model_copy(update={"kind": "house", "item": creative_of(item), "campaign": None})
    elif fate == "stranger":
        truth.refused.add(play.id)
        yield play.model_copy(update={"screen": "0" * 26})
    else:
        yield _failing(play, fate, key, truth)


def _counted(play: Play, key: DayKey, truth: Truth) -> Play:
    truth.results[play.id] = "played"
    truth.counting += 1
    day = truth.day(key)
    day[0] += 1
    day[1] += play.ended_ms - play.began_ms
    return play


def _failing(play: Play, fate: str, key: DayKey, truth: Truth) -> Play:
    """Reported as it was, or overclaimed: a third of the spot reported as the whole."""
    result = "played" if fate == "overclaimed" else fate
    truth.results[play.id] = "short" if fate == "overclaimed" else fate
    truth.day(key)[2] += 1
    return play.model_copy(update={"result": result, "ended_ms": play.began_ms + SPOT_MS // 3})


def _play(box: Box, starts_ms: int, item: str, chance: random.Random) -> Play:
    return Play(
        id=_id(starts_ms, chance),
        kind="spot",
        screen=box.screen,
        starts_ms=starts_ms,
        item=item,
        campaign=campaign_of(item),
        version=3,
        began_ms=starts_ms + chance.randrange(17),
        ended_ms=starts_ms + SPOT_MS,
        result="played",
        phones=chance.randrange(4),
    )


def _id(at_ms: int, chance: random.Random) -> str:
    """A ULID of that instant."""
    number = (at_ms << 80) | chance.getrandbits(80)
    return "".join(SYMBOLS[number >> shift & 31] for shift in range(125, -1, -5))


# --- sending


def send_all(house: RunningHouse, batches: list[tuple[str, bytes, int]]) -> tuple[Sending, float, float]:
    """Send everything from a few threads; part-way the server is killed and started again."""
    waiting: queue.SimpleQueue[tuple[str, bytes, int]] = queue.SimpleQueue()
    for batch in batches:
        waiting.put(batch)
    sending = Sending(waiting)
    began = time.monotonic()
    senders = [threading.Thread(target=_send_batches, args=(house, sending)) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    outage_s = _kill_once(house, sending, at=sum(batch[2] for batch in batches) * KILL_AT)
    for sender in senders:
        sender.join()
    return sending, time.monotonic() - began, outage_s


def _kill_once(house: RunningHouse, sending: Sending, *, at: float) -> float:
    while sending.answered < at:
        time.sleep(0.01)
    killed = time.monotonic()
    house.processes["web"].kill()
    house.start("web-again", port=house.settings.port)
    return time.monotonic() - killed


def _send_batches(house: RunningHouse, sending: Sending) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", house.settings.port, timeout=60)
    while True:
        try:
            token, body, _ = batch = sending.batches.get_nowait()
        except queue.Empty:
            return
        try:
            connection.request("POST", "/api/v1/player/plays", body, {"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            raw = answer.read()
        except (OSError, http.client.HTTPException):
            _send_later(sending, batch)
            connection.close()
            continue
        if answer.status != 200:
            raise RuntimeError(f"the server answered {answer.status}: {raw[:300]!r}")
        _note(sending, PlaysAnswer.model_validate_json(raw))


def _send_later(sending: Sending, batch: tuple[str, bytes, int]) -> None:
    """Queue a batch without acknowledgement again, as a box does: the server may or may not have stored it."""
    sending.batches.put(batch)
    with sending.lock:
        sending.resent += 1
    time.sleep(0.2)


def _note(sending: Sending, answer: PlaysAnswer) -> None:
    with sending.lock:
        sending.answered += len(answer.plays)
        sending.statuses.update(play.status for play in answer.plays)


# --- holding the database against the truth


def count_errors(engine: Engine, truth: Truth) -> int:
    """Rows missing, too many or with another result; days whose counts differ; spots that count twice or not at all."""
    with reading(engine) as db:
        rows = dict(db.exec(select(PlayRow.id, PlayRow.result)).all())
        counting = len(db.exec(select(PlayRow.id).where(PlayRow.counts_for != None)).all())  # noqa: E711
        days = {
            (day.screen_id, day.on.isoformat(), day.campaign_id, day.item): [day.plays, day.shown_ms, day.failed]
            for day in db.exec(select(DeliveredDay))
        }
    wrong_rows = len(rows.items() ^ truth.results.items())
    wrong_days = sum(days.get(key) != truth.days.get(key) for key in days.keys() | truth.days.keys())
    return wrong_rows + wrong_days + abs(counting - truth.counting)


def bare_insert(engine: Engine) -> float:
    """The peer: the same rows by executemany, a thousand to a transaction; returns rows per second."""
    with reading(engine) as db:
        rows = [row.model_dump() for row in db.exec(select(PlayRow))]
    with transaction(engine) as db:
        db.exec(delete(PlayRow))
    began = time.monotonic()
    for first in range(0, len(rows), BATCH):
        with engine.begin() as connection:
            connection.execute(insert(PlayRow), rows[first : first + BATCH])
    return len(rows) / (time.monotonic() - began)


if __name__ == "__main__":
    main()
