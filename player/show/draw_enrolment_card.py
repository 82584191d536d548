"""Draws the enrolment card, and ends.

`python -m player.show.draw_enrolment_card out.png width height server_url code why [ssid passphrase]`
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

from media.cards.enrolment import enrolment_card
from media.cards.notice import notice_card
from media.cards.setup import setup_card
from player.setup.connections import SETUP_ADDRESS

AWAY = "正在连接服务器…\nConnecting to the server…\n{address}\n{why}"


def draw(
    size: tuple[int, int], server_url: str, *, code: str, why: str, ssid: str = "", passphrase: str = ""
) -> Image.Image:
    """With the set-up WiFi, where that is open."""
    if ssid:
        return setup_card(ssid, passphrase, SETUP_ADDRESS, code, size)
    if code:
        return enrolment_card(code, f"{server_url}/console", size)
    return notice_card(AWAY.format(address=server_url, why=why), size=size)


def main(
    out: str, width: str, height: str, server_url: str, code: str, why: str, ssid: str = "", passphrase: str = ""
) -> None:
    size = (int(width), int(height))
    draw(size, server_url, code=code, why=why, ssid=ssid, passphrase=passphrase).save(Path(out))


if __name__ == "__main__":
    main(*sys.argv[1:])
