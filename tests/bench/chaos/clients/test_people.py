import re
from pathlib import Path

import media
from tests.bench.chaos.clients import people

LIVE = Path(media.__file__).parent / "phone" / "app" / "src" / "live.ts"


def number(name: str) -> float:
    [found] = re.findall(rf"^const {name} = ([\d.]+);", LIVE.read_text(), re.MULTILINE)
    return float(found)


def test_the_benchs_phones_connect_again_as_the_real_page_does() -> None:
    assert number("FIRST_PAUSE_MS") / 1000 == people.FIRST_PAUSE_S
    assert number("LONGEST_PAUSE_MS") / 1000 == people.LONGEST_PAUSE_S
    assert number("SPREAD") == people.SPREAD
    assert all(0.2 <= people.pause_s(0) <= 1.8 for _ in range(100))
    assert max(people.pause_s(9) for _ in range(100)) == people.LONGEST_PAUSE_S
