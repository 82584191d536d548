"""The display's windows on a real X server; pixels are read back from it."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from player.display.xserver import OwnServer
from player.display.xwindows import STRIP_SHARE, XScreen, fit
from tests.player.display.vlc_rig import BLACK, BLUE, BOTTOM, GREEN, MIDDLE, RED, SIZE, Colour, is_close, still
from tests.rig.players.xgrab import grab_picture

pytestmark = pytest.mark.vlc


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    server = OwnServer(SIZE)
    yield server
    server.close()


@pytest.fixture
def screen(server: OwnServer) -> Iterator[XScreen]:
    screen = XScreen(server.name())
    yield screen
    screen.close()


@pytest.fixture
def stills(tmp_path: Path) -> dict[Colour, Path]:
    return {colour: still(tmp_path / f"{n}.png", colour) for n, colour in enumerate((RED, BLUE, GREEN))}


def sees(screen: XScreen, colour: Colour, at: tuple[int, int] = MIDDLE) -> bool:
    pixel = grab_picture(screen.name, SIZE).getpixel(at)
    assert isinstance(pixel, tuple)
    return is_close((int(pixel[0]), int(pixel[1]), int(pixel[2])), colour)


def test_a_slot_that_is_raised_covers_the_other_and_the_curtain_covers_both(
    screen: XScreen, stills: dict[Colour, Path]
) -> None:
    screen.paint(0, stills[RED])
    screen.paint(1, stills[BLUE])
    assert sees(screen, BLACK)
    for slot, colour in ((0, RED), (1, BLUE), (0, RED)):
        screen.raise_slot(slot)
        assert sees(screen, colour)
    screen.blank()
    assert sees(screen, BLACK)


def test_a_slot_whose_still_is_taken_away_is_black(screen: XScreen, stills: dict[Colour, Path]) -> None:
    screen.paint(0, stills[RED])
    screen.raise_slot(0)
    screen.unpaint(0)
    assert sees(screen, BLACK)


def test_the_strip_stands_along_the_bottom_over_every_slot(screen: XScreen, tmp_path: Path) -> None:
    screen.paint(0, still(tmp_path / "red.png", RED))
    screen.strip(still(tmp_path / "strip.png", GREEN, size=(640, 60)))
    screen.raise_slot(0)
    assert sees(screen, GREEN, BOTTOM)
    assert sees(screen, GREEN, (160, SIZE[1] - 30 + 2))
    assert sees(screen, RED, (160, SIZE[1] - 30 - 2))
    screen.strip(None)
    assert sees(screen, RED, BOTTOM)


def test_a_strip_that_is_too_tall_leaves_the_rest_of_the_screen_to_the_item(screen: XScreen, tmp_path: Path) -> None:
    screen.paint(0, still(tmp_path / "red.png", RED))
    screen.strip(still(tmp_path / "strip.png", GREEN, size=(32, 180)))
    screen.raise_slot(0)
    height = int(SIZE[1] * STRIP_SHARE)
    assert sees(screen, GREEN, (160, SIZE[1] - height + 2))
    assert sees(screen, RED, (160, SIZE[1] - height - 2))


def test_a_file_that_is_no_picture_is_refused_and_changes_nothing(
    screen: XScreen, stills: dict[Colour, Path], tmp_path: Path
) -> None:
    screen.paint(0, stills[RED])
    screen.raise_slot(0)
    (tmp_path / "text.png").write_text("this is no picture")
    with pytest.raises(OSError, match="cannot identify"):
        screen.paint(0, tmp_path / "text.png")
    assert sees(screen, RED)


def test_what_changes_in_a_slots_window_is_noticed(screen: XScreen, stills: dict[Colour, Path]) -> None:
    list(screen.sights())
    screen.paint(1, stills[RED])
    assert ("drawn", 1) in list(screen.sights())
    assert list(screen.sights()) == []


def test_the_picture_of_the_screen_is_a_small_jpeg_of_it(screen: XScreen, stills: dict[Colour, Path]) -> None:
    screen.paint(0, stills[GREEN])
    screen.raise_slot(0)
    with Image.open(BytesIO(screen.picture())) as seen:
        assert (seen.format, seen.size) == ("JPEG", SIZE)
        pixel = seen.convert("RGB").getpixel(MIDDLE)
    assert isinstance(pixel, tuple)
    assert is_close((int(pixel[0]), int(pixel[1]), int(pixel[2])), GREEN)


@pytest.mark.parametrize(
    ("size", "filled", "black"),
    [((40, 90), (90, 45), (20, 45)), ((900, 90), (90, 45), (90, 5))],
)
def test_a_picture_is_shown_whole_between_black(
    size: tuple[int, int], filled: tuple[int, int], black: tuple[int, int]
) -> None:
    fitted = fit(Image.new("RGB", size, RED), (180, 90))
    assert (fitted.size, fitted.getpixel(filled), fitted.getpixel(black)) == ((180, 90), RED, BLACK)


def test_a_picture_turned_by_its_camera_stands_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter
    Image.new("RGB", (90, 40), "red").save(tmp_path / "turned.jpg", exif=exif)
    with Image.open(tmp_path / "turned.jpg") as image:
        fitted = fit(image, (180, 90))
    assert fitted.getpixel((90, 5)) == (254, 0, 0)
    assert fitted.getpixel((20, 45)) == (0, 0, 0)
