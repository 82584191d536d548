"""The games that this box referees: its phones join and play, the player's daemon gives the prizes.

It works without the server. Everything runs on gevent's hub, so nothing interrupts a call that does not wait.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NoReturn

from media.games.draws import new_seed
from media.games.faces import shown_face
from media.games.kinds import referee_for
from media.games.phases import phases_of
from media.games.race import LANES
from media.games.referee import Referee, Result
from media.games.seats import NoSeat, NoSeatBecause, Seats
from media.games.states import result_shown, state_of
from media.wire.errors import ErrorBody
from media.wire.game_rounds import RoundPlace, RoundReport
from media.wire.games import GameResult, GameSeat, GameState, SeatInput
from player.line_socket import NoAnswer
from player.portal.errors import PortalError
from player.portal.games.saved_games import SavedGame, SavedGames
from player.portal.upstream.clients import PlayerClient
from player.portal.upstream.player_messages import GameAnswer, SeatPhone, SettleRequest

logger = logging.getLogger(__name__)

TICK_S, IDLE_S = 0.05, 0.25
SEND_EVERY_MS, SEND_TO_CROWD_EVERY_MS = 50, 100  # more phones than a race has lanes are a crowd
SAVE_EVERY_MS = 1000
SETTLE_AGAIN_MS = 1000
FORGET_AFTER_MS = 5000

REFUSALS = {
    NoSeatBecause.FULL: (
        "game_full", "All places in this game are taken.", "Watch this one, and join the next.",
    ),
    NoSeatBecause.TOO_LATE: (
        "game_under_way", "It is too late to join this game.", "Watch who wins, and join the next one.",
    ),
    NoSeatBecause.NOT_OPEN: ("game_not_open", "This game has not begun.", "Join when it is on the screen."),
    NoSeatBecause.ADDRESS_FULL: (
        "game_plays_already", "This phone is already playing in another window.", "Continue there.",
    ),
}  # fmt: skip
NO_GAME = ("no_such_game", "There is no such game on this screen now.", "Look at the screen for the next one.")


@dataclass
class _Game:
    """A game that runs. `saved` has what does not change."""

    saved: SavedGame
    referee: Referee
    result: Result | None = None
    shown: GameResult | None = None
    is_unsent: bool = True
    is_unsaved: bool = True
    sent_ms: int = 0
    saved_ms: int = 0
    settle_ms: int = 0
    phones: dict[int, str] = field(default_factory=dict)

    def phone_in(self, seat: int) -> str | None:
        if seat not in self.phones:
            self.phones = {taken.number: phone for phone, taken in self.referee.seats.by_phone.items()}
        return self.phones.get(seat)

    def state(self, now_ms: int) -> GameState:
        return state_of(self.referee, self.shown, now_ms)


class BoxGames:
    """`send` is called with a state for the phones, at most twenty times a second and only after a change."""

    def __init__(self, player: PlayerClient, store: SavedGames) -> None:
        self.send: Callable[[GameState], None] = lambda _state: None
        self._player = player
        self._store = store
        self._games: dict[int, _Game] = {}
        self._for_board: GameState | None = None

    # --- phones

    def join(self, spot_ms: int, *, phone: str, lease: str) -> GameSeat | None:
        """The phone's seat, the same one at each call. None where the server is the referee.

        phone: the hash of its token · lease: its name on the hotspot, which all its windows share
        Raises PortalError, and NoAnswer while the daemon is away.
        """
        game = self._games.get(spot_ms) or self._opened(spot_ms)
        if game is None:
            return None
        now_ms = self._now_ms()
        try:
            seat = game.referee.join(phone, lease, now_ms)
        except NoSeat as refused:
            raise _error(409, REFUSALS[refused.why]) from refused
        self._save(game, now_ms)  # a seat outlives this process before its phone knows of it
        game.is_unsent = True
        return GameSeat(
            seat=seat.number,
            face=shown_face(seat.number),
            promise=game.referee.promise,
            ticket=_ticket(game.referee.seed, seat.number),
        )

    def take(self, given: SeatInput) -> bool:
        """Count an input; False if its ticket is of no game here."""
        game = self._games.get(given.spot)
        seat, _, _ = given.ticket.partition(".")
        if game is None or not seat.isdecimal() or not _is_ticket(game.referee.seed, seat, given.ticket):
            return False
        phone = game.phone_in(int(seat))
        if phone is None:
            return False
        game.referee.take(phone, given, self._now_ms())
        game.is_unsent = game.is_unsaved = True
        return True

    def state(self, spot_ms: int) -> GameState:
        """How a game stands, of which an input was counted."""
        return self._games[spot_ms].state(self._now_ms())

    # --- loops

    def resume(self) -> None:
        """Go on with the games of a portal that was killed. Raises NoAnswer while the daemon is away."""
        now_ms = round(self._player.now_ms())
        for saved in self._store.all():
            if saved.starts_ms not in self._games:
                self._games[saved.starts_ms] = _Game(saved, _referee(saved, now_ms))
                logger.info("game goes on starts_ms=%d", saved.starts_ms)

    def tick(self) -> None:
        """Send, save and settle what is due."""
        now_ms = self._now_ms()
        for game in list(self._games.values()):
            self._settle_if_over(game, now_ms)
            if game.is_unsaved and game.result is None and now_ms - game.saved_ms >= SAVE_EVERY_MS:
                self._save(game, now_ms)
            self._send_if_due(game, now_ms)
            if game.shown is not None and now_ms > game.referee.phases.ends_ms + FORGET_AFTER_MS:
                self._store.remove(game.saved.starts_ms)
                del self._games[game.saved.starts_ms]

    def _send_if_due(self, game: _Game, now_ms: int) -> None:
        every_ms = SEND_EVERY_MS if len(game.referee.seats) <= LANES else SEND_TO_CROWD_EVERY_MS
        if any(game.sent_ms < at_ms <= now_ms for at_ms in game.referee.scoring.changes_ms()):
            game.is_unsent = True
        if game.is_unsent and now_ms - game.sent_ms >= every_ms:
            game.is_unsent, game.sent_ms = False, now_ms
            self._for_board = game.state(now_ms)
            self.send(self._for_board)

    def feed_board(self) -> None:
        """Send the newest state to the daemon, whose board draws it; an older one that was not sent is left out."""
        state, self._for_board = self._for_board, None
        if state is not None:
            self._player.show_game(state)

    @property
    def is_idle(self) -> bool:
        return not self._games

    # --- games

    def _opened(self, spot_ms: int) -> _Game | None:
        answer = self._player.game(spot_ms)
        if not isinstance(answer, GameAnswer):
            if answer.at_server:
                return None
            raise _error(404, NO_GAME)
        saved = SavedGame(starts_ms=spot_ms, seed=new_seed().hex(), **answer.model_dump(exclude={"kind"}))
        game = _Game(saved, _referee(saved, self._now_ms()))
        return self._games.setdefault(spot_ms, game)  # another phone may have opened it meanwhile

    def _save(self, game: _Game, now_ms: int) -> None:
        game.is_unsaved, game.saved_ms = False, now_ms
        snapshot = game.referee.snapshot(now_ms).decode()
        self._store.save(game.saved.model_copy(update={"snapshot": snapshot}))

    def _settle_if_over(self, game: _Game, now_ms: int) -> None:
        """The result is saved first: a portal that goes on from there decides the same."""
        result = game.referee.result(now_ms)
        if result is None or game.shown is not None or now_ms - game.settle_ms < SETTLE_AGAIN_MS:
            return
        if game.result is None:
            self._save(game, now_ms)
            game.result = result
        game.settle_ms = now_ms
        try:
            given = self._player.settle(_settlement(game, result))
        except NoAnswer as error:
            logger.warning("prizes not given yet starts_ms=%d why=%s", game.saved.starts_ms, error)
            return
        game.shown, game.is_unsent = result_shown(game.referee, result, given), True

    def _now_ms(self) -> int:
        return round(self._player.known_now_ms())


def run_games(games: BoxGames, sleep: Callable[[float], object]) -> NoReturn:
    """Until the process ends. While the daemon has never answered, nothing can be played."""
    _until_answered(games.resume, sleep)
    while True:
        games.tick()
        sleep(IDLE_S if games.is_idle else TICK_S)


def run_board(games: BoxGames, sleep: Callable[[float], object]) -> NoReturn:
    while True:
        try:
            games.feed_board()
        except NoAnswer as error:
            logger.info("state of a game not shown why=%s", error)
        sleep(IDLE_S if games.is_idle else TICK_S)


def _until_answered(call: Callable[[], None], sleep: Callable[[float], object]) -> None:
    while True:
        try:
            return call()
        except NoAnswer:
            sleep(1)


def _referee(saved: SavedGame, now_ms: int) -> Referee:
    seats = Seats(phases_of(saved.starts_ms, saved.length_ms))
    referee = referee_for(saved.rules, seats, bytes.fromhex(saved.seed))
    if saved.snapshot:
        referee.restore(saved.snapshot.encode(), now_ms)
    return referee


def _ticket(seed: bytes, seat: int) -> str:
    """Only this game's referee can make it: the seed is secret until the game is over."""
    return f"{seat}.{hmac.new(seed, b'seat %d' % seat, sha256).hexdigest()}"


def _is_ticket(seed: bytes, seat: str, ticket: str) -> bool:
    return len(seat) <= 4 and hmac.compare_digest(_ticket(seed, int(seat)).encode(), ticket.encode())


def _settlement(game: _Game, result: Result) -> SettleRequest:
    saved, counts = game.saved, game.referee.counts()
    report = RoundReport(
        screen=saved.screen,
        starts_ms=saved.starts_ms,
        item=saved.item,
        version=saved.version,
        seed=saved.seed,
        joined=counts.joined,
        played=counts.played,
        finished=counts.finished,
        places=tuple(RoundPlace(seats=place.seats, points=place.points) for place in result.standings),
        entrants=tuple(result.entrants),
        cut_short=result.cut_short,
    )
    phones = tuple(SeatPhone(seat=seat, phone=game.phone_in(seat) or "") for seat in result.winners)
    return SettleRequest(round=report, offer=saved.offer, winners=phones)


def _error(status: int, words: tuple[str, str, str]) -> PortalError:
    code, message, remedy = words
    return PortalError(status, ErrorBody(code=code, message=message, remedy=remedy))
