"""How a game's board looks: the advertiser's colours and pictures, and how each picture is laid on the board. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageOps

from media.cards.games.colours import USUAL, rgb_of
from media.cards.grounds import Ground, outline_of
from media.cards.lettering import Box
from media.wire.games import GameColours

VEIL = 0.75  # of the ground's colour over the background, so that words are readable even on a white picture
PANEL_VEIL = 0.755  # of the track's colour over that
PLATE_MARGIN_SHARE, CORNER_SHARE = 0.1, 0.16  # of a plate's height


@dataclass(frozen=True)
class BoardLook:
    """Without pictures, players' animals run on a plain ground. Pictures may be transparent."""

    colours: GameColours = USUAL
    logo: Image.Image | None = None
    product: Image.Image | None = None
    background: Image.Image | None = None

    def ground(self, size: tuple[int, int]) -> Image.Image:
        """The background, darkened; or the plain ground."""
        plain = Image.new("RGB", size, self.colours.ground)
        if self.background is None:
            return plain
        picture = ImageOps.fit(self.background.convert("RGB"), size, Image.Resampling.LANCZOS)
        return Image.blend(picture, plain, VEIL)

    def draw_panel(self, picture: Image.Image, box: Box) -> None:
        """A darker or lighter area, through which a background shines a little."""
        corners = (box.left, box.top, box.left + box.width, box.bottom)
        if self.background is None:
            ImageDraw.Draw(picture).rectangle(corners, fill=self.colours.track)
            return
        area = picture.crop(corners)
        picture.paste(Image.blend(area, Image.new("RGB", area.size, self.colours.track), PANEL_VEIL), corners)


USUAL_LOOK = BoardLook()


def on_plate(picture: Image.Image, width: int, height: int) -> Image.Image:
    """The picture, as large as it fits, readable on a dark board.

    A dark transparent picture gets a white plate behind it; an opaque one gets round corners.
    """
    if picture.mode != "RGBA":
        return rounded(ImageOps.contain(picture.convert("RGB"), (width, height), Image.Resampling.LANCZOS))
    if outline_of([picture]).ground is Ground.DARK:
        return ImageOps.contain(picture, (width, height), Image.Resampling.LANCZOS)
    margin = max(2, round(height * PLATE_MARGIN_SHARE))
    inner = ImageOps.contain(picture, (width - 2 * margin, height - 2 * margin), Image.Resampling.LANCZOS)
    plate = Image.new("RGB", (inner.width + 2 * margin, inner.height + 2 * margin), rgb_of("#ffffff"))
    plate.paste(inner, (margin, margin), inner)
    return rounded(plate)


def rounded(picture: Image.Image) -> Image.Image:
    """With round, smooth corners."""
    times = 4  # drawn larger and made smaller, for Pillow draws no smooth edge
    width, height = picture.size
    mask = Image.new("L", (width * times, height * times))
    radius = round(min(width, height) * CORNER_SHARE * times)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, mask.width - 1, mask.height - 1), radius=radius, fill=255)
    shaped = picture.convert("RGBA")
    shaped.putalpha(mask.resize(picture.size, Image.Resampling.LANCZOS))
    return shaped
