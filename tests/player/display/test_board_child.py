"""The board of a game on a real X server, over a display that shows its poster: what is visible is read back.

Covers: player.display.board_window, player.display.ximage
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageColor

from media.cards.games.colours import derive_colours
from media.cards.layout import INK
from media.games.faces import face_of
from media.wire.games import GameColours, GameKind, GameState, Phrase
from media.wire.timeline import GameCard, GameLook
from player.display.board_child import look_of
from player.display.child_process import ChildProcess
from player.display.game_spec import GameSpec
from tests.player.display.vlc_rig import BLUE, BOTTOM, GREEN, MIDDLE, RED, SIZE, Rig, await_true, still
from tests.rig.players.xgrab import grab_picture

pytestmark = pytest.mark.vlc

MS = 1_000_000
BOARD = ImageColor.getrgb(INK)[:3]


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.close()


@pytest.fixture
def posters(tmp_path: Path) -> Path:
    for name, colour in (("red", "red"), ("blue", "blue"), ("strip", "lime")):
        still(tmp_path / f"{name}.png", colour, size=(320, 20) if name == "strip" else SIZE)
    return tmp_path


def a_spec(colours: GameColours | None = None, **pictures: str) -> GameSpec:
    """Of a race that is played for an hour from now on."""
    now_ms = time.monotonic_ns() // MS
    phases_ms = (now_ms - 5000, now_ms, now_ms + 3_600_000, now_ms + 3_605_000)
    look = GameLook(colours=colours)
    card = GameCard(kind=GameKind.RACE, call=Phrase(en="Run"), play_after_ms=5000, result_after_ms=3_605_000, look=look)
    return GameSpec(card=card, link="", language="en", phases_ms=phases_ms, pictures=pictures)


@pytest.fixture
def board(rig: Rig) -> Iterator[ChildProcess]:
    spec = a_spec()
    child = ChildProcess("player.display.board_child", "--game", spec.model_dump_json(), display=rig.server.name())
    yield child
    child.kill()


def state(joined: int, *positions: int) -> dict[str, object]:
    return {"do": "state", "state": GameState(spot=0, joined=joined, positions=positions).model_dump(mode="json")}


def discs_at(rig: Rig, seat: int) -> list[int]:
    """The columns that show this player's colour."""
    picture = grab_picture(rig.server.name(), SIZE).convert("RGB")
    colour = ImageColor.getrgb(face_of(seat).colour)
    return [x for x in range(SIZE[0]) if any(picture.getpixel((x, y)) == colour for y in range(SIZE[1]))]


def test_a_board_lies_over_the_poster_under_the_strip_and_the_next_item_covers_it(
    rig: Rig, posters: Path, board: ChildProcess
) -> None:
    rig.display.strip(posters / "strip.png")
    rig.show(posters / "red.png", "image/png")
    rig.await_colour(GREEN, BOTTOM)
    assert rig.pixel() == RED
    board.lines.send({"do": "show"})
    rig.await_colour(BOARD)
    assert rig.pixel(BOTTOM) == GREEN
    rig.show(posters / "blue.png", "image/png")
    rig.await_colour(BLUE)
    board.lines.send(state(1, 0))
    time.sleep(0.3)  # a board that came to the top again would be seen by now
    assert rig.pixel() == BLUE


def test_runners_move_where_the_referee_says(rig: Rig, posters: Path, board: ChildProcess) -> None:
    rig.show(posters / "red.png", "image/png")
    board.lines.send(state(2, 0, 0))
    board.lines.send({"do": "show"})
    await_true(lambda: discs_at(rig, 0) and discs_at(rig, 1), "both runners")
    before = discs_at(rig, 0)
    board.lines.send(state(2, 800, 0))
    await_true(lambda: discs_at(rig, 0) and min(discs_at(rig, 0)) > max(before), "the first runner to be ahead")
    assert max(discs_at(rig, 1)) <= max(before) + 1


def test_a_board_that_is_killed_leaves_the_poster(rig: Rig, posters: Path, board: ChildProcess) -> None:
    rig.show(posters / "red.png", "image/png")
    board.lines.send({"do": "show"})
    rig.await_colour(BOARD)
    board.kill()
    rig.await_colour(RED, MIDDLE)


def test_a_board_is_hidden_until_its_item_is_shown(rig: Rig, posters: Path, board: ChildProcess) -> None:
    rig.show(posters / "red.png", "image/png")
    board.lines.send(state(1, 0))
    time.sleep(0.5)
    assert rig.pixel() == RED
    board.lines.send({"do": "quit"})
    board._process.wait(10)


@pytest.mark.parametrize("fault", ["missing", "no picture", "damaged"])
def test_a_picture_that_cannot_be_read_is_left_out(tmp_path: Path, fault: str) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    Image.new("RGBA", (40, 20), "#ff000080").save(good, "WEBP")
    if fault == "no picture":
        bad.write_text("no picture")
    elif fault == "damaged":
        bad.write_bytes(good.read_bytes()[:60])
    look = look_of(a_spec(logo=str(good), product=str(bad)))
    assert look.logo is not None
    assert (look.logo.mode, look.product, look.background) == ("RGBA", None, None)


def test_a_board_with_a_damaged_picture_is_played_without_it(rig: Rig, posters: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.write_bytes(b"RIFF\0\0\0\0WEBPVP8 ")
    colours = derive_colours("#c8102e")
    spec = a_spec(product=str(bad), colours=colours)
    board = ChildProcess("player.display.board_child", "--game", spec.model_dump_json(), display=rig.server.name())
    try:
        rig.show(posters / "red.png", "image/png")
        board.lines.send(state(2, 0, 0))
        board.lines.send({"do": "show"})
        await_true(lambda: discs_at(rig, 0) and discs_at(rig, 1), "both runners")
    finally:
        board.kill()


def test_a_board_whose_x_server_is_gone_ends_by_itself(posters: Path) -> None:
    rig = Rig()
    try:
        board = ChildProcess(
            "player.display.board_child", "--game", a_spec().model_dump_json(), display=rig.server.name()
        )
        rig.show(posters / "red.png", "image/png")
        board.lines.send(state(1, 0))
        board.lines.send({"do": "show"})
        await_true(lambda: bool(discs_at(rig, 0)), "the runner")
    finally:
        rig.close()
    board.lines.send(state(1, 500))
    board._process.wait(20)
    board.kill()
