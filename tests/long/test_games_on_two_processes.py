"""Games on two web processes behind nginx: a lobby plays one game with one referee, also when its process is killed.

It takes two minutes.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import socketio
from socketio.exceptions import SocketIOError
from sqlmodel import col, select

from media.games.phases import phases_of
from media.games.race import FULL_TRACK_TAPS_PER_S, STEP
from media.phone.identity import COOKIE
from media.phone.tokens import new_token
from media.presence import token_at
from media.wire.games import GameKind, Phrase, PrizeFor
from media.wire.timeline import GameCard, PhoneItem
from server.coupons.models import Claim
from server.creatives.games import GameDesign
from server.db import reading, to_ms, transaction, utc_now
from server.games.models import GameRound
from server.games.previews import Previews
from server.screens.models import Screen
from tests.factories import make_creative, make_merchant, make_offer, make_screen
from tests.rig.players.handmade_timeline import house_item, lay_timeline
from tests.rig.servers.house import RunningHouse, make_house
from tests.rig.servers.nginx import start_nginx
from tests.rig.servers.ports import free_port
from tests.rig.servers.postgres import fresh_database
from tests.rig.servers.processes import eventually
from tests.rig.servers.redis import redis_server

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

GAME_MS = 60_000
PHASES = phases_of(0, GAME_MS)
PHONES = 8
REPEAT_S = 0.2


@dataclass
class TwoWebs:
    """The two web processes of a house behind nginx. ports: by the name of each process"""

    house: RunningHouse
    url: str
    ports: dict[str, int]

    def sockets_of(self, name: str) -> int:
        """How many connections are open to this process."""
        command = ["ss", "-Htn", "state", "established", f"( sport = :{self.ports[name]} )"]
        return len(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines())


@contextmanager
def two_webs(folder: Path, postgres_url: str) -> Iterator[TwoWebs]:
    with ExitStack() as stack:
        redis, port, second = stack.enter_context(redis_server(folder / "redis")), free_port(), free_port()
        url = f"http://127.0.0.1:{port}"
        more = {
            "LIFTCAST_PUBLIC_URL": url,
            "LIFTCAST_MEDIA_URL": url,
            "LIFTCAST_PROXIES": "1",
            "LIFTCAST_REDIS_URL": redis.url,
            "LIFTCAST_DATABASE_URL": fresh_database(postgres_url),
        }
        house = make_house(folder, more=more)
        stack.callback(house.stop)
        house.start("web")
        house.start("web-2", port=second)
        ports = {"web": house.settings.port, "web-2": second}
        nginx = start_nginx(
            folder / "nginx", port=port, web_port=ports["web"], media_port=free_port(), more_web_ports=(second,)
        )
        stack.callback(nginx.stop)
        yield TwoWebs(house, url, ports)


@dataclass
class Phone:
    """A phone as the page is: it sends all its taps again and again, over a socket that it opens anew when it ends."""

    webs: TwoWebs
    screen: Screen
    spot: int
    token: str = field(default_factory=new_token)
    seat: int = -1
    ticket: str = ""
    taps: int = 0
    states: list[dict[str, Any]] = field(default_factory=list)
    ends: int = 0

    def join(self, url: str) -> None:
        presence = {"presence": token_at(self.screen.presence_key, to_ms(utc_now()))}
        path = f"{url}/api/v1/screens/{self.screen.code}/games/{self.spot}/seat"
        answer = requests.post(path, json=presence, cookies={COOKIE: self.token}, timeout=30)
        assert answer.ok, answer.text
        self.seat, self.ticket = answer.json()["seat"], answer.json()["ticket"]

    def open(self) -> None:
        self.io = socketio.Client(reconnection=False)
        self.io.on("game", self.states.append, namespace="/phone")
        self.io.on("disconnect", self._ended, namespace="/phone")
        auth, url = {"screen": self.screen.code}, f"{self.webs.url}?screen={self.screen.code}"
        self.io.connect(url, namespaces=["/phone"], auth=auth, transports=["websocket"], wait_timeout=30)

    def close(self) -> None:
        """The client leaves a connection open that the server has closed."""
        self.io.disconnect()
        self.io.eio.ws.close()

    def _ended(self, *_reason: object) -> None:
        self.ends += 1

    def send(self) -> None:
        message = {"spot": self.spot, "ticket": self.ticket, "taps": self.taps}
        with suppress(SocketIOError):
            if not self.io.connected:
                self.close()
                self.open()
            self.io.emit("game", message, namespace="/phone")


def test_a_lobby_plays_one_race_through_a_change_of_processes_and_the_death_of_one(
    tmp_path: Path, postgres_url: str
) -> None:
    with two_webs(tmp_path, postgres_url) as webs:
        screen, offer_id = add_race(webs.house)
        stage = requests.get(f"{webs.url}/api/v1/screens/{screen.code}/stage", timeout=30).json()
        phones = [Phone(webs, screen, int(stage["spots"][0]["starts_ms"])) for _ in range(PHONES + 1)]
        *lobby, late = phones
        for phone in phones:
            phone.open()
        for phone in lobby:
            phone.join(webs.url)
        assert sorted(phone.seat for phone in lobby) == list(range(PHONES))
        [referee] = [name for name in webs.ports if webs.sockets_of(name) >= len(phones)]
        [other] = set(webs.ports) - {referee}
        tap_until_all_count(lobby, 5)

        # As nginx does while the process of this screen is away, and once more when it is back.
        late.join(f"http://127.0.0.1:{webs.ports[other]}")
        assert late.seat == PHONES
        eventually(lambda: all(phone.ends for phone in phones), within_s=30, what="the sockets to be closed")
        tap_until_all_count(phones, 10)
        assert webs.sockets_of(referee) >= len(phones)

        webs.house.processes[referee].kill()
        tap_until_all_count(phones, 20)
        round_ = eventually(lambda: settled_round(webs.house), within_s=120, what="the race to be settled")
        eventually(lambda: all(phone.states[-1]["result"] for phone in phones), within_s=30, what="all to hear who won")
        for phone in phones:
            phone.close()
        with reading(webs.house.engine) as db:
            claims = db.exec(select(Claim.offer_id)).all()
    assert round_.result is not None
    assert (round_.joined, round_.played, round_.prizes, round_.result["cut_short"]) == (
        PHONES + 1,
        PHONES + 1,
        1,
        False,
    )
    points = {place["seats"][0]: place["points"] for place in round_.result["places"]}
    assert points == {phone.seat: phone.taps * STEP for phone in phones}
    assert claims == [offer_id]
    winner = max(phones, key=lambda phone: phone.taps).seat
    assert [phone.states[-1]["result"]["winners"] for phone in phones] == [[winner]] * len(phones)


def test_two_phones_and_the_board_of_a_preview_meet_in_one_process(tmp_path: Path, postgres_url: str) -> None:
    with two_webs(tmp_path, postgres_url) as webs:
        with transaction(webs.house.engine) as db:
            design = GameDesign(call=Phrase(en="Run")).model_dump(mode="json")
            game = make_creative(db, kind="game", length_ms=20_000, game=design, language="en")
        for _ in range(4):  # by their addresses, they would all be in one process by chance
            address = Previews(webs.house.settings.secret_key).address_of(game.id)
            assert [joined(f"{webs.url}/try/{address}", phone) for phone in ("0" * 16, "1" * 16)] == [0, 1]
            board = requests.get(f"{webs.url}/try/{address}/board.jpg", timeout=30)
            state = requests.get(f"{webs.url}/try/{address}/game", timeout=30).json()["state"]
            assert (board.headers["Content-Type"], state["joined"]) == ("image/jpeg", 2)


def joined(url: str, phone: str) -> int:
    """The seat of a phone that joins a preview, which begins a moment after it was opened."""

    def seat() -> Any:
        requests.get(f"{url}/game", timeout=30)
        answer = requests.post(f"{url}/seat", json={"phone": phone}, timeout=30)
        return answer if answer.ok else None

    return int(eventually(seat, within_s=30, what="the preview to begin", every_s=0.1).json()["seat"])


def add_race(house: RunningHouse) -> tuple[Screen, str]:
    """A screen that shows one race after the other; the first is being played. There is one prize."""
    call = Phrase(en="Run")
    card = GameCard(kind=GameKind.RACE, call=call, play_after_ms=PHASES.play_ms, result_after_ms=PHASES.result_ms)
    with transaction(house.engine) as db:
        design = GameDesign(call=call, prize_for=PrizeFor.FIRST, prizes=1).model_dump(mode="json")
        offer_id = make_offer(db, merchant=make_merchant(db), title="Noodles", stock=1).id
        game = make_creative(db, kind="game", length_ms=GAME_MS, game=design, offer_id=offer_id)
        item = house_item(game.id, kind="game")
        item = item.model_copy(update={"length_ms": GAME_MS, "phone": PhoneItem(image=item.screen, game=card)})
        screen = make_screen(db)
        began = utc_now() - timedelta(milliseconds=PHASES.play_ms)
        lay_timeline(db, screen, {game.id: item}, house=(game.id,), at=began)
        return screen, offer_id


def tap_until_all_count(phones: Sequence[Phone], taps: int) -> None:
    """Each phone taps so often and once more than the one before, and goes on sending until the board has it."""
    for nth, phone in enumerate(phones):
        phone.taps = taps + nth

    def all_count() -> bool:
        for phone in phones:
            phone.send()
        return all(phone.states and counts(phone.states[-1], phones) for phone in phones)

    eventually(all_count, within_s=60, what=f"{taps} taps to count", every_s=REPEAT_S)


def counts(state: dict[str, Any], phones: Sequence[Phone]) -> bool:
    full = FULL_TRACK_TAPS_PER_S * PHASES.played_ms // 1000
    return all(state["positions"][phone.seat] >= 1000 * phone.taps // full for phone in phones)


def settled_round(house: RunningHouse) -> GameRound | None:
    with reading(house.engine) as db:
        return db.exec(select(GameRound).where(col(GameRound.settled_at).is_not(None))).first()
