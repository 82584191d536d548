"""The board of a game in a process of its own: drawing takes tens of milliseconds, which the films must not wait for.

`python -m player.display.board_child --fd N --parent PID --display :0 --game '{…}'`

The daemon sends `show` when the game's item is on the screen, and `state` for each state of its referee. It ends the
process when something else is shown; by then that covers the board. Whatever fails here, the game's poster stays.
"""

import logging
import select
import socket
import sys
import time
from argparse import ArgumentParser

from PIL import Image
from Xlib.error import ConnectionClosedError
from Xlib.error import DisplayError as XDisplayError

from media.cards.games.colours import USUAL
from media.cards.games.kinds import frames_for
from media.cards.games.look import BoardLook
from media.games.phases import Phases
from media.wire.games import GameState
from player.display.board_window import BoardWindow
from player.display.game_spec import GameSpec
from player.display.json_socket import HungUp, JsonSocket, Message
from player.display.vlc_child import die_with, leave_the_end_to_the_daemon

logger = logging.getLogger(__name__)

FRAME_MS = 33  # 30 frames a second
PICTURE_FORMATS = ("WEBP", "JPEG", "PNG")


class Child:
    """Draws one game."""

    def __init__(self, lines: JsonSocket, window: BoardWindow, spec: GameSpec) -> None:
        self._lines, self._window = lines, window
        phases = Phases(*spec.phases_ms)
        self._frames = frames_for(
            spec.card,
            phases,
            link=spec.link,
            size=window.size,
            language=spec.language,
            look=look_of(spec),
            package=spec.package,
        )
        self._is_shown = False
        self._on = True

    def run(self) -> None:
        """Until the daemon sends `quit`, or is gone."""
        while self._on:
            now_ms = _now_ms()
            if self._is_shown:
                self._window.draw(self._frames.due(now_ms))
            wait_ms = max(self._frames.next_ms(now_ms) - now_ms, 1) if self._is_shown else 1000
            if select.select([self._lines.fileno()], [], [], wait_ms / 1000)[0]:
                # The first state after a pause is drawn at once; those that follow within a frame are drawn together.
                time.sleep(max(0, now_ms + FRAME_MS - _now_ms()) / 1000)
                self._obey(self._lines.take())

    def _obey(self, messages: list[Message]) -> None:
        for message in messages:
            if message["do"] == "state":
                self._frames.hear(GameState.model_validate(message["state"]))
            elif message["do"] == "show":
                self._show()
            else:
                self._on = False

    def _show(self) -> None:
        [first, *rest] = self._frames.due(_now_ms())
        self._window.show(first.picture)
        self._window.draw(rest)
        self._is_shown = True


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


def look_of(spec: GameSpec) -> BoardLook:
    """A picture that cannot be read is left out: the game is played without it."""
    pictures = {name: _read_picture(path) for name, path in spec.pictures.items()}
    return BoardLook(
        colours=spec.card.look.colours or USUAL,
        logo=pictures.get("logo"),
        product=pictures.get("product"),
        background=pictures.get("background"),
    )


def _read_picture(path: str) -> Image.Image | None:
    """None if the file is missing or damaged."""
    try:
        with Image.open(path, formats=PICTURE_FORMATS) as picture:
            picture.load()
            return picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    except Exception as error:  # Pillow's decoders raise nearly anything for damaged files
        logger.warning("picture of the game not read path=%s why=%s", path, error)
        return None


def main() -> None:
    leave_the_end_to_the_daemon()
    parser = ArgumentParser(prog="player.display.board_child")
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--display", required=True)
    parser.add_argument("--game", type=GameSpec.model_validate_json, required=True)
    options = parser.parse_args(sys.argv[1:])
    die_with(options.parent)
    logging.basicConfig(level=logging.INFO, format="%(name)s %(levelname)s %(message)s")
    try:
        Child(JsonSocket(socket.socket(fileno=options.fd)), BoardWindow(options.display), options.game).run()
    except (HungUp, XDisplayError, ConnectionClosedError) as error:
        logger.info("board ended why=%s", error)


if __name__ == "__main__":
    main()
