"""The hub as real processes: two of them on Redis, and one that publishing must not hold up."""

from __future__ import annotations

import os
import re
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
import socketio
from sqlmodel import Session, col, func, select

from media.phone.identity import COOKIE
from media.phone.tokens import new_token
from server.accounts.keys import KeyForm, make_key
from server.accounts.models import Role
from server.campaigns.book import book_campaign
from server.campaigns.forms import BookingForm, TargetForm, WeightedCreative
from server.campaigns.house import add_house_content
from server.campaigns.models import TargetKind
from server.coupons.wallets.phones import phone_of_token
from server.db import Job, OutboxRow, Topic, new_id, post, reading, transaction, utc_now
from server.live.queue import CHANNEL
from server.redis_link import RedisLink
from server.screens.commands import CommandState, command_state, send_command
from server.screens.models import CommandKind, Player, PlayerCommand, Screen
from server.timelines.models import PublishedTimeline
from tests.factories import (
    make_advertiser,
    make_creative,
    make_merchant,
    make_offer,
    make_player,
    make_screen,
    make_venue,
    token_of,
)
from tests.rig.servers.house import RunningHouse, running_house
from tests.rig.servers.ports import free_port
from tests.rig.servers.postgres import fresh_database
from tests.rig.servers.processes import eventually
from tests.rig.servers.redis import RedisServer, redis_server

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

PHONES_EACH = 10
NEW_PHONES = 4

SCREENS = 50
CREATIVES = 12
POLLING_PHONES = 10
POLL_PAUSE_S = 0.1
STALL_S = 0.05


@pytest.fixture(scope="module")
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def two_webs(
    request: pytest.FixtureRequest, own_redis: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[RunningHouse, list[str]]]:
    """Two web processes of one house, joined by Redis, and their addresses."""
    folder = tmp_path_factory.mktemp(request.param)
    with RedisLink(own_redis.url).client as client:
        client.flushall()
    more = {"LIFTCAST_NEW_PHONES_PER_HOUR": str(NEW_PHONES), "LIFTCAST_REDIS_URL": own_redis.url}
    if request.param == "postgresql":
        more["LIFTCAST_DATABASE_URL"] = fresh_database(request.getfixturevalue("postgres_url"))
    with running_house(folder, parts=("web",), more=more) as house:
        port = free_port()
        house.start("web-2", port=port)
        yield house, [house.url, f"http://127.0.0.1:{port}"]


def test_two_web_processes_on_redis_reach_every_phone_once(two_webs: tuple[RunningHouse, list[str]]) -> None:
    house, urls = two_webs
    with transaction(house.engine) as db:
        screen = make_screen(db)
    heard: dict[int, list[int]] = {number: [] for number in range(PHONES_EACH * len(urls))}
    phones = [phone_at(url, screen.code, heard[number]) for number, url in enumerate(urls * PHONES_EACH)]
    for version in range(5):
        announce(house, screen, version)
        eventually(lambda: all(last[-1:] == [version] for last in heard.values()), within_s=20, what="all to hear")  # noqa: B023
    for phone in phones:
        phone.call("clock", {"t0": 0}, namespace="/phone", timeout=10)
        phone.disconnect()
    assert all(versions == [0, 1, 2, 3, 4] for versions in heard.values())


