"""The few functions of Pango and Cairo that set text, called by ctypes.

The packages that offer all of both libraries parse their declarations in C whenever a process loads them. That took
half a second of a processor and several programs that look for the libraries; loading this takes some milliseconds.

Meaning and order of the arguments: https://docs.gtk.org/Pango/ and https://www.cairographics.org/manual/.
"""

from __future__ import annotations

from ctypes import CDLL, POINTER, Structure, byref, c_char_p, c_double, c_float, c_int, c_void_p, string_at
from typing import Any, NamedTuple
from weakref import finalize

from media.integers import ceil_div

UNIT = 1024  # of Pango's units in a pixel

# Values of the libraries' enumerations.
ARGB32, A8 = 0, 2
NORMAL, BOLD = 400, 700
LEFT, CENTER = 0, 1
BREAK_WORDS_NEVER, BREAK_WORDS_TOO_LONG = 0, 2


class TextFailed(Exception):
    """Cairo could not draw; what it says is in the message."""


class Line(NamedTuple):
    """Where a line begins and how long it is, in bytes of UTF-8, and where it ends, in pixels from the top."""

    start: int
    length: int
    bottom: int


class Font(NamedTuple):
    """families: in the order in which they are tried; size: the letters' height in pixels; weight: NORMAL or BOLD"""

    families: str
    size: int
    weight: int


class Canvas:
    """A picture that Cairo draws on, transparent at first; its origin is moved by `margin`."""

    def __init__(self, width: int, height: int, *, format_: int = ARGB32, margin: int = 0) -> None:
        self.surface = _owned(self, cairo.cairo_image_surface_create(format_, width, height), _destroy_surface)
        self.context = _owned(self, cairo.cairo_create(self.surface), _destroy_context)
        cairo.cairo_translate(self.context, margin, margin)
        self.height = height
        self._check()

    def draw(self, layout: Layout, colour: tuple[float, float, float]) -> None:
        """colour: red, green and blue, each from 0 to 1"""
        cairo.cairo_set_source_rgb(self.context, *colour)
        pangocairo.pango_cairo_show_layout(self.context, layout.pointer)
        cairo.cairo_surface_flush(self.surface)
        self._check()

    @property
    def stride(self) -> int:
        """How many bytes a row has."""
        return int(cairo.cairo_image_surface_get_stride(self.surface))

    @property
    def pixels(self) -> bytes:
        """In rows from the top: blue, green, red and alpha, multiplied by alpha."""
        return string_at(cairo.cairo_image_surface_get_data(self.surface), self.stride * self.height)

    def _check(self) -> None:
        status = cairo.cairo_status(self.context)
        if status:
            raise TextFailed(cairo.cairo_status_to_string(status).decode())


class Layout:
    """A text in lines of at most `width` pixels, as Pango lays it out for this canvas."""

    def __init__(
        self,
        text: str,
        font: Font,
        canvas: Canvas,
        *,
        width: int,
        line_height: float,
        align: int = LEFT,
        wrap: int = BREAK_WORDS_TOO_LONG,
    ) -> None:
        """line_height: the share of what the font asks for"""
        self.pointer = _owned(self, pangocairo.pango_cairo_create_layout(canvas.context), gobject.g_object_unref)
        self._set_font(font)
        pango.pango_layout_set_width(self.pointer, width * UNIT)
        pango.pango_layout_set_wrap(self.pointer, wrap)
        pango.pango_layout_set_alignment(self.pointer, align)
        pango.pango_layout_set_line_spacing(self.pointer, line_height)
        pango.pango_layout_set_text(self.pointer, text.encode(), -1)

    def _set_font(self, font: Font) -> None:
        described = pango.pango_font_description_new()
        pango.pango_font_description_set_family(described, font.families.encode())
        pango.pango_font_description_set_weight(described, font.weight)
        pango.pango_font_description_set_absolute_size(described, font.size * UNIT)
        pango.pango_layout_set_font_description(self.pointer, described)
        pango.pango_font_description_free(described)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in whole pixels that hold the text."""
        width, height = c_int(), c_int()
        pango.pango_layout_get_size(self.pointer, byref(width), byref(height))
        return _pixels(width.value), _pixels(height.value)

    @property
    def lines(self) -> list[Line]:
        lines, ink, logical = [], Rectangle(), Rectangle()
        at = pango.pango_layout_get_iter(self.pointer)
        try:
            while True:
                line = pango.pango_layout_iter_get_line_readonly(at)
                pango.pango_layout_iter_get_line_extents(at, byref(ink), byref(logical))
                start = pango.pango_layout_line_get_start_index(line)
                length = pango.pango_layout_line_get_length(line)
                lines.append(Line(start, length, _pixels(logical.y + logical.height)))
                if not pango.pango_layout_iter_next_line(at):
                    return lines
        finally:
            pango.pango_layout_iter_free(at)

    @property
    def has_unknown(self) -> bool:
        """Whether it holds a character that no installed font has."""
        return bool(pango.pango_layout_get_unknown_glyphs_count(self.pointer))


class Rectangle(Structure):
    _fields_ = (("x", c_int), ("y", c_int), ("width", c_int), ("height", c_int))


def _pixels(units: int) -> int:
    """Whole pixels that hold so many of Pango's units."""
    return ceil_div(units, UNIT)


