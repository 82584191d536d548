"""A live picture of the player's X screen: read back from the X server by ffmpeg, as motion JPEG for a page."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from typing import IO

FPS = 12
START, END = b"\xff\xd8", b"\xff\xd9"


class LivePicture:
    """Grabs while somebody watches; every watcher is given the newest frame, slow ones miss some."""

    def __init__(self, display: str, size: tuple[int, int]) -> None:
        self.display = display
        self.size = size
        self.frame = b""
        self.number = 0
        self.watchers = 0
        self.changed = threading.Condition()
        self.grabber: subprocess.Popen[bytes] | None = None

    def parts(self) -> Iterator[bytes]:
        """The body of a `multipart/x-mixed-replace; boundary=frame` answer, without end."""
        with self.changed:
            self.watchers += 1
            self._start()
        try:
            for frame in self._frames():
                yield (
                    b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(frame) + frame + b"\r\n"
                )
        finally:
            self._leave()

    def stop(self) -> None:
        if self.grabber is not None:
            self.grabber.kill()
            self.grabber.wait()
            self.grabber = None

    def _frames(self) -> Iterator[bytes]:
        seen = 0
        while True:
            with self.changed:
                if not self.changed.wait_for(lambda: self.number != seen, timeout=5):  # noqa: B023
                    return
                seen, frame = self.number, self.frame
            yield frame

    def _leave(self) -> None:
        with self.changed:
            self.watchers -= 1
            if self.watchers == 0:
                self.stop()

    def _start(self) -> None:
        if self.grabber is not None and self.grabber.poll() is None:
            return
        width, height = self.size
        source = ["-f", "x11grab", "-draw_mouse", "0", "-framerate", str(FPS), "-video_size", f"{width}x{height}"]
        command = ["ffmpeg", "-v", "error", *source, "-i", self.display, "-vf", "scale=960:-2", "-q:v", "4"]
        self.grabber = subprocess.Popen([*command, "-f", "image2pipe", "-c:v", "mjpeg", "-"], stdout=subprocess.PIPE)
        threading.Thread(target=self._read, args=(self.grabber.stdout,), daemon=True).start()

    def _read(self, out: IO[bytes]) -> None:
        for frame in split_jpegs(iter(lambda: out.read1(65536), b"")):  # type: ignore[attr-defined]
            with self.changed:
                self.frame, self.number = frame, self.number + 1
                self.changed.notify_all()


def split_jpegs(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Whole JPEGs out of a stream of them."""
    held = b""
    for chunk in chunks:
        held += chunk
        while (end := held.find(END)) >= 0:
            start = held.find(START)
            if 0 <= start < end:
                yield held[start : end + 2]
            held = held[end + 2 :]
