from __future__ import annotations

from pathlib import Path

from PIL import Image

from media.cards.games.board import GameWords
from media.cards.games.custom_board import CustomBoard, pictures_of
from media.games.custom import MOST_SHOWN
from media.wire.games import PlayerBoard
from tests.rig.files.game_zips import GOOD, packed, picture

RED = (204, 51, 68)


def board(pictures: list[Image.Image | None] | None = None) -> CustomBoard:
    return CustomBoard(GameWords("Pairs"), "https://example.org/s/A", (640, 360), "en", pictures=pictures or [])


def has_red(image: Image.Image) -> bool:
    return any(colour == RED for _, colour in image.convert("RGB").getcolors(1 << 20) or [])


def test_only_the_tile_of_the_player_whose_board_changed_is_drawn_again() -> None:
    shown = board()
    shown.players([PlayerBoard(seat=0), PlayerBoard(seat=1)], 9)
    [patch] = shown.changed([PlayerBoard(seat=0), PlayerBoard(seat=1, number=3)])
    assert patch.picture.width < 640
    assert shown.changed([PlayerBoard(seat=0), PlayerBoard(seat=1, number=3)]) == []


def test_a_player_has_a_picture_of_the_game_or_a_number(tmp_path: Path) -> None:
    pictures = pictures_of(packed(tmp_path / "z", GOOD), ["board/star.png"])
    shown = board(pictures)
    assert not has_red(shown.players([PlayerBoard(seat=0, number=7)], 9))
    [patch] = shown.changed([PlayerBoard(seat=0, picture=0)])
    assert has_red(patch.picture)
    assert not has_red(shown.changed([PlayerBoard(seat=0, picture=5)])[0].picture)


def test_a_full_board_fits_on_the_screen() -> None:
    shown = board()
    whole = shown.players([PlayerBoard(seat=seat) for seat in range(MOST_SHOWN)], 9)
    patches = shown.changed([PlayerBoard(seat=seat, number=1) for seat in range(MOST_SHOWN)])
    assert len(patches) == MOST_SHOWN
    assert max(patch.top + patch.picture.height for patch in patches) <= whole.height
    assert len({(patch.left, patch.top) for patch in patches}) == MOST_SHOWN


def test_a_picture_that_is_gone_large_or_broken_is_none(tmp_path: Path) -> None:
    files = {"board/large.png": picture(side=1025), "board/broken.png": b"no picture", "board/good.png": picture()}
    names = [*files, "board/gone.png"]
    package = packed(tmp_path / "z", files)
    assert [found is not None for found in pictures_of(package, names)] == [False, False, True, False]
    assert pictures_of(None, names) == [None] * 4
