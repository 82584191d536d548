"""The games that this process referees: phones join and play, states are sent, and what is known is saved.

All phones of a screen speak with one process: nginx chooses it by the screen's code. A process that takes a game over
goes on where it was saved, at most a second ago. When a process that was away is back, nginx sends new requests to it
again, while sockets are still open at the other. So a process that hears of a phone takes the game over, and the one
that had it notices at its next save: it drops the game, and closes the screen's sockets, which nginx then sends to the
game's process.
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
from server.db import from_ms, new_id, to_ms, transaction
from server.db.errors import DATABASE_ERRORS
from server.errors import Conflict
from server.games.rounds import Spot, open_round, phones_of, referee_of, save_round, settle_round, take_over

logger = logging.getLogger(__name__)

SEND_EVERY_MS, SEND_TO_CROWD_EVERY_MS = 50, 100
SAVE_EVERY_MS = 1000
FORGET_AFTER_MS = 5000


class GameFull(Conflict):
    """All places in this game are taken. Watch this one, and join the next."""


class GameUnderWay(Conflict):
    """It is too late to join this game. Watch who wins, and join the next."""


class GameNotOpen(Conflict):
    """This game has not begun. Join when it is on the screen."""


class GameFullHere(Conflict):
    """Too many phones on this network are playing already. Join the next game."""


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
    sent_ms: int = 0
    saved_ms: int = 0

    def state(self, now_ms: int) -> GameState:
        return state_of(self.referee, self.result, now_ms)


class Referees:
    """`send` is called with the screen and the state of a game: only after a change, at most 20 times a second, and 10
    times where more phones play than a race has lanes. `close_sockets` is called with a screen whose game another
    process has taken over."""

    def __init__(self, engine: Engine, *, secret_key: str, keys: CouponKeys, most_per_address: int) -> None:
        self.send: Callable[[str, GameState], None] = lambda _screen_id, _state: None
        self.close_sockets: Callable[[str], None] = lambda _screen_id: None
        self._name = new_id()
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
        if not self._save(game, now):  # a seat outlives this process before its phone knows of it
            self._drop(game)
            return self.join(spot, phone_id=phone_id, address=address, now=now)
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
        game.is_unsent = True
        return True

    def state(self, screen_id: str, starts_ms: int, *, now: datetime) -> GameState | None:
        """How a game of this process stands."""
        game = self._games.get((screen_id, starts_ms))
        return game.state(to_ms(now)) if game else None

    def tick(self, now: datetime) -> None:
        """Send, save and settle what is due. A database that is away is tried again at the next tick."""
        now_ms = to_ms(now)
        for game in list(self._games.values()):
            try:
                is_ours = self._settle_if_over(game, now) and self._save_if_due(game, now)
            except DATABASE_ERRORS as error:
                logger.warning("game not saved round=%s why=%s", game.round_id, error)
                is_ours = True
            if is_ours:
                self._send_if_due(game, now_ms)
            else:
                self._drop(game)
                self.close_sockets(game.screen_id)
            if game.is_settled and now_ms > game.referee.phases.ends_ms + FORGET_AFTER_MS:
                self._drop(game)
        self._unknown = {key for key in self._unknown if key[1] > now_ms - FORGET_AFTER_MS * 20}

    @property
    def is_idle(self) -> bool:
        return not self._games

    # --- games

    def _game_of(self, spot: Spot, now: datetime) -> _Game:
        """The game of this spot. The first phone that joins opens its round."""
        starts_ms = to_ms(spot.starts_at)
        if game := self._games.get((spot.screen_id, starts_ms)):
            return game
        with transaction(self._engine) as db:
            open_round(db, spot, seed=new_seed(), now=now)
        if game := self._taken_over(spot.screen_id, starts_ms, now):
            return game
        raise GameUnderWay

    def _game_at(self, ticket: Ticket, now: datetime) -> _Game | None:
        """One that another process began is read from where it was saved."""
        key = (ticket.screen_id, ticket.starts_ms)
        if key not in self._games and key not in self._unknown and not self._taken_over(*key, now):
            self._unknown.add(key)
        return self._games.get(key)

    def _taken_over(self, screen_id: str, starts_ms: int, now: datetime) -> _Game | None:
        """The game, with this process as its referee from now on; None if there is none that is still on."""
        with transaction(self._engine) as db:
            round_ = take_over(db, screen_id, from_ms(starts_ms), referee=self._name)
            if round_ is None:
                return None
            referee = referee_of(db, round_, now=now, most_per_address=self._most_per_address)
            game = _Game(screen_id, round_.id, referee, saved_ms=to_ms(now))
        return self._games.setdefault((screen_id, starts_ms), game)  # another phone may have caused the same meanwhile

    def _drop(self, game: _Game) -> None:
        """From then on, this process has no part in it; a phone that it hears of has it taken over again."""
        self._games.pop((game.screen_id, game.referee.phases.starts_ms), None)

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

    def _save_if_due(self, game: _Game, now: datetime) -> bool:
        """False if another process has taken the game over: also a game in which nothing happens is saved."""
        if game.is_settled or to_ms(now) - game.saved_ms < SAVE_EVERY_MS:
            return True
        return self._save(game, now)

    def _save(self, game: _Game, now: datetime) -> bool:
        """False if another process has taken the game over."""
        game.saved_ms = to_ms(now)
        snapshot, counts = game.referee.snapshot(game.saved_ms), game.referee.counts()
        with transaction(self._engine) as db:
            return save_round(db, game.round_id, snapshot, counts, now=now, referee=self._name)

    def _settle_if_over(self, game: _Game, now: datetime) -> bool:
        """False if another process has taken the game over."""
        result = game.referee.result(to_ms(now))
        if game.is_settled or result is None:
            return True
        counts, phones, keys = game.referee.counts(), phones_of(game.referee), self._keys
        with transaction(self._engine) as db:
            given = settle_round(
                db, game.round_id, result, counts, phones=phones, keys=keys, now=now, referee=self._name
            )
        if given is None:
            return False
        game.result, game.is_settled, game.is_unsent = result_shown(game.referee, result, given), True, True
        return True
