"""Setting text: wrapped for Chinese and English, as large as its box allows, never clipped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from PIL import ImageDraw

from media.fonts import Font, font

LINE = 1.38  # line height against letter size
WIDE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
PIECE = re.compile(rf"\s+|[^\s{WIDE}]+|.")
NEVER_FIRST = "，。、；：？！）》」』】〉”’…—％·,.;:?!)]}%"
NEVER_LAST = "（《「『【〈“‘([{¥$€￥"
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
    """Lines that fit their box at one size."""

    lines: tuple[str, ...]
    size: int
    bold: bool

    @property
    def line_px(self) -> int:
        return round(self.size * LINE)

    @property
    def height(self) -> int:
        return self.line_px * len(self.lines)


def fit(text: str, width: int, height: int, *, sizes: Sequence[int], bold: bool = False) -> Block | None:
    """The text at the first of these sizes (largest first) that fits, or None if none does.

    A word is broken only where it is wider than the line at every size that fits.
    """
    broken = None
    for size in sizes:
        face = font(size, bold=bold)
        lines = wrap(text, face, width)
        if round(size * LINE) * len(lines) > height:
            continue
        if not _breaks_a_word(text, face, width):
            return Block(tuple(lines), size, bold)
        broken = broken or Block(tuple(lines), size, bold)
    return broken


def fit_cut(text: str, width: int, height: int, *, size: int, bold: bool = False) -> Block:
    """As many lines as fit at this size; what is left out is told by an ellipsis."""
    face = font(size, bold=bold)
    lines = wrap(text, face, width)
    most = max(1, height // round(size * LINE))
    if len(lines) > most:
        lines = [*lines[: most - 1], _shortened(lines[most - 1], face, width)]
    return Block(tuple(lines), size, bold)


def fit_or_cut(text: str, width: int, height: int, *, sizes: Sequence[int], bold: bool = False) -> Block:
    fitting = fit(text, width, height, sizes=sizes, bold=bold)
    return fitting or fit_cut(text, width, height, size=sizes[-1], bold=bold)


def wrap(text: str, face: Font, width: int) -> list[str]:
    """Lines no wider than `width`; the text's own line breaks are kept."""
    return [line for row in text.strip().splitlines() for line in _wrap_row(row.strip(), face, width)]


def draw_block(
    draw: ImageDraw.ImageDraw, block: Block, box: Box, *, fill: str, align: Align = "left", middle: bool = False
) -> int:
    """Draw the lines from the box's top, or in its middle; returns where the last line ends."""
    top = box.top + (box.height - block.height) // 2 if middle else box.top
    face = font(block.size, bold=block.bold)
    for line in block.lines:
        baseline = top + round(block.line_px / 2 + block.size * 0.36)
        if align == "center":
            draw.text((box.left + box.width / 2, baseline), line, font=face, fill=fill, anchor="ms")
        else:
            draw.text((box.left, baseline), line, font=face, fill=fill, anchor="ls")
        top += block.line_px
    return top


def _breaks_a_word(text: str, face: Font, width: int) -> bool:
    return any(face.getlength(piece) > width for row in text.splitlines() for piece in _pieces(row.strip()))


def _wrap_row(row: str, face: Font, width: int) -> Iterator[str]:
    line, line_px = "", 0.0
    for piece in _pieces(row):
        for part, part_px in _parts(piece, face, width):
            if line and line_px + part_px > width and not part.isspace():
                yield line.rstrip()
                line, line_px = "", 0.0
            if line or not part.isspace():
                line, line_px = line + part, line_px + part_px
    yield line.rstrip()


@lru_cache(maxsize=64)
def _pieces(row: str) -> tuple[str, ...]:
    """What may not be broken: a word, or a Chinese character with the marks that must stay beside it."""
    pieces: list[str] = []
    for piece in PIECE.findall(row):
        if pieces and _stays_with(pieces[-1], piece):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return tuple(pieces)


def _stays_with(before: str, piece: str) -> bool:
    if before.isspace() or piece.isspace():
        return False
    return before[-1] in NEVER_LAST or all(sign in NEVER_FIRST for sign in piece)


def _parts(piece: str, face: Font, width: int) -> Iterator[tuple[str, float]]:
    """The piece whole, or (an address wider than the line) in parts that fit."""
    whole = face.getlength(piece)
    if whole <= width:
        yield piece, whole
        return
    part = ""
    for sign in piece:
        if part and face.getlength(part + sign) > width:
            yield part, face.getlength(part)
            part = ""
        part += sign
    yield part, face.getlength(part)


def _shortened(line: str, face: Font, width: int) -> str:
    while line and face.getlength(line + "…") > width:
        line = line[:-1]
    return line.rstrip() + "…"