def test_phones_of_a_killed_process_hear_each_hint_once_from_another_and_from_its_successor(
    two_webs: tuple[RunningHouse, list[str]], own_redis: RedisServer
) -> None:
    house, urls = two_webs
    with transaction(house.engine) as db:
        screen = make_screen(db)
    heard: list[list[int]] = [[], [], []]
    stays = phone_at(urls[0], screen.code, heard[0])
    returns = phone_at(urls[1], screen.code, heard[1], reconnection=True)
    announce(house, screen, 0)
    eventually(lambda: heard[0] == heard[1] == [0], within_s=20, what="both phones to hear")
    house.processes["web-2"].kill()
    moves = phone_at(urls[0], screen.code, heard[2])
    announce(house, screen, 1)
    eventually(lambda: heard[0][-1:] == heard[2][-1:] == [1], within_s=20, what="the phones of the other process")
    house.start("web-2", port=urlsplit(urls[1]).port)
    eventually(lambda: returns.connected and listeners(own_redis) == 2, within_s=20, what="the phone to return")
    announce(house, screen, 2)
    eventually(lambda: all(versions[-1:] == [2] for versions in heard), within_s=20, what="all phones to hear")
    for phone in (stays, returns, moves):
        phone.call("clock", {"t0": 0}, namespace="/phone", timeout=10)
        phone.disconnect()
    assert heard == [[0, 1, 2], [0, 2], [1, 2]]


def announce(house: RunningHouse, screen: Screen, version: int) -> None:
    with transaction(house.engine) as db:
        post(db, Topic.STAGE, screen.id, {"version": version}, now=utc_now())


def listeners(server: RedisServer) -> int:
    with RedisLink(server.url).client as client:
        return int(client.pubsub_numsub(CHANNEL)[0][1])


def test_a_players_answer_is_kept_whichever_process_received_it(two_webs: tuple[RunningHouse, list[str]]) -> None:
    """Each of two processes holds a box: whichever sends the commands, one answer comes from the other process."""
    house, urls = two_webs
    with transaction(house.engine) as db:
        players = [make_player(db, screen=make_screen(db)) for _ in urls]
    boxes = [box_at(url, player) for url, player in zip(urls, players, strict=True)]
    for do, state in (("picture", CommandState.ACKNOWLEDGED), ("identify", CommandState.REFUSED)):
        with transaction(house.engine) as db:
            sent = [send_command(db, player.id, CommandKind(do), by=None, now=utc_now()).id for player in players]
        eventually(lambda: states_of(house, sent) == [state] * 2, within_s=8, what=f"both to be {state}")  # noqa: B023
    boxes[1].disconnect()
    with transaction(house.engine) as db:
        away = send_command(db, players[1].id, CommandKind.PICTURE, by=None, now=utc_now()).id
    eventually(lambda: states_of(house, [away]) == [CommandState.TIMED_OUT], within_s=20, what="it to time out")
    boxes[0].disconnect()


def box_at(url: str, player: Player) -> socketio.Client:
    """A box that knows how to take a picture, and nothing else."""
    box = socketio.Client(reconnection=False)
    box.on("command", lambda message: {"ok": message["do"] == "picture"}, namespace="/player")
    auth = {"token": token_of(player)}
    box.connect(url, namespaces=["/player"], auth=auth, transports=["websocket"], wait_timeout=20)
    return box


def states_of(house: RunningHouse, command_ids: list[str]) -> list[CommandState]:
    with reading(house.engine) as db:
        return [command_state(db.get_one(PlayerCommand, id_), utc_now()) for id_ in command_ids]


