"""Zips of games: a good one, and ways to spoil it."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

from PIL import Image

PAGE = b'<!doctype html><title>Game</title><script src="liftcast.js"></script><script src="game.js"></script>'


def picture(kind: str = "PNG", side: int = 20) -> bytes:
    drawn = BytesIO()
    Image.new("RGB", (side, side), "#cc3344").save(drawn, kind)
    return drawn.getvalue()


GOOD = {"index.html": PAGE, "game.js": b'"use strict";', "board/star.png": picture(), "img/card.png": picture()}


def packed(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=zipfile.ZIP_DEFLATED)
    return path
