"""Setting text in any script: wrapped, as large as its box allows, never clipped. Pango shapes, orders and breaks it.

Letters that the first family lacks are taken from whichever installed font has them, emoji in colour. Paragraphs of
Arabic or Hebrew are set from the right. Widths and heights are in pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from PIL import Image, ImageColor

from media.cards.pango import (
    A8,
    BOLD,
    BREAK_WORDS_NEVER,
    BREAK_WORDS_TOO_LONG,
    CENTER,
    LEFT,
    NORMAL,
    Canvas,
    Font,
    Layout,
)

FAMILIES = "Noto Sans CJK SC, Noto Sans"
LINE = 0.94  # of the height that a font asks for: cards are short, and not read from near
Align = Literal["left", "center"]


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def bottom(self) -> int:
        return self.top + self.height


@dataclass(frozen=True)
class Block:
    """Text in lines no wider than `width`, at one size (the letters' height in pixels)."""

    text: str
    width: int
    size: int
    bold: bool

    @cached_property
    def height(self) -> int:
        return _layout(self).size[1]

    @cached_property
    def breaks_a_word(self) -> bool:
        """Is a word wider than the line? Where a script allows breaks between its letters, none is."""
        return _layout(self, wrap=BREAK_WORDS_NEVER).size[0] > self.width

    @cached_property
    def lines(self) -> tuple[str, ...]:
        raw = self.text.encode()
        return tuple(raw[line.start : line.start + line.length].decode() for line in _layout(self).lines)


def fit(text: str, width: int, height: int, *, sizes: Sequence[int], bold: bool = False) -> Block | None:
    """The text at the first of these sizes (largest first) that fits, or None if none does.

    A word is broken only where it is wider than the line at every size that fits.
    """
    fitting = None
    for block in (Block(tidy_rows(text), width, size, bold) for size in sizes):
        if block.height <= height:
            if not block.breaks_a_word:
                return block
            fitting = fitting or block
    return fitting


def fit_cut(text: str, width: int, height: int, *, size: int, bold: bool = False) -> Block:
    """As many lines as fit at this size; an ellipsis marks what is left out."""
    block = Block(tidy_rows(text), width, size, bold)
    if block.height <= height:
        return block
    kept = text_that_fits(block, height)
    while kept:
        kept = kept[:-1].rstrip()
        block = Block(f"{kept}…", width, size, bold)
        if block.height <= height:
            return block
    return Block("…", width, size, bold)


def fit_or_cut(text: str, width: int, height: int, *, sizes: Sequence[int], bold: bool = False) -> Block:
    fitting = fit(text, width, height, sizes=sizes, bold=bold)
    return fitting or fit_cut(text, width, height, size=sizes[-1], bold=bold)


def text_that_fits(block: Block, height: int) -> str:
    """The beginning of the text, up to the last line that ends above `height`."""
    ends = [line.start + line.length for line in _layout(block).lines if line.bottom <= height]
    return block.text.encode()[: max(ends, default=0)].decode()


def undrawable(text: str) -> list[str]:
    """The characters that no installed font has, each once, in order."""
    if not _unknown(text):
        return []
    return [sign for sign in dict.fromkeys(text) if not sign.isspace() and _unknown(sign)]


def without_undrawable(text: str) -> str:
    """For names that nobody typed for a card, a file's say: better without a letter than with a box in its place."""
    missing = undrawable(text)
    return "".join(sign for sign in text if sign not in missing)


def draw_block(
    image: Image.Image, block: Block, box: Box, *, fill: str, align: Align = "left", middle: bool = False
) -> int:
    """Draw the lines from the box's top, or in its middle; returns where the last line ends."""
    top = box.top + (box.height - block.height) // 2 if middle else box.top
    margin = block.size  # accents and tails may reach out of their lines
    size = (box.width + 2 * margin, block.height + 2 * margin)
    canvas = Canvas(*size, margin=margin)
    given = Block(block.text, box.width, block.size, block.bold)
    red, green, blue = (part / 255 for part in ImageColor.getrgb(fill)[:3])
    canvas.draw(_layout(given, canvas, align=CENTER if align == "center" else LEFT), (red, green, blue))
    letters = Image.frombuffer("RGBa", size, canvas.pixels, "raw", "BGRa", canvas.stride, 1)
    letters = letters.convert("RGBA")
    image.paste(letters, (box.left - margin, top - margin), letters)
    return top + block.height


def tidy_rows(text: str) -> str:
    return "\n".join(row.strip() for row in text.strip().splitlines())


def _layout(
    block: Block, canvas: Canvas | None = None, *, align: int = LEFT, wrap: int = BREAK_WORDS_TOO_LONG
) -> Layout:
    """Without a canvas it can only be measured."""
    font = Font(FAMILIES, block.size, BOLD if block.bold else NORMAL)
    on = canvas or Canvas(1, 1, format_=A8)
    return Layout(block.text, font, on, width=block.width, line_height=LINE, align=align, wrap=wrap)


def _unknown(text: str) -> bool:
    return _layout(Block(text, 1 << 14, 24, bold=False)).has_unknown
