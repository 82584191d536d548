"""Setting text in any script: wrapped, as large as its box allows, never clipped. Pango shapes, orders and breaks it.

Letters that the first family lacks are taken from whichever installed font has them, emoji in colour. Paragraphs of
Arabic or Hebrew are set from the right. Widths and heights are in pixels.

The libraries are loaded with the first text: each process parses their declarations in C anew, which takes more than
half a second of a processor, and most processes that may draw a card never do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Literal, NamedTuple

from PIL import Image, ImageColor

FAMILIES = "Noto Sans CJK SC, Noto Sans"
LINE = 0.94  # of the height that a font asks for: cards are short, and not read from near
UNIT = 1024  # of Pango's units in a pixel
Align = Literal["left", "center"]


class Libraries(NamedTuple):
    """The modules, which have no types."""

    cairo: Any
    pango: Any
    pangocairo: Any


@cache
def load_libraries() -> Libraries:
    """Once a process. Loading starts programs that look for the libraries, which gevent allows in its hub alone."""
    import cairocffi
    import pangocairocffi
    import pangocffi

    return Libraries(cairocffi, pangocffi, pangocairocffi)


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
        return _pixels(_layout(self, _scratch_context()).get_size()[1])

    @cached_property
    def breaks_a_word(self) -> bool:
        """Is a word wider than the line? Where a script allows breaks between its letters, none is."""
        layout = _layout(self, _scratch_context())
        layout.wrap = load_libraries().pango.WrapMode.WORD
        return _pixels(layout.get_size()[0]) > self.width

    @cached_property
    def lines(self) -> tuple[str, ...]:
        raw = self.text.encode()
        spans = _lines_of(_layout(self, _scratch_context()))
        return tuple(raw[start : start + length].decode() for start, length, _bottom in spans)


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
    raw, lines = block.text.encode(), _lines_of(_layout(block, _scratch_context()))
    ends = [start + length for start, length, bottom in lines if bottom <= height]
    return raw[: max(ends, default=0)].decode()


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
    cairo, pango, pangocairo = load_libraries()
    top = box.top + (box.height - block.height) // 2 if middle else box.top
    margin = block.size  # accents and tails may reach out of their lines
    size = (box.width + 2 * margin, block.height + 2 * margin)
    surface = cairo.ImageSurface(cairo.FORMAT_ARGB32, *size)
    context = cairo.Context(surface)
    context.set_source_rgb(*(part / 255 for part in ImageColor.getrgb(fill)[:3]))
    context.translate(margin, margin)
    layout = _layout(Block(block.text, box.width, block.size, block.bold), context)
    layout.alignment = pango.Alignment.CENTER if align == "center" else pango.Alignment.LEFT
    pangocairo.show_layout(context, layout)
    surface.flush()
    letters = Image.frombuffer("RGBa", size, bytes(surface.get_data()), "raw", "BGRa", surface.get_stride(), 1)
    letters = letters.convert("RGBA")
    image.paste(letters, (box.left - margin, top - margin), letters)
    return top + block.height


def tidy_rows(text: str) -> str:
    return "\n".join(row.strip() for row in text.strip().splitlines())


def _scratch_context() -> Any:
    cairo = load_libraries().cairo
    return cairo.Context(cairo.ImageSurface(cairo.FORMAT_A8, 1, 1))


def _layout(block: Block, context: Any) -> Any:
    """Pango's layout of the block, to be drawn in this context of Cairo."""
    _cairo, pango, pangocairo = load_libraries()
    layout = pangocairo.create_layout(context)
    font = pango.FontDescription()
    font.family = FAMILIES
    font.weight = pango.Weight.BOLD if block.bold else pango.Weight.NORMAL
    font.set_absolute_size(block.size * UNIT)
    layout.font_description = font
    layout.width = block.width * UNIT
    layout.wrap = pango.WrapMode.WORD_CHAR
    pango.pango.pango_layout_set_line_spacing(layout.pointer, LINE)
    layout.text = block.text
    return layout


def _lines_of(layout: Any) -> list[tuple[int, int, int]]:
    """Of each line where it begins and how long it is, in bytes of UTF-8, and where it ends, in pixels from the top."""
    pango, lines, at = load_libraries().pango.pango, [], layout.get_iter()
    while True:
        line = pango.pango_layout_iter_get_line_readonly(at.pointer)
        _ink, logical = at.get_line_extents()
        begins, length = pango.pango_layout_line_get_start_index(line), pango.pango_layout_line_get_length(line)
        lines.append((begins, length, _pixels(logical.y + logical.height)))
        if not at.next_line():
            return lines


def _pixels(units: int) -> int:
    """Whole pixels that hold so many of Pango's units."""
    return -(-units // UNIT)


def _unknown(text: str) -> bool:
    layout = _layout(Block(text, 1 << 14, 24, bold=False), _scratch_context())
    return bool(load_libraries().pango.pango.pango_layout_get_unknown_glyphs_count(layout.pointer))