# --- the libraries

POINTER_TO_INT, POINTER_TO_RECTANGLE = POINTER(c_int), POINTER(Rectangle)


def _load(name: str, functions: dict[str, tuple[Any, ...]]) -> CDLL:
    """functions: of each the type of its result, and those of its arguments"""
    library = CDLL(name)
    for function, (result, *arguments) in functions.items():
        declared = getattr(library, function)
        declared.restype, declared.argtypes = result, arguments
    return library


cairo = _load(
    "libcairo.so.2",
    {
        "cairo_image_surface_create": (c_void_p, c_int, c_int, c_int),
        "cairo_image_surface_get_data": (c_void_p, c_void_p),
        "cairo_image_surface_get_stride": (c_int, c_void_p),
        "cairo_surface_flush": (None, c_void_p),
        "cairo_surface_destroy": (None, c_void_p),
        "cairo_create": (c_void_p, c_void_p),
        "cairo_destroy": (None, c_void_p),
        "cairo_status": (c_int, c_void_p),
        "cairo_status_to_string": (c_char_p, c_int),
        "cairo_set_source_rgb": (None, c_void_p, c_double, c_double, c_double),
        "cairo_translate": (None, c_void_p, c_double, c_double),
    },
)
pango = _load(
    "libpango-1.0.so.0",
    {
        "pango_font_description_new": (c_void_p,),
        "pango_font_description_free": (None, c_void_p),
        "pango_font_description_set_family": (None, c_void_p, c_char_p),
        "pango_font_description_set_weight": (None, c_void_p, c_int),
        "pango_font_description_set_absolute_size": (None, c_void_p, c_double),
        "pango_layout_set_font_description": (None, c_void_p, c_void_p),
        "pango_layout_set_width": (None, c_void_p, c_int),
        "pango_layout_set_wrap": (None, c_void_p, c_int),
        "pango_layout_set_alignment": (None, c_void_p, c_int),
        "pango_layout_set_line_spacing": (None, c_void_p, c_float),
        "pango_layout_set_text": (None, c_void_p, c_char_p, c_int),
        "pango_layout_get_size": (None, c_void_p, POINTER_TO_INT, POINTER_TO_INT),
        "pango_layout_get_unknown_glyphs_count": (c_int, c_void_p),
        "pango_layout_get_iter": (c_void_p, c_void_p),
        "pango_layout_iter_free": (None, c_void_p),
        "pango_layout_iter_next_line": (c_int, c_void_p),
        "pango_layout_iter_get_line_readonly": (c_void_p, c_void_p),
        "pango_layout_iter_get_line_extents": (None, c_void_p, POINTER_TO_RECTANGLE, POINTER_TO_RECTANGLE),
        "pango_layout_line_get_start_index": (c_int, c_void_p),
        "pango_layout_line_get_length": (c_int, c_void_p),
    },
)
pangocairo = _load(
    "libpangocairo-1.0.so.0",
    {
        "pango_cairo_create_layout": (c_void_p, c_void_p),
        "pango_cairo_show_layout": (None, c_void_p, c_void_p),
    },
)
gobject = _load("libgobject-2.0.so.0", {"g_object_unref": (None, c_void_p)})

_destroy_surface, _destroy_context = cairo.cairo_surface_destroy, cairo.cairo_destroy


def _owned(owner: object, pointer: int, free: Any) -> int:
    """The pointer, which is freed with its owner."""
    finalize(owner, free, pointer).atexit = False
    return pointer
