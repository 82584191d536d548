"""The games that this process referees: phones join and play, states are sent, and what is known is saved.

All phones of a screen speak with one process: nginx chooses it by the screen's code. A process that takes a game over
goes on where it was saved, at most a second ago.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import Engine

from media.games.draws import new_seed
from media.games.faces import shown_face
from media.games.race import LANES
from media.games.referee import Referee
from media.games.seats import NoSeat, NoSeatBecause
from media.games.states import result_shown, state_of
from media.wire.games import GameResult, GameSeat, GameState, SeatInput
from server.coupons.codes.derive import CouponKeys
from server.db import from_ms, reading, to_ms, transaction
from server.db.errors import DATABASE_ERRORS
from server.errors import Conflict
from server.games.rounds import Spot, open_round, phones_of, referee_of, round_at, save_round, settle_round

logger = logging.getLogger(__name__)

SEND_EVERY_MS, SEND_TO_CROWD_EVERY_MS = 50, 100
SAVE_EVERY_MS = 1000
FORGET_AFTER_MS = 5000


class GameFull(Conflict):
    """Everybody who fits takes part already. Watch this one, and join the next."""


class GameUnderWay(Conflict):
    """This game is too far on to join. Watch who wins, and join the next."""


class GameNotOpen(Conflict):
    """This game has not begun. Join when it is on the screen."""


class GameFullHere(Conflict):
    """Too many phones of this network take part already. Join the next game."""


class GameAtBox(Conflict):
    """This game is played on the screen's own WiFi. Join that WiFi, and play on the page that opens."""


REFUSALS = {
    NoSeatBecause.FULL: GameFull,
    NoSeatBecause.TOO_LATE: GameUnderWay,
    NoSeatBecause.NOT_OPEN: GameNotOpen,
    NoSeatBecause.ADDRESS_FULL: GameFullHere,
}

Key = tuple[str, int]


class Ticket(NamedTuple):
    """The content of a seat's ticket: the screen, the instant of the game, and the phone."""

    screen_id: str
    starts_ms: int
    phone_id: str


@dataclass
class _Game:
    """A game that runs, and when it was last sent and saved."""

    screen_id: str
    round_id: str
    referee: Referee
    result: GameResult | None = None
    is_settled: bool = False
    is_unsent: bool = True
    is_unsaved: bool = True
    sent_ms: int = 0
    saved_ms: int = 0

    def state(self, now_ms: int) -> GameState:
        return state_of(self.referee, self.result, now_ms)


