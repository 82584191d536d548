"""The windows of the display on its X server: two slots in turn, a black curtain, the strip.

The windows are override-redirect children of the root, which is redirected by XComposite: every window keeps
its pixels while it is covered, so that raising one shows a picture at once. Without that, a raised window is
black until its player draws the next frame. Stills are the background pixmap of a slot's window: drawn by the
X server alone, they need no player, no clock and no processor while they stand.
"""

import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from PIL import Image, ImageGrab, ImageOps
from Xlib import X
from Xlib.display import Display as XDisplay
from Xlib.ext import composite, damage

from player.display.api import XServerUnavailable
from player.display.ximage import put_picture

logger = logging.getLogger(__name__)

PICTURE_WIDTH = 640
STRIP_NAME = "liftcast strip"  # by which the board of a game finds its place
STRIP_SHARE = 0.4  # of the screen's height, at most
_CHILD_EVENTS = {X.CreateNotify, X.MapNotify, X.UnmapNotify, X.DestroyNotify}

# layout: something was created, mapped or destroyed in that slot's window; drawn: pixels changed there.
Sight = tuple[Literal["layout", "drawn", "resized"], int]


class XScreen:
    """The root window of one X server and what stands on it, bottom to top."""

    def __init__(self, name: str, *, slots: int = 2) -> None:
        self.name = name
        self._x = XDisplay(name)
        self._x.set_error_handler(_log_error)
        self._root = self._x.screen().root
        self.size = self._root_size()
        self._redirect()
        self._cursor = self._no_cursor()
        self._windows = [self._window() for _ in range(slots)]
        self._strip = self._window(mapped=False)
        self._strip.set_wm_name(STRIP_NAME)
        self._curtain = self._window()
        self._watch()
        self._x.sync()

    def fileno(self) -> int:
        return int(self._x.fileno())

    def window(self, slot: int) -> int:
        """The X id that a media player draws into."""
        return int(self._windows[slot].id)

    def raise_slot(self, slot: int) -> None:
        """Show that slot over the other, below the strip; returns when the server has done it."""
        self._windows[slot].configure(sibling=self._strip, stack_mode=X.Below)
        self._curtain.configure(stack_mode=X.Below)
        self._x.sync()

    def blank(self) -> None:
        """Black over everything, the strip too."""
        self._curtain.configure(stack_mode=X.Above)
        self._x.sync()

    def paint(self, slot: int, path: Path) -> None:
        """Let that slot's window show a still, as large as fits, on black."""
        with Image.open(path) as image:
            fitted = fit(image, self.size)
        self._set_background(self._windows[slot], fitted)

    def unpaint(self, slot: int) -> None:
        """Let that slot's window be black."""
        self._windows[slot].change_attributes(background_pixel=0)
        self._windows[slot].clear_area()
        self._x.flush()

    def strip(self, png: Path | None) -> None:
        """Draw the strip along the bottom, as wide as the screen; None hides it."""
        if png is None:
            self._strip.unmap()
        else:
            self._draw_strip(png)
        self._x.sync()

    def sights(self) -> Iterator[Sight]:
        """The events of the windows since the last call."""
        while self._x.pending_events():
            event = self._x.next_event()
            if event.type in _CHILD_EVENTS:
                yield from self._of_slot("layout", _parent_id(event))
            elif type(event).__name__ == "DamageNotify":
                yield from self._of_slot("drawn", event.drawable.id)
            elif event.type == X.ConfigureNotify and event.window.id == self._root.id:
                yield "resized", -1

    def picture(self) -> bytes:
        """A small JPEG of the pixels on the screen."""
        self.require_answer()  # Pillow has a connection of its own, and cannot say that the server is gone
        grabbed = ImageGrab.grab(xdisplay=self.name)
        grabbed.thumbnail((PICTURE_WIDTH, PICTURE_WIDTH * 4), Image.Resampling.BILINEAR, reducing_gap=2.0)
        jpeg = io.BytesIO()
        grabbed.save(jpeg, "JPEG", quality=80)
        return jpeg.getvalue()

    def require_answer(self) -> None:
        """One round trip: blocks with a hung server, raises with a dead one."""
        self._x.sync()

    def close(self) -> None:
        self._x.close()

    def _root_size(self) -> tuple[int, int]:
        geometry = self._root.get_geometry()
        if geometry.depth != 24:
            raise XServerUnavailable(f"The X screen has {geometry.depth} bits a pixel: set its depth to 24.")
        return geometry.width, geometry.height

    def _redirect(self) -> None:
        for extension in ("Composite", "DAMAGE"):
            if not self._x.has_extension(extension):
                raise XServerUnavailable(f"The X server has no {extension} extension: enable it.")
        self._x.composite_query_version()
        self._x.damage_query_version()
        self._root.composite_redirect_subwindows(composite.RedirectAutomatic)

    def _no_cursor(self) -> Any:
        bitmap = self._root.create_pixmap(1, 1, 1)
        gc = bitmap.create_gc(foreground=0)
        bitmap.fill_rectangle(gc, 0, 0, 1, 1)
        cursor = bitmap.create_cursor(bitmap, (0, 0, 0), (0, 0, 0), 0, 0)
        gc.free()
        bitmap.free()
        return cursor

    def _window(self, *, mapped: bool = True) -> Any:
        window = self._root.create_window(
            0, 0, *self.size, 0, X.CopyFromParent, X.InputOutput, X.CopyFromParent,
            background_pixel=0, override_redirect=True, cursor=self._cursor,
        )  # fmt: skip
        if mapped:
            window.map()
        return window

    def _watch(self) -> None:
        self._root.change_attributes(event_mask=X.StructureNotifyMask)
        for window in self._windows:
            window.change_attributes(event_mask=X.SubstructureNotifyMask)
            window.damage_create(damage.DamageReportRawRectangles)
        # A screen that sells time never sleeps by itself.
        self._x.set_screen_saver(0, 0, X.DontPreferBlanking, X.DontAllowExposures)

    def _of_slot(self, kind: Literal["layout", "drawn"], window_id: int) -> Iterator[Sight]:
        for slot, window in enumerate(self._windows):
            if window.id == window_id:
                yield kind, slot

    def _draw_strip(self, png: Path) -> None:
        width, screen_height = self.size
        with Image.open(png) as image:
            height = min(round(image.height * width / image.width), int(screen_height * STRIP_SHARE))
            drawn = image.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
        self._set_background(self._strip, drawn)
        self._strip.configure(y=screen_height - height, height=height)
        self._strip.clear_area()
        self._strip.map()

    def _set_background(self, window: Any, image: Image.Image) -> None:
        pixmap = self._root.create_pixmap(*image.size, 24)
        gc = pixmap.create_gc()
        put_picture(pixmap, gc, image, most_bytes=self._x.display.info.max_request_length * 4)
        window.change_attributes(background_pixmap=pixmap)
        window.clear_area()
        gc.free()
        pixmap.free()
        self._x.sync()


def fit(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The whole picture, upright, as large as the screen allows, centred on black."""
    upright = ImageOps.exif_transpose(image)
    return ImageOps.pad(upright.convert("RGB"), size, Image.Resampling.LANCZOS, color=(0, 0, 0))


def _parent_id(event: Any) -> int:
    """The window that was watched when one of its children changed."""
    return int((event.parent if event.type == X.CreateNotify else event.event).id)


def _log_error(error: Any, request: Any) -> None:
    # Windows of a player that ends may be gone when the server gets to a request for them.
    logger.debug("x request refused error=%s", error)
