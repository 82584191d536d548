from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

from media.cards.games.look import USUAL_LOOK
from media.games.phases import phases_of
from media.wire.games import GameKind, GameRules, Phrase, PrizeFor, SeatInput
from media.wire.timeline import GameCard, Item, MediaRef, PhoneItem
from server.games.previews import (
    MOST_PHONES,
    MOST_PREVIEWS,
    SIZES,
    STARTS_AFTER_MS,
    VALID_S,
    Preview,
    PreviewedGame,
    PreviewOver,
    Previews,
    TooManyPreviews,
)
from server.games.referees import GameFull, GameNotOpen

NOW_MS = 1_800_000_000_000
STARTS_MS = NOW_MS + STARTS_AFTER_MS
PLAY_MS, OVER_MS = STARTS_MS + 6000, STARTS_MS + 17_000


def a_game(_creative_id: str = "") -> PreviewedGame:
    """A race of 20 s with a prize."""
    phases = phases_of(0, 20_000)
    card = GameCard(
        kind=GameKind.RACE,
        call=Phrase(en="Run"),
        play_after_ms=phases.play_ms,
        result_after_ms=phases.result_ms,
    )
    rules = GameRules(kind=GameKind.RACE, prize_for=PrizeFor.FIRST, prizes=1)
    screen = MediaRef(digest="ab" * 32, mime="image/jpeg", bytes=1)
    phone = PhoneItem(game=card)
    item = Item(id="game-1", kind="game", title="Run", length_ms=20_000, screen=screen, phone=phone)
    return PreviewedGame(item, card, rules, 20_000, "en", "https://example.org/try/x", lambda: USUAL_LOOK)


def at_once(draw: Callable[[], None]) -> None:
    draw()


@pytest.fixture
def previews() -> Previews:
    return Previews("k" * 64)


@pytest.fixture
def preview(previews: Previews) -> Preview:
    return previews.at(previews.address_of("game-1"), a_game, now_ms=NOW_MS)


def test_the_faster_of_two_phones_wins(preview: Preview) -> None:
    slow, fast = (preview.join(phone, STARTS_MS) for phone in ("aa", "bb"))
    assert preview.join("aa", STARTS_MS + 5).seat == slow.seat
    for seat, taps in ((slow, 3), (fast, 30)):
        given = SeatInput(spot=preview.starts_ms, ticket=seat.ticket, taps=taps)
        state = preview.take(given, PLAY_MS + 5000)
    assert state.positions[fast.seat] > state.positions[slow.seat]
    result = preview.state(OVER_MS).result
    assert result is not None
    assert (result.places[0].seats, result.winners) == ((fast.seat,), (fast.seat,))


def test_a_new_round_has_new_seats(preview: Preview) -> None:
    preview.join("aa", STARTS_MS)
    preview.start(OVER_MS)
    assert preview.state(OVER_MS).joined == 0
    assert preview.starts_ms == OVER_MS + STARTS_AFTER_MS
    with pytest.raises(GameNotOpen):
        preview.join("aa", OVER_MS)


def test_phones_are_limited(preview: Preview) -> None:
    for phone in range(MOST_PHONES):
        preview.join(f"{phone:x}", STARTS_MS)
    with pytest.raises(GameFull):
        preview.join("one more", STARTS_MS)


@pytest.mark.parametrize("shape", SIZES)
def test_the_board_is_drawn_in_each_shape_and_only_anew_where_something_changed(preview: Preview, shape: str) -> None:
    preview.join("aa", STARTS_MS)
    board = preview.board(shape, STARTS_MS + 100, at_once)
    assert Image.open(BytesIO(board.encoded)).size == SIZES[shape]
    number = board.number
    assert preview.board(shape, STARTS_MS + 110, at_once).number == number
    assert preview.board(shape, STARTS_MS + 1200, at_once).number == number + 1


def test_a_board_that_is_being_drawn_is_shown_as_it_was(preview: Preview) -> None:
    before = preview.board("wide", STARTS_MS, at_once).number
    seen: list[int] = []

    def meanwhile(draw: Callable[[], None]) -> None:
        seen.append(preview.board("wide", STARTS_MS + 2000, at_once).number)
        draw()

    after = preview.board("wide", STARTS_MS + 2000, meanwhile).number
    assert (seen, after) == ([before], before + 1)


def test_an_address_is_one_games_and_cannot_be_guessed(previews: Previews) -> None:
    address = previews.address_of("game-1")
    assert address != previews.address_of("game-1")
    loaded: list[str] = []
    preview = previews.at(address, lambda id_: (loaded.append(id_), a_game())[1], now_ms=NOW_MS)
    assert previews.at(address, a_game, now_ms=NOW_MS + 1) is preview
    assert loaded == ["game-1"]
    for wrong in ("", "x", address[:-1], Previews("o" * 64).address_of("game-1")):
        with pytest.raises(PreviewOver):
            previews.at(wrong, a_game, now_ms=NOW_MS)


def test_previews_are_limited_and_end(previews: Previews) -> None:
    for _ in range(MOST_PREVIEWS):
        previews.at(previews.address_of("g"), a_game, now_ms=NOW_MS)
    with pytest.raises(TooManyPreviews):
        previews.at(previews.address_of("g"), a_game, now_ms=NOW_MS)
    assert previews.at(previews.address_of("g"), a_game, now_ms=NOW_MS + VALID_S * 1000).starts_ms > NOW_MS