class Referees:
    """`send` is called with the screen and the state of a game: only after a change, at most 20 times a second, and 10
    times where more phones play than a race has lanes."""

    def __init__(self, engine: Engine, *, secret_key: str, keys: CouponKeys, most_per_address: int) -> None:
        self.send: Callable[[str, GameState], None] = lambda _screen_id, _state: None
        self._engine = engine
        self._keys = keys
        self._most_per_address = most_per_address
        self._tickets = URLSafeSerializer(secret_key, salt="game seat")
        self._games: dict[Key, _Game] = {}
        self._unknown: set[Key] = set()

    def join(self, spot: Spot, *, phone_id: str, address: str, now: datetime) -> GameSeat:
        """The phone's seat, the same one at each call.

        Raises GameFull, GameFullHere, GameUnderWay or GameNotOpen.
        """
        game = self._game_of(spot, now)
        try:
            seat = game.referee.join(phone_id, address, to_ms(now))
        except NoSeat as refused:
            raise REFUSALS[refused.why] from refused
        game.is_unsent = True
        self._save(game, now)  # a seat outlives this process before its phone knows of it
        return GameSeat(
            seat=seat.number,
            face=shown_face(seat.number),
            promise=game.referee.promise,
            ticket=str(self._tickets.dumps([spot.screen_id, to_ms(spot.starts_at), phone_id])),
        )

    def take(self, given: SeatInput, *, now: datetime) -> bool:
        """Count an input; False if its ticket is not for a game of this time."""
        ticket = self._read(given.ticket)
        game = self._game_at(ticket, now) if ticket else None
        if ticket is None or game is None:
            return False
        game.referee.take(ticket.phone_id, given, to_ms(now))
        game.is_unsent = game.is_unsaved = True
        return True

    def state(self, screen_id: str, starts_ms: int, *, now: datetime) -> GameState | None:
        """How a game of this process stands."""
        game = self._games.get((screen_id, starts_ms))
        return game.state(to_ms(now)) if game else None

    def tick(self, now: datetime) -> None:
        """Send, save and settle what is due. A database that is away is tried again at the next tick."""
        now_ms = to_ms(now)
        for key, game in list(self._games.items()):
            try:
                self._settle_if_over(game, now)
                self._save_if_due(game, now)
            except DATABASE_ERRORS as error:
                logger.warning("game not saved round=%s why=%s", game.round_id, error)
            self._send_if_due(game, now_ms)
            if game.is_settled and now_ms > game.referee.phases.ends_ms + FORGET_AFTER_MS:
                del self._games[key]
        self._unknown = {key for key in self._unknown if key[1] > now_ms - FORGET_AFTER_MS * 20}

    @property
    def is_idle(self) -> bool:
        return not self._games

    # --- games

    def _game_of(self, spot: Spot, now: datetime) -> _Game:
        key = (spot.screen_id, to_ms(spot.starts_at))
        if game := self._games.get(key):
            return game
        with transaction(self._engine) as db:
            round_ = open_round(db, spot, seed=new_seed(), now=now)
            game = _Game(
                spot.screen_id, round_.id, referee_of(db, round_, now=now, most_per_address=self._most_per_address)
            )
        return self._games.setdefault(key, game)  # another phone may have opened it meanwhile

    def _game_at(self, ticket: Ticket, now: datetime) -> _Game | None:
        """One that another process began is read from where it was saved."""
        key = (ticket.screen_id, ticket.starts_ms)
        if key not in self._games and key not in self._unknown:
            with reading(self._engine) as db:
                round_ = round_at(db, ticket.screen_id, from_ms(ticket.starts_ms))
                if round_ is None or round_.settled_at is not None:
                    self._unknown.add(key)
                    return None
                referee = referee_of(db, round_, now=now, most_per_address=self._most_per_address)
                self._games.setdefault(key, _Game(ticket.screen_id, round_.id, referee))
        return self._games.get(key)

    def _read(self, ticket: str) -> Ticket | None:
        try:
            screen_id, starts_ms, phone_id = self._tickets.loads(ticket)
        except (BadSignature, ValueError, TypeError):
            return None
        return Ticket(screen_id, starts_ms, phone_id)

    # --- what is due

    def _send_if_due(self, game: _Game, now_ms: int) -> None:
        if any(game.sent_ms < at_ms <= now_ms for at_ms in game.referee.scoring.changes_ms()):
            game.is_unsent = True
        every_ms = SEND_EVERY_MS if len(game.referee.seats) <= LANES else SEND_TO_CROWD_EVERY_MS
        if game.is_unsent and now_ms - game.sent_ms >= every_ms:
            game.is_unsent, game.sent_ms = False, now_ms
            self.send(game.screen_id, game.state(now_ms))

    def _save_if_due(self, game: _Game, now: datetime) -> None:
        if game.is_settled or not game.is_unsaved or to_ms(now) - game.saved_ms < SAVE_EVERY_MS:
            return
        self._save(game, now)

    def _save(self, game: _Game, now: datetime) -> None:
        game.is_unsaved, game.saved_ms = False, to_ms(now)
        try:
            self._write(game, now)
        except DATABASE_ERRORS:
            game.is_unsaved = True
            raise

    def _write(self, game: _Game, now: datetime) -> None:
        with transaction(self._engine) as db:
            save_round(db, game.round_id, game.referee.snapshot(to_ms(now)), game.referee.counts(), now=now)

    def _settle_if_over(self, game: _Game, now: datetime) -> None:
        result = game.referee.result(to_ms(now))
        if game.is_settled or result is None:
            return
        counts, phones = game.referee.counts(), phones_of(game.referee)
        with transaction(self._engine) as db:
            given = settle_round(db, game.round_id, result, counts, phones=phones, keys=self._keys, now=now)
        game.result, game.is_settled, game.is_unsent = result_shown(game.referee, result, given), True, True
