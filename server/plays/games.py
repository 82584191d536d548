"""The report of games: how many phones joined, played and finished, and how many won a prize.

A play has a round once a phone joins it (`server/games`). A play that nobody joined has none, and adds to `plays`
alone. Rounds of plays that do not count are in no number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, String, literal, literal_column
from sqlmodel import Session, cast, col, func, select

from media.item_ids import creative_of
from server.creatives.models import GAME, Creative
from server.csv_export import csv_line
from server.db import epoch_ms, from_ms
from server.games.models import GameRound
from server.plays.models import DeliveredDay, PlayRow
from server.plays.report import Conditions, DeliveryFilter, begun_days, campaign_names, names_of, sums_by


class PhonesOfGame(NamedTuple):
    """Of one play: phones that joined, played and finished, and those that won a prize."""

    joined: int = 0
    played: int = 0
    finished: int = 0
    prizes: int = 0


@dataclass(frozen=True)
class GameCounts:
    """plays: counted plays of games · rounds: those that a phone joined · then phones, summed over the plays"""

    plays: int = 0
    rounds: int = 0
    joined: int = 0
    played: int = 0
    finished: int = 0
    prizes: int = 0

    def __add__(self, other: GameCounts) -> GameCounts:
        return GameCounts(*(mine + more for mine, more in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True)
class GameRow:
    """One game of one campaign on one screen on one local day; our own games have no campaign."""

    on: date
    campaign_id: str
    campaign: str
    creative_id: str
    creative: str
    venue_id: str
    venue: str
    screen_id: str
    screen: str
    counts: GameCounts


@dataclass(frozen=True)
class GamesReport:
    """by_game: by creative (id, title) and campaign, in the order of their titles"""

    all: GameCounts
    by_game: dict[tuple[str, str, str], GameCounts]


def games_report(db: Session, chosen: DeliveryFilter, *, now: datetime) -> GamesReport:
    names, conditions = campaign_names(db, chosen), Conditions(chosen, begun_days(db, now))
    titles = _titles_of_games(db)
    sums: dict[tuple[str, str, str], GameCounts] = defaultdict(GameCounts)
    for (campaign_id, creative_id), of in _counts(db, ("campaign_id", "creative_id"), conditions).items():
        if of.plays and campaign_id in names:
            sums[creative_id, titles.get(creative_id, ""), names[campaign_id]] += of
    by_game = dict(sorted(sums.items(), key=lambda item: (item[0][1], item[0][2], item[0][0])))
    return GamesReport(sum(sums.values(), GameCounts()), by_game)


def game_rows(db: Session, chosen: DeliveryFilter, *, now: datetime) -> list[GameRow]:
    """A row for each day, campaign, game and screen with counted plays, in this order."""
    names, conditions = names_of(db, chosen), Conditions(chosen, begun_days(db, now))
    titles, rows = _titles_of_games(db), []
    counts = _counts(db, ("campaign_id", "creative_id", "screen_id", "on"), conditions)
    for (campaign_id, creative_id, screen_id, on), of in counts.items():
        if of.plays and names.knows((campaign_id, screen_id, on)):
            screen, venue_id, venue = names.screens[screen_id]
            place = (venue_id, venue, screen_id, screen)
            what = (campaign_id, names.campaigns[campaign_id], creative_id, titles.get(creative_id, ""))
            rows.append(GameRow(on, *what, *place, of))
    return sorted(rows, key=lambda row: (row.on, row.campaign, row.campaign_id, row.creative, row.venue, row.screen_id))


def _titles_of_games(db: Session) -> dict[str, str]:
    return dict(db.exec(select(Creative.id, Creative.title).where(Creative.kind == GAME)).all())


def _counts(db: Session, keys: Sequence[str], conditions: Conditions) -> dict[tuple[Any, ...], GameCounts]:
    counts: dict[tuple[Any, ...], GameCounts] = defaultdict(GameCounts)
    for *key, plays in _plays_of(db, keys, conditions):
        counts[tuple(key)] += GameCounts(plays=plays)
    for *key, rounds, joined, played, finished, prizes in _rounds_of(db, keys, conditions):
        counts[tuple(key)] += GameCounts(0, rounds, joined, played, finished, prizes)
    return counts


def _plays_of(db: Session, keys: Sequence[str], conditions: Conditions) -> Iterable[Any]:
    item = col(DeliveredDay.item)
    columns = tuple(item if key == "creative_id" else col(getattr(DeliveredDay, key)) for key in keys)
    games = item.in_(select(Creative.id).where(Creative.kind == GAME))
    return sums_by(db, DeliveredDay, columns, ("plays",), conditions, games)


def _rounds_of(db: Session, keys: Sequence[str], conditions: Conditions) -> Iterable[Any]:
    # As a parameter, "" would be another one in GROUP BY, and PostgreSQL could not know that they are equal.
    campaign_id = func.coalesce(PlayRow.campaign_id, literal_column("''"))
    others = {"campaign_id": campaign_id, "creative_id": col(GameRound.creative_id)}
    columns: list[Any] = [others.get(key, getattr(PlayRow, key, None)) for key in keys]
    sums: list[Any] = [func.count(), *(func.sum(getattr(GameRound, name)) for name in PhonesOfGame._fields)]
    earliest, latest = conditions.chosen.instants()
    query: Any = select(*columns, *sums).join(GameRound, col(PlayRow.counts_for) == counted_as(db))
    query = query.where(*conditions.of(PlayRow), col(GameRound.starts_at).between(earliest, latest))
    numbers = len(keys)
    return ((*row[:numbers], *map(int, row[numbers:])) for row in db.exec(query.group_by(*columns)))


def phones_of_games(db: Session, plays: Sequence[PlayRow]) -> dict[str, PhonesOfGame]:
    """Of the plays that count and are of games, by their `counts_for`."""
    titled = select(Creative.id).where(
        Creative.kind == GAME, col(Creative.id).in_({creative_of(p.item) for p in plays})
    )
    games = set(db.exec(titled))
    counted = {play.counts_for: play for play in plays if play.counts_for and creative_of(play.item) in games}
    here = col(GameRound.screen_id).in_({play.screen_id for play in counted.values()})
    then = col(GameRound.starts_at).in_({from_ms(play.starts_ms) for play in counted.values()})
    columns: tuple[Any, ...] = (counted_as(db), *(getattr(GameRound, name) for name in PhonesOfGame._fields))
    found: Any = db.exec(select(*columns).where(here, then)) if counted else ()
    return dict.fromkeys(counted, PhonesOfGame()) | {key: PhonesOfGame(*phones) for key, *phones in found}


def counted_as(db: Session) -> ColumnElement[str]:
    """`PlayRow.counts_for` of the play that counts for a round's spot."""
    return col(GameRound.screen_id) + literal(":") + cast(epoch_ms(db, GameRound.starts_at), String)


COLUMNS = (
    *("day", "campaign", "campaign_id", "game", "creative_id", "venue", "screen", "screen_id"),
    *("plays", "plays_joined", *PhonesOfGame._fields),
)


def game_csv_lines(db: Session, chosen: DeliveryFilter, *, now: datetime) -> Iterator[str]:
    """As CSV, line by line and day by day, so that a year of a network is never in memory at once."""
    yield csv_line(*COLUMNS)
    for day in chosen.single_days():
        for row in game_rows(db, day, now=now):
            what = (row.on.isoformat(), row.campaign, row.campaign_id, row.creative, row.creative_id)
            yield csv_line(*what, row.venue, row.screen, row.screen_id, *astuple(row.counts))
