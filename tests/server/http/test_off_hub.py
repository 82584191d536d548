from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from server import web

DRAWS = {"check_notice", "check_emergency", "check_title", "data_address"}

FIRST_CARDS = """
from gevent import monkey
monkey.patch_all()
import gevent
from server.creatives.notices import check_notice
from server.http.off_hub import draw_off_hub
cards = [gevent.spawn(draw_off_hub, check_notice, "Water is off from nine", "") for _ in range(3)]
gevent.joinall(cards, timeout=60, raise_error=True)
print(sum(card.successful() for card in cards))
"""


def test_the_first_cards_of_a_web_process_are_drawn_though_their_libraries_are_not_loaded_yet() -> None:
    done = subprocess.run([sys.executable, "-c", FIRST_CARDS], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "3"


def test_no_route_draws_before_the_libraries_are_loaded() -> None:
    """In a thread of gevent's pool they cannot be loaded: the request would fail, and only in the real process."""
    calls = [
        (node.func.id, node.args[0].id)
        for path in Path(web.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args
        if isinstance(node.args[0], ast.Name)
    ]
    assert {drawn for call, drawn in calls if call == "draw_off_hub"} == DRAWS
    assert DRAWS.isdisjoint(drawn for call, drawn in calls if call == "off_hub")
