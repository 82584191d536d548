"""The window of a game's board: over the item, below the strip."""

from typing import Any

from PIL import Image
from Xlib import X
from Xlib.display import Display as XDisplay

from media.cards.games.patches import Patch
from player.display.ximage import put_picture
from player.display.xwindows import STRIP_NAME


class BoardWindow:
    """Hidden until `show`. The next item is raised between it and the strip, and so covers it by itself."""

    def __init__(self, name: str) -> None:
        self._x = XDisplay(name)
        self._root = self._x.screen().root
        geometry = self._root.get_geometry()
        self.size = (geometry.width, geometry.height)
        self._window = self._root.create_window(
            0, 0, *self.size, 0, X.CopyFromParent, X.InputOutput, X.CopyFromParent,
            background_pixel=0, override_redirect=True,
        )  # fmt: skip
        self._gc = self._window.create_gc()
        self._is_shown = False

    def show(self, picture: Image.Image) -> None:
        """Map it with this picture on it: no frame is black."""
        pixmap = self._root.create_pixmap(*self.size, 24)
        self._put(pixmap, picture)
        self._window.change_attributes(background_pixmap=pixmap)
        strip = self._find_strip()
        if strip is not None:
            self._window.configure(sibling=strip, stack_mode=X.Below)
        self._window.map()
        pixmap.free()
        self._is_shown = True
        self._x.sync()

    def draw(self, patches: list[Patch]) -> None:
        if self._is_shown:
            for left, top, picture in patches:
                self._put(self._window, picture, left=left, top=top)
            self._x.sync()

    def close(self) -> None:
        self._x.close()

    def _put(self, drawable: Any, picture: Image.Image, *, left: int = 0, top: int = 0) -> None:
        most_bytes = self._x.display.info.max_request_length * 4
        put_picture(drawable, self._gc, picture.convert("RGB"), left=left, top=top, most_bytes=most_bytes)

    def _find_strip(self) -> Any:
        """The highest window of that name: one of a display that died may still be there."""
        named = [window for window in self._root.query_tree().children if window.get_wm_name() == STRIP_NAME]
        return named[-1] if named else None
