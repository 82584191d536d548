"""Previews: a game played before it is booked, by its real referee, on its real board. It has winners; nobody
gets a prize, and nothing is stored.

The address of a preview is signed and says which game it is of, so that any process can take it over: nginx sends all
requests with one address to one process.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from pathlib import Path

from itsdangerous import BadSignature, URLSafeTimedSerializer
from PIL import Image

from media.cards.games.frames import Frames
from media.cards.games.kinds import frames_for
from media.cards.games.look import BoardLook
from media.games.draws import new_seed
from media.games.faces import shown_face
from media.games.kinds import referee_for
from media.games.phases import phases_of
from media.games.referee import Referee
from media.games.seats import NoSeat, Seats
from media.games.states import result_shown, state_of
from media.wire.games import GameResult, GameRules, GameSeat, GameState, SeatInput
from media.wire.timeline import GameCard, Item
from server.errors import Conflict, Missing
from server.games.referees import REFUSALS

VALID_S = 900
MOST_PREVIEWS, MOST_PHONES = 16, 12
SIZES = {"wide": (960, 540), "upright": (540, 960), "old": (800, 600)}
QUALITY = 82
STARTS_AFTER_MS = 600  # so that the page has its board when the joining begins


class PreviewOver(Missing):
    """This preview is over: it is valid for a quarter of an hour. Open it again in the console."""


class TooManyPreviews(Conflict):
    """Several games are being tried at the moment. Try again in some minutes."""


@dataclass(frozen=True)
class PreviewedGame:
    """A game as its preview needs it.

    link: what the code on the board opens · look: decodes its pictures · package: the file of a custom game
    """

    item: Item
    card: GameCard
    rules: GameRules
    length_ms: int
    language: str
    link: str
    look: Callable[[], BoardLook]
    package: Path | None = None


@dataclass
class Board:
    """The board of one round in one shape, as it was drawn last."""

    frames: Frames
    size: tuple[int, int]
    picture: Image.Image
    number: int = 0
    encoded: bytes = b""

    def draw(self, now_ms: int) -> None:
        """Not for the hub: it takes tens of milliseconds."""
        patches = self.frames.due(now_ms)
        for left, top, part in patches:
            self.picture.paste(part, (left, top))
        if patches or not self.encoded:
            out = BytesIO()
            self.picture.save(out, "JPEG", quality=QUALITY)
            self.encoded, self.number = out.getvalue(), self.number + 1


@dataclass
class Preview:
    """One game that is tried, round after round."""

    game: PreviewedGame
    ends_ms: int
    referee: Referee
    result: GameResult | None = None
    boards: dict[str, Board] = field(default_factory=dict)
    is_drawn: bool = False

    @property
    def starts_ms(self) -> int:
        return self.referee.phases.starts_ms

    def start(self, now_ms: int) -> None:
        """Another round, with new seats."""
        self.referee, self.result = _referee(self.game, now_ms), None
        self.boards.clear()

    def join(self, phone: str, now_ms: int) -> GameSeat:
        """The phone's seat, the same one at each call. Raises what `Referees.join` raises."""
        try:
            seat = self.referee.join(phone, phone, now_ms)
        except NoSeat as refused:
            raise REFUSALS[refused.why] from refused
        return GameSeat(
            seat=seat.number, face=shown_face(seat.number), promise=self.referee.promise, ticket=f"preview {phone}"
        )

    def take(self, given: SeatInput, now_ms: int) -> GameState:
        self.referee.take(given.ticket.removeprefix("preview "), given, now_ms)
        return self.state(now_ms)

    def state(self, now_ms: int) -> GameState:
        if self.result is None and (result := self.referee.result(now_ms)) is not None:
            self.result = result_shown(self.referee, result, result.winners)
        return state_of(self.referee, self.result, now_ms)

    def board(self, shape: str, now_ms: int, draw: Callable[[Callable[[], None]], None]) -> Board:
        """The board as it is now; as it was a moment ago while another request draws it.

        draw: runs the drawing in a thread, so that the hub does not wait
        """
        if self.is_drawn and shape in self.boards:
            return self.boards[shape]
        state, self.is_drawn = self.state(now_ms), True
        try:
            draw(partial(self._draw, shape, state, now_ms))
        finally:
            self.is_drawn = False
        return self.boards[shape]

    def _draw(self, shape: str, state: GameState, now_ms: int) -> None:
        board = self.boards.get(shape) or self._new_board(shape)
        if state.joined:  # as on a real screen, where nothing is sent while nobody plays
            board.frames.hear(state)
        board.draw(now_ms)
        self.boards[shape] = board

    def _new_board(self, shape: str) -> Board:
        game, size = self.game, SIZES[shape]
        frames = frames_for(
            game.card,
            self.referee.phases,
            link=game.link,
            size=size,
            language=game.language,
            look=game.look(),
            package=game.package,
        )
        return Board(frames, size, Image.new("RGB", size))


class Previews:
    """The previews of this process."""

    def __init__(self, secret_key: str) -> None:
        self._signer = URLSafeTimedSerializer(secret_key, salt="game preview")
        self._open: dict[str, Preview] = {}

    def address_of(self, creative_id: str) -> str:
        """The last part of a new preview's address."""
        return str(self._signer.dumps([creative_id, secrets.token_urlsafe(6)]))

    def at(self, address: str, load: Callable[[str], PreviewedGame], *, now_ms: int) -> Preview:
        """The preview at this address; its first round begins when somebody opens it.

        load: the game of a creative. Raises PreviewOver or TooManyPreviews.
        """
        creative_id = self._creative_at(address)
        if preview := self._open.get(address):
            return preview
        self._open = {known: preview for known, preview in self._open.items() if preview.ends_ms > now_ms}
        if len(self._open) >= MOST_PREVIEWS:
            raise TooManyPreviews
        game = load(creative_id)
        preview = Preview(game, now_ms + VALID_S * 1000, _referee(game, now_ms))
        return self._open.setdefault(address, preview)

    def _creative_at(self, address: str) -> str:
        try:
            creative_id, _nonce = self._signer.loads(address, max_age=VALID_S)
        except (BadSignature, ValueError, TypeError):
            raise PreviewOver from None
        return str(creative_id)


def _referee(game: PreviewedGame, now_ms: int) -> Referee:
    phases = phases_of(now_ms + STARTS_AFTER_MS, game.length_ms)
    return referee_for(game.rules, Seats(phases, most=MOST_PHONES), new_seed())
