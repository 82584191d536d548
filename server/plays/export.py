"""Export of every single play as CSV, for customers who check their invoice; read in batches, written line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select, tuple_

from media.item_ids import creative_of
from server.campaigns.models import Campaign
from server.creatives.models import Creative
from server.csv_export import csv_line
from server.db import from_ms, to_ms
from server.plays.games import PhonesOfGame, phones_of_games
from server.plays.models import PlayRow
from server.plays.report import DeliveryFilter
from server.screens.models import Screen, Venue
from server.zones import zone_or_utc

BATCH = 2000

COLUMNS = (
    *("play_id", "kind", "venue", "screen", "screen_code", "screen_id", "campaign", "campaign_id"),
    *("creative", "creative_id", "day", "begin_utc", "end_utc_exclusive", "begin_local", "end_local_exclusive", "zone"),
    *("shown_s", "result", "why", "counted", "phones", "not_counted_because"),
    *("game_joined", "game_played", "game_finished", "game_prizes"),
)

Reading = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True)
class ExportedPlay:
    """A play with its screen and venue, and the names of its campaign and creative (empty if they no longer exist).

    game: phones that joined, played and finished, and prizes; None unless the play is of a game and counts
    """

    play: PlayRow
    screen: Screen
    venue: Venue
    campaign: str
    creative: str
    game: PhonesOfGame | None


def play_lines(reading: Reading, chosen: DeliveryFilter) -> Iterator[str]:
    """CSV of the plays of these days, oldest first. Each batch is a read of its own: a slow download blocks nothing."""
    yield csv_line(*COLUMNS)
    for batch in play_batches(reading, chosen):
        yield "".join(csv_line(*_cells(exported)) for exported in batch)


def play_batches(reading: Reading, chosen: DeliveryFilter, *, size: int = BATCH) -> Iterator[list[ExportedPlay]]:
    """Batches of at most `size` plays in the order (began_ms, id), each continuing after the last of the one before."""
    after: tuple[int, str] | None = None
    while True:
        with reading() as db:
            batch = _read_batch(db, chosen, after, size)
        if batch:
            yield batch
        if len(batch) < size:
            return
        after = (batch[-1].play.began_ms, batch[-1].play.id)


def _read_batch(db: Session, chosen: DeliveryFilter, after: tuple[int, str] | None, size: int) -> list[ExportedPlay]:
    query = (
        select(PlayRow, Screen, Venue)
        .join(Screen, col(Screen.id) == col(PlayRow.screen_id))
        .join(Venue, col(Venue.id) == col(Screen.venue_id))
        .where(*_conditions(chosen))
        .order_by(col(PlayRow.began_ms), col(PlayRow.id))
        .limit(size)
    )
    if after is not None:
        query = query.where(tuple_(col(PlayRow.began_ms), col(PlayRow.id)) > after)
    rows = db.exec(query).all()
    campaigns = _names(db, Campaign.id, Campaign.name, {play.campaign_id or "" for play, _, _ in rows})
    titles = _names(db, Creative.id, Creative.title, {creative_of(play.item) for play, _, _ in rows})
    games = phones_of_games(db, [play for play, _, _ in rows])
    return [
        ExportedPlay(
            play,
            screen,
            venue,
            campaign=campaigns.get(play.campaign_id or "", ""),
            creative=titles.get(creative_of(play.item), ""),
            game=games.get(play.counts_for or ""),
        )
        for play, screen, venue in rows
    ]


def _conditions(chosen: DeliveryFilter) -> Iterator[Any]:
    """SQL conditions of the filter. The days are given as dates, and also as a range of the index over `began_ms`."""
    yield col(PlayRow.on).between(chosen.from_on, chosen.until_on)
    earliest, latest = chosen.instants()
    yield col(PlayRow.began_ms).between(to_ms(earliest), to_ms(latest))
    if chosen.campaign_id is not None:
        yield col(PlayRow.campaign_id) == chosen.campaign_id
    if chosen.screen_id is not None:
        yield col(PlayRow.screen_id) == chosen.screen_id
    if chosen.venue_ids is not None:
        yield col(Screen.venue_id).in_(chosen.venue_ids)
    if chosen.advertiser_id is not None:
        own = select(Campaign.id).where(Campaign.advertiser_id == chosen.advertiser_id)
        yield col(PlayRow.campaign_id).in_(own)


def _names(db: Session, id_: Any, name: Any, ids: Iterable[str]) -> dict[str, str]:
    return dict(db.exec(select(id_, name).where(col(id_).in_(list(ids)))).all())


def _cells(exported: ExportedPlay) -> Sequence[object]:
    play, screen, venue = exported.play, exported.screen, exported.venue
    begin, end, zone = from_ms(play.began_ms), from_ms(play.ended_ms), zone_or_utc(venue.zone)
    return (
        *(play.id, play.kind, venue.name, screen.name, screen.code, screen.id, exported.campaign, play.campaign_id),
        *(exported.creative, creative_of(play.item), play.on.isoformat()),
        *(_written(begin).replace("+00:00", "Z"), _written(end).replace("+00:00", "Z")),
        *(_written(begin.astimezone(zone)), _written(end.astimezone(zone)), venue.zone),
        *(f"{(play.ended_ms - play.began_ms) / 1000:.3f}", play.result, play.why),
        *("yes" if play.counts_for else "no", play.phones if play.phones_samples else "", play.uncounted or ""),
        *(exported.game or ("",) * len(PhonesOfGame._fields)),
    )


def _written(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")
