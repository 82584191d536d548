"""Whether the server of this box answers, and how far the box's clock is off."""

from __future__ import annotations

import time
from pathlib import Path

import requests
from pydantic import ValidationError

from media.wire.clock import ClockPong
from player.files import read_if_there
from player.setup.checks import Reached

TIMEOUT_S = 5
CLOCK = "/api/v1/player/clock?t0=0"
PREFIX = "LIFTCAST_SERVER_URL="


def server_of(file: Path, before: str) -> str:
    """The address that an installer set last; without one that of the environment."""
    raw = (read_if_there(file) or b"").decode(errors="replace").strip()
    return raw.removeprefix(PREFIX) if raw.startswith(PREFIX) else before


def reach(server_url: str) -> Reached | None:
    """None if what answers is no Liftcast server: a router's portal answers everything with its own page."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(f"{server_url}{CLOCK}", timeout=TIMEOUT_S, allow_redirects=False)
        pong = ClockPong.model_validate_json(answer.content)
    except (requests.RequestException, ValidationError):
        return None
    return Reached(time.time() - pong.t1 / 1000)
