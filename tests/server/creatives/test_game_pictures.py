from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from media.cards.games.colours import USUAL, derive_colours
from media.refused import Refused
from media.store import MediaStore, digest_of
from media.wire.games import Phrase
from server.creatives.game_pictures import (
    BOXES,
    NoStillPicture,
    board_look,
    digest_of_picture,
    prepare_picture,
    previewed_look,
)
from server.creatives.games import GameDesign
from server.creatives.models import Creative
from server.creatives.models import RenditionRole as Role

CALL = Phrase(en="Run")


def a_file(folder: Path, picture: Image.Image) -> Path:
    path = folder / "picture"
    picture.save(path, "PNG")
    return path


def test_what_is_transparent_stays_so_and_its_margin_is_cut_off(tmp_path: Path) -> None:
    picture = Image.new("RGBA", (200, 100))
    picture.paste("red", (50, 20, 90, 80))
    picture.paste((0, 0, 0, 0), (60, 30, 70, 40))
    prepared = prepare_picture(a_file(tmp_path, picture), Role.PRODUCT, max_pixels=1_000_000)
    assert (prepared.mode, prepared.size) == ("RGBA", (40, 60))
    assert prepared.getpixel((12, 12))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize("role", BOXES)
def test_a_large_picture_is_made_smaller_in_its_shape(tmp_path: Path, role: Role) -> None:
    prepared = prepare_picture(a_file(tmp_path, Image.new("RGB", (3000, 1500))), role, max_pixels=5_000_000)
    assert prepared.width == 2 * prepared.height
    assert prepared.size <= BOXES[role]


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="megapixels"):
        prepare_picture(a_file(tmp_path, Image.new("1", (4000, 4000))), Role.LOGO, max_pixels=1_000_000)


def test_a_damaged_picture_is_refused(tmp_path: Path) -> None:
    path = a_file(tmp_path, Image.effect_noise((200, 200), 50))
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(Refused):
        prepare_picture(path, Role.LOGO, max_pixels=1_000_000)


def test_a_fully_transparent_picture_is_prepared_too(tmp_path: Path) -> None:
    assert prepare_picture(a_file(tmp_path, Image.new("RGBA", (20, 10))), Role.LOGO, max_pixels=1000).size == (20, 10)


@pytest.mark.parametrize("creative", [Creative(kind="video", original_digest="a" * 64), Creative(kind="image")])
def test_only_uploaded_still_pictures_can_be_chosen(creative: Creative) -> None:
    with pytest.raises(NoStillPicture):
        digest_of_picture(creative)


def test_the_file_of_an_uploaded_picture_is_chosen() -> None:
    assert digest_of_picture(Creative(kind="image", original_digest="a" * 64)) == "a" * 64


def test_a_preview_shows_the_pictures_that_are_stored(tmp_path: Path) -> None:
    store = MediaStore(tmp_path / "store")
    path = a_file(tmp_path, Image.new("RGB", (30, 20), "red"))
    digest = digest_of(path)
    store.adopt(path, digest)
    design = GameDesign(call=CALL, colour="#c8102e", pictures={"logo": digest, "product": "0" * 64})
    look = previewed_look(design, store)
    assert look.logo is not None
    assert (look.logo.size, look.product, look.colours) == ((30, 20), None, derive_colours("#c8102e"))


def test_without_a_colour_a_board_has_the_usual_ones() -> None:
    assert board_look(GameDesign(call=CALL), {}).colours == USUAL
