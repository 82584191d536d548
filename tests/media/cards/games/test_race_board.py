"""The board of a race, and what it shares with the boards of other games.

Covers: media.cards.games.board
"""

from __future__ import annotations

import pytest
from PIL import Image, ImageChops
from pyzbar.pyzbar import decode

from media.cards.games.board import GameWords
from media.cards.games.colours import derive_colours
from media.cards.games.look import BoardLook
from media.cards.games.patches import Patch
from media.cards.games.race_board import RaceBoard
from media.cards.layout import STRIP_SHARE
from media.games.faces import MOST_FACES

LINK = "https://example.org/s/K7M2PQ?p=0123456789abcdef"
SIZES = [(1920, 1080), (1080, 1920), (1024, 768), (1280, 720), (720, 720), (2560, 1080)]
LOOK = BoardLook(
    colours=derive_colours("#c8102e"),
    logo=Image.new("RGBA", (300, 100), "#202020"),
    product=Image.new("RGBA", (90, 120), "#c8102e"),
    background=Image.new("RGB", (400, 300), "white"),
)
WORDS = GameWords("面馆赛跑：谁最快？", "The fastest gets a free drink")


def board(size: tuple[int, int] = (1280, 720), **more: object) -> RaceBoard:
    return RaceBoard(WORDS, LINK, size, **more)  # type: ignore[arg-type]


def paste(picture: Image.Image, patches: list[Patch]) -> Image.Image:
    for left, top, part in patches:
        picture.paste(part, (left, top))
    return picture


def same(one: Image.Image, other: Image.Image) -> bool:
    return ImageChops.difference(one.convert("RGB"), other.convert("RGB")).getbbox() is None


@pytest.mark.parametrize("size", SIZES)
def test_the_code_is_read_back_in_every_phase_and_shape(size: tuple[int, int]) -> None:
    race = board(size)
    pictures = [
        race.attract(8, is_open=True),
        race.lobby(30, 1),
        race.track(12, 10),
        race.podium([[0, 12], [1]], "Look at your phone"),
    ]
    assert [[found.data.decode() for found in decode(picture)] for picture in pictures] == [[LINK]] * 4


@pytest.mark.parametrize("size", SIZES)
def test_nothing_lies_below_the_strip(size: tuple[int, int]) -> None:
    race = board(size)
    top = round(size[1] * (1 - STRIP_SHARE))
    for picture in (race.lobby(MOST_FACES, 8), race.track(12, 10), race.podium([[0], [1], [2]], "Prize " * 80)):
        below = picture.crop((0, top, *size))
        assert len(below.getcolors() or []) == 1


def test_runners_that_moved_are_drawn_as_if_all_were_drawn_anew() -> None:
    """However they got there, forwards or back, the same positions look the same."""
    race, other = board(), board()
    picture, expected = race.track(5, 9), other.track(5, 9)
    for positions in ([0, 10, 500, 1000, 3], [40, 0, 510, 990, 3], [250, 900, 100, 1000, 40]):
        paste(picture, race.moved(positions))
    paste(expected, other.moved([250, 900, 100, 1000, 40]))
    assert same(picture, expected)


def test_only_lanes_with_a_runner_that_moved_are_drawn() -> None:
    race = board()
    race.track(3, 9)
    assert race.moved([0, 0, 0]) == []
    [patch] = race.moved([0, 500, 0])
    assert patch.picture.height < 720 / 4
    assert race.moved([0, 500, 0]) == []


@pytest.mark.parametrize("positions", [[], [-5, 2000], [10] * 40])
def test_positions_out_of_bounds_stay_on_the_track(positions: list[int]) -> None:
    race = board()
    race.track(2, 9)
    for left, _top, picture in race.moved(positions):
        assert left >= 0
        assert left + picture.width <= 1280


def test_the_countdown_replaces_the_number_before_it() -> None:
    race = board()
    assert same(paste(race.track(2, 10), [race.countdown(9)]), board().track(2, 9))


def test_a_product_runs_with_its_players_badge() -> None:
    with_product, plain = board(look=BoardLook(product=LOOK.product)), board()
    with_product.track(2, 9)
    plain.track(2, 9)
    assert with_product.moved([500, 0])[0].picture.width > plain.moved([500, 0])[0].picture.width


@pytest.mark.parametrize("size", SIZES)
def test_with_pictures_the_code_is_read_back_in_every_phase_and_shape(size: tuple[int, int]) -> None:
    race = RaceBoard(WORDS, LINK, size, look=LOOK)
    pictures = [
        race.poster(),
        race.attract(8, is_open=False),
        race.lobby(30, 1),
        race.track(12, 10),
        race.podium([[0]], ""),
    ]
    assert [[found.data.decode() for found in decode(picture)] for picture in pictures] == [[LINK]] * 5


@pytest.mark.parametrize("look", [BoardLook(), LOOK], ids=["plain", "pictures"])
def test_runners_that_stroll_are_drawn_as_if_all_were_drawn_anew(look: BoardLook) -> None:
    """Over the end of the track too, where they begin again."""
    race, other = board(look=look), board(look=look)
    picture = race.attract(5, is_open=True)
    for elapsed_ms in (0, 80, 3000, 3100, 9000, 13_500):
        paste(picture, race.strolled(elapsed_ms))
    assert same(picture, paste(other.attract(5, is_open=True), other.strolled(13_500)))


def test_runners_that_stroll_touch_nothing_beside_the_track() -> None:
    race = board()
    race.attract(5, is_open=True)
    field = race.free_area[0]
    for elapsed_ms in range(0, 14_000, 500):
        assert all(patch.left + patch.picture.width <= field for patch in race.strolled(elapsed_ms))


def test_who_comes_too_late_is_invited_to_the_next_race() -> None:
    assert not same(board().attract(5, is_open=True), board().attract(5, is_open=False))


@pytest.mark.parametrize("title", ["", "x" * 300, "عنوان 🎉 标题", "a\x00b"])
def test_any_title_is_drawn(title: str) -> None:
    assert RaceBoard(GameWords(title), LINK, (640, 360)).lobby(3, 5).size == (640, 360)
