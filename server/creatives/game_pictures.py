"""The advertiser's pictures in a game: chosen among the uploaded ones, and prepared for the board and the phones."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageOps

from media.cards.games.colours import USUAL, derive_colours
from media.cards.games.look import BoardLook
from media.store import MediaStore
from server.creatives.games import GameDesign
from server.creatives.models import Creative
from server.creatives.models import RenditionRole as Role
from server.creatives.probe.pictures import open_picture
from server.errors import Invalid

# Larger than any board shows them, small enough for a phone.
BOXES = {Role.LOGO: (640, 320), Role.PRODUCT: (800, 800), Role.BACKGROUND: (1920, 1080)}
PREVIEWED_PIXELS = 12_000_000  # larger pictures are first seen when the worker has prepared them


class NoStillPicture(Invalid):
    """A game takes pictures that stand still. Choose one of the uploaded pictures."""


def digest_of_picture(creative: Creative) -> str:
    """Of the file that was uploaded. Raises NoStillPicture."""
    if creative.kind != "image" or creative.original_digest is None:
        raise NoStillPicture
    return creative.original_digest


def prepare_picture(path: Path, role: Role, *, max_pixels: int) -> Image.Image:
    """Without transparent margins, and no larger than needed; what shines through stays so.

    Raises Refused for a damaged picture, or one of too many pixels.
    """
    picture = open_picture(path, max_pixels=max_pixels)
    if picture.mode == "RGBA" and (visible := picture.getchannel("A").getbbox()):
        picture = picture.crop(visible)
    box = BOXES[role]
    smaller = picture.width <= box[0] and picture.height <= box[1]
    return picture if smaller else ImageOps.contain(picture, box, Image.Resampling.LANCZOS)


def board_look(design: GameDesign, pictures: Mapping[Role, Image.Image]) -> BoardLook:
    return BoardLook(
        colours=derive_colours(design.colour) if design.colour else USUAL,
        logo=pictures.get(Role.LOGO),
        product=pictures.get(Role.PRODUCT),
        background=pictures.get(Role.BACKGROUND),
    )


def previewed_look(design: GameDesign, store: MediaStore) -> BoardLook:
    """The same before the worker has prepared anything. It decodes pictures: not for the hub.

    Raises Refused for a picture that cannot be decoded here.
    """
    present = {Role(role): digest for role, digest in design.pictures.items() if store.has(digest)}
    return board_look(design, {role: _previewed(store.path(digest), role) for role, digest in present.items()})


@lru_cache(maxsize=12)
def _previewed(path: Path, role: Role) -> Image.Image:
    """By its digest's path, so it never changes."""
    return prepare_picture(path, role, max_pixels=PREVIEWED_PIXELS)