def test_new_phones_are_counted_once_for_both_processes(two_webs: tuple[RunningHouse, list[str]]) -> None:
    house, urls = two_webs
    with transaction(house.engine) as db:
        offer = make_offer(db, presence=False)
    statuses = [claim_as_a_new_phone(url, offer.id) for url in urls * (NEW_PHONES // 2)]
    assert statuses == [201] * NEW_PHONES
    assert [claim_as_a_new_phone(url, offer.id) for url in urls] == [429, 429]


def test_wrong_codes_at_once_are_no_way_past_the_limit_of_both_processes(
    two_webs: tuple[RunningHouse, list[str]],
) -> None:
    house, urls = two_webs
    with transaction(house.engine) as db:
        form = KeyForm(name="Till", role=Role.STAFF, merchant_id=make_merchant(db).id)
        _, secret = make_key(db, form, now=utc_now())
    headers, body = {"Authorization": f"Bearer {secret}"}, {"qr": "QC1" + "0" * 34}

    def guess(nth: int) -> int:
        own = {**headers, "Idempotency-Key": new_id()}
        answer = requests.post(f"{urls[nth % 2]}/api/v1/redemptions", json=body, headers=own, timeout=20)
        assert answer.status_code == 404 or int(answer.headers["Retry-After"]) >= 1
        return answer.status_code

    with ThreadPoolExecutor(30) as pool:
        statuses = Counter(pool.map(guess, range(60)))
    assert set(statuses) == {404, 429}
    assert statuses[404] <= 10


def test_claims_go_on_while_redis_is_away_and_hints_follow_when_it_is_back(
    two_webs: tuple[RunningHouse, list[str]], own_redis: RedisServer
) -> None:
    """With SQLite it hangs, with PostgreSQL it is killed: every request takes its answer from elsewhere, soon."""
    house, urls = two_webs
    hangs = house.settings.on_sqlite
    token = new_token()
    with transaction(house.engine) as db:
        screen, offer = make_screen(db), make_offer(db, presence=False, stock=100, per_phone=100)
        phone_of_token(db, token, now=utc_now() - timedelta(days=1))
    heard: list[list[int]] = [[], []]
    phones = [phone_at(url, screen.code, versions) for url, versions in zip(urls, heard, strict=True)]
    (own_redis.freeze if hangs else own_redis.kill)()
    try:
        answers = [claim_as(url, offer.id, token) for url in urls * 5]
        assert [answer.status_code for answer in answers] == [201] * 10
        eventually(lambda: all(map(degraded, urls)), within_s=10, what="both to say that Redis is away")
        with transaction(house.engine) as db:
            post(db, Topic.STAGE, screen.id, {"version": 7}, now=utc_now())
        eventually(lambda: any(heard), within_s=10, what="the phone beside the process that sent it")
    finally:
        (own_redis.thaw if hangs else own_redis.start)()
    eventually(lambda: all(heard), within_s=10, what="the phone of the other process")
    assert not any(map(degraded, urls))
    for phone in phones:
        phone.disconnect()


def degraded(url: str) -> list[str]:
    degraded: list[str] = requests.get(f"{url}/readyz", timeout=5).json()["degraded"]
    return degraded


def claim_as(url: str, offer_id: str, token: str) -> requests.Response:
    headers = {"Idempotency-Key": new_id(), "Cookie": f"{COOKIE}={token}"}
    return requests.post(f"{url}/api/v1/offers/{offer_id}/claims", json={}, headers=headers, timeout=5)


def claim_as_a_new_phone(url: str, offer_id: str) -> int:
    headers = {"Idempotency-Key": new_id()}
    return requests.post(f"{url}/api/v1/offers/{offer_id}/claims", json={}, headers=headers, timeout=20).status_code


def all_heard(heard: Counter[int], times: int, phones: int) -> bool:
    return all(heard[number] >= times for number in range(phones))


def phone_at(url: str, code: str, heard: list[int], *, reconnection: bool = False) -> socketio.Client:
    phone = socketio.Client(reconnection=reconnection, reconnection_delay=0.1, reconnection_delay_max=0.5)
    phone.on("stage", lambda message: heard.append(message["version"]), namespace="/phone")
    phone.connect(url, namespaces=["/phone"], auth={"screen": code}, transports=["websocket"], wait_timeout=20)
    return phone


def stalls_over(url: str, limit_s: float) -> int:
    """How many times one greenlet kept the hub for longer than this, since it started."""
    metrics = requests.get(f"{url}/metrics", timeout=10).text
    under = re.search(rf'liftcast_hub_stall_seconds_bucket{{le="{limit_s}"}} ([\d.]+)', metrics)
    count = re.search(r"liftcast_hub_stall_seconds_count ([\d.]+)", metrics)
    assert under is not None
    assert count is not None
    return int(float(count[1])) - int(float(under[1]))


@pytest.fixture
def folder_in_memory(tmp_path: Path) -> Iterator[Path]:
    """Where other tests' writes to the disk stall nobody; on a machine without one, a folder on the disk."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


def test_publishing_to_a_large_venue_holds_up_no_phone(folder_in_memory: Path) -> None:
    with running_house(folder_in_memory, parts=("web", "planner")) as house:
        with transaction(house.engine) as db:
            venue_id, codes = a_large_venue(db, house)
        wait_for_versions(house, 1)
        with polling_phones(house.url, codes) as statuses:
            wait_for_phones(statuses, SCREENS)  # a process's first requests compile their statements
            before = stalls_over(house.url, STALL_S)
            with transaction(house.engine) as db:
                book_one_more(db, house, venue_id)
            wait_for_versions(house, 2)
            wait_for_phones(statuses, 5 * SCREENS)
            assert stalls_over(house.url, STALL_S) == before
        assert set(statuses) == {200}


def a_large_venue(db: Session, house: RunningHouse) -> tuple[str, list[str]]:
    """Fifty screens, a campaign of a dozen creatives on all of them, and something for the rest of the time."""
    venue = make_venue(db)
    codes = [make_screen(db, venue=venue, name=f"Car {number}").code for number in range(SCREENS)]
    add_house_content(db, make_creative(db, house.store).id, venue.id, now=utc_now())
    book(db, house, venue.id, creatives=CREATIVES)
    return venue.id, codes


def book_one_more(db: Session, house: RunningHouse, venue_id: str) -> None:
    """A change that every screen of the venue hears of."""
    book(db, house, venue_id, creatives=1)


def book(db: Session, house: RunningHouse, venue_id: str, *, creatives: int) -> None:
    advertiser_id = make_advertiser(db).id
    made = [make_creative(db, house.store, advertiser_id=advertiser_id).id for _ in range(creatives)]
    today = utc_now().date()
    form = BookingForm(
        name="Spring",
        advertiser_id=advertiser_id,
        creatives=tuple(WeightedCreative(creative_id=id_) for id_ in made),
        starts_on=today,
        ends_on=today + timedelta(days=60),
        targets=(TargetForm(kind=TargetKind.VENUE, value=venue_id),),
        goal=30,
    )
    book_campaign(db, form, by=None, now=utc_now())


def wait_for_versions(house: RunningHouse, version: int) -> None:
    """Until every screen has this version, no plan waits, and all of it was pushed."""

    def settled() -> bool:
        with reading(house.engine) as db:
            newest = select(PublishedTimeline.screen_id).where(col(PublishedTimeline.version) >= version).distinct()
            plans = select(Job.id).where(Job.kind == "plan", col(Job.state).in_(["waiting", "running"]))
            pushes = db.exec(select(func.count()).select_from(OutboxRow)).one()
            return len(db.exec(newest).all()) == SCREENS and not pushes and not db.exec(plans).first()

    eventually(settled, within_s=90, what=f"version {version} on {SCREENS} screens")


@contextmanager
def polling_phones(url: str, codes: list[str]) -> Iterator[Counter[int]]:
    """Phones that cannot hold a socket request stages in turn, all the time."""
    statuses: Counter[int] = Counter()
    stop = threading.Event()

    def poll(number: int) -> None:
        with requests.Session() as session:
            for turn in range(number, 1_000_000):
                if stop.is_set():
                    return
                code = codes[turn * 7 % len(codes)]
                statuses[session.get(f"{url}/api/v1/screens/{code}/stage", timeout=30).status_code] += 1
                stop.wait(POLL_PAUSE_S)

    threads = [threading.Thread(target=poll, args=(number,)) for number in range(POLLING_PHONES)]
    for thread in threads:
        thread.start()
    try:
        yield statuses
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)


def wait_for_phones(statuses: Counter[int], more: int) -> None:
    before = statuses.total()
    eventually(lambda: statuses.total() >= before + more, within_s=60, what="the phones to go on")
