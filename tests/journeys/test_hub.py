"""The hub as real processes: two of them on Redis, and one that publishing must not hold up."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import socketio

from server.db import post, transaction, utc_now
from tests.factories import make_screen
from tests.rig.house import RunningHouse, running_house
from tests.rig.postgres import free_port, fresh_database
from tests.rig.processes import eventually
from tests.rig.redis import running_redis

pytestmark = pytest.mark.journey

PHONES_EACH = 10


@pytest.fixture(params=["sqlite", "postgresql"])
def two_webs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[RunningHouse, list[str]]]:
    """Two web processes of one house, joined by Redis, and their addresses."""
    more = {}
    if request.param == "postgresql":
        more["LIFTCAST_DATABASE_URL"] = fresh_database(request.getfixturevalue("postgres_url"))
    with running_redis(tmp_path / "redis") as redis_url:
        more["LIFTCAST_REDIS_URL"] = redis_url
        with running_house(tmp_path, parts=("web",), more=more) as house:
            port = free_port()
            house.start("web-2", port=port)
            yield house, [house.url, f"http://127.0.0.1:{port}"]


def test_two_web_processes_on_redis_reach_every_phone_once(two_webs: tuple[RunningHouse, list[str]]) -> None:
    house, urls = two_webs
    with transaction(house.engine) as db:
        screen = make_screen(db)
    heard: Counter[int] = Counter()
    phones = [phone_at(url, screen.code, number, heard) for number, url in enumerate(urls * PHONES_EACH)]
    for version in range(5):
        with transaction(house.engine) as db:
            post(db, "stage", screen.id, {"version": version}, now=utc_now())
    eventually(
        lambda: all(heard[number] >= 5 for number in range(len(phones))), within_s=20, what="every phone to hear"
    )
    for phone in phones:
        phone.call("clock", {"t0": 0}, namespace="/phone", timeout=10)
        phone.disconnect()
    assert set(heard.values()) == {5}


def phone_at(url: str, code: str, number: int, heard: Counter[int]) -> socketio.Client:
    phone = socketio.Client(reconnection=False)

    def on_stage(_message: object) -> None:
        heard[number] += 1

    phone.on("stage", on_stage, namespace="/phone")
    phone.connect(url, namespaces=["/phone"], auth={"screen": code}, transports=["websocket"], wait_timeout=20)
    return phone


def stalls_over(url: str, limit_s: float) -> int:
    """How many times something held the hub for longer than this, since it started."""
    told = requests.get(f"{url}/metrics", timeout=10).text
    under = re.search(rf'liftcast_hub_stall_seconds_bucket{{le="{limit_s}"}} ([\d.]+)', told)
    count = re.search(r"liftcast_hub_stall_seconds_count ([\d.]+)", told)
    assert under is not None
    assert count is not None
    return int(float(count[1])) - int(float(under[1]))
