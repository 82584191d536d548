"""The common way to change what a screen shows: one VLC player in one window, with a `play()` when it is time."""

import os
from pathlib import Path
from typing import Any

import vlc
from Xlib import X
from Xlib.display import Display as XDisplay


class ColdPlayer:
    """One media player for everything."""

    def __init__(self, display: str, size: tuple[int, int]) -> None:
        os.environ["DISPLAY"] = display  # VLC looks there
        self._x = XDisplay(display)
        self._window = self._x.screen().root.create_window(
            0, 0, *size, 0, X.CopyFromParent, background_pixel=0, override_redirect=True
        )
        self._window.map()
        self._x.sync()
        self._vlc: Any = vlc.Instance(["--quiet", "--ignore-config", "--no-xlib", "--no-osd", "--vout=xcb_x11"])
        self._player = self._vlc.media_player_new()
        self._player.set_xwindow(self._window.id)

    def play(self, path: Path) -> None:
        media = self._vlc.media_new_path(str(path))
        for option in (":no-audio", ":play-and-pause", ":image-duration=-1"):
            media.add_option(option)
        self._player.set_media(media)
        media.release()
        self._player.play()

    def close(self) -> None:
        self._player.stop()
        self._player.release()
        self._vlc.release()
        self._x.close()
