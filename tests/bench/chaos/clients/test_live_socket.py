import re
from dataclasses import fields
from pathlib import Path

import media
from tests.bench.chaos.clients.live_socket import PAUSE_FIRST_S, LiveSocket

LIVE = Path(media.__file__).parent / "phone" / "app" / "src" / "live.ts"


def number(name: str) -> float:
    [found] = re.findall(rf"^const {name} = ([\d.]+);", LIVE.read_text(), re.MULTILINE)
    return float(found)


def test_the_benchs_phones_connect_again_as_the_real_page_does() -> None:
    given = {field.name: field.default for field in fields(LiveSocket)}
    assert number("FIRST_PAUSE_MS") / 1000 == PAUSE_FIRST_S
    assert given["longest_pause_s"] == number("LONGEST_PAUSE_MS") / 1000
    assert given["spread"] == number("SPREAD")
