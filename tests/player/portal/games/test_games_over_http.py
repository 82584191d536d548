"""Games at the portal as phones play them: seats and inputs by requests and over the socket, and the winner's coupon.

Covers: player.portal.screen.player_source, player.portal.sockets
"""

from __future__ import annotations

import pytest

from media.wire.games import GameSeat, GameState, SeatFace
from media.wire.leases import LeaseRequest, Leases
from player.portal.sockets import make_sockets
from tests.player.game_rig import game_timeline
from tests.player.portal.conftest import OTHER, PHONE, Browser, PortalRig
from tests.player.sync.test_leases import lease
from tests.player.timelines import MONDAY_MS

GAME = f"/api/v1/screens/ABC234/games/{MONDAY_MS}"


@pytest.fixture
def rig(rig: PortalRig, monkeypatch: pytest.MonkeyPatch) -> PortalRig:
    """Its screen shows a game that began a second ago."""
    rig.player.timeline = game_timeline()
    at(rig, 1000, monkeypatch)
    return rig


def at(rig: PortalRig, ms: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rig.portal.player, "known_now_ms", lambda: MONDAY_MS + ms)


def join(phone: Browser) -> GameSeat:
    answer = phone.open("POST", f"{GAME}/seat", json={})
    assert answer.status_code == 201
    return GameSeat.model_validate(answer.json)


def play(phone: Browser, seat: GameSeat, taps: int) -> GameState:
    body = {"spot": MONDAY_MS, "ticket": seat.ticket, "taps": taps}
    return GameState.model_validate(phone.open("POST", f"{GAME}/inputs", json=body).json)


def test_phones_of_two_leases_play_and_a_private_tab_does_not(rig: PortalRig) -> None:
    first, tab, other = Browser(rig.app, PHONE), Browser(rig.app, PHONE), Browser(rig.app, OTHER)
    assert [join(first).seat, join(other).seat, join(first).seat] == [0, 1, 0]
    refused = tab.open("POST", f"{GAME}/seat", json={})
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "game_plays_already")  # type: ignore[index]


def test_a_phone_that_sends_five_inputs_a_second_is_not_held_up(
    rig: PortalRig, phone: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    seat = join(phone)
    for nth in range(50):
        rig.kernel.now_s += 0.2
        at(rig, 6000 + nth * 200, monkeypatch)
        state = play(phone, seat, nth)
    assert (state.joined, state.positions[0] > 0) == (1, True)


def test_the_socket_carries_inputs_and_states(rig: PortalRig, phone: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    io, _gate = make_sockets(rig.app, rig.portal)
    client = io.test_client(rig.app, namespace="/phone", auth={"screen": "ABC234"})
    seat = join(phone)
    at(rig, 8000, monkeypatch)
    rig.portal.games.tick()
    [state] = client.get_received("/phone")
    assert (state["name"], state["args"][0]["joined"], seat.over_socket) == ("game", 1, True)
    good = {"spot": MONDAY_MS, "ticket": seat.ticket, "taps": 1}
    messages = (good, {**good, "ticket": "x"}, {}, "x", None)
    counted = [client.emit("game", message, namespace="/phone", callback=True) for message in messages]
    assert counted == [True, False, False, False, False]


def test_where_the_server_is_the_referee_the_phone_plays_there_by_requests(rig: PortalRig, phone: Browser) -> None:
    rig.player.timeline = game_timeline(box_referees=False)
    face = SeatFace(animal="fox", emoji="🦊", colour="#e6194b")
    seat = GameSeat(seat=3, face=face, promise="p", ticket="t")
    rig.server.answers = {f"{GAME}/seat": (201, seat), f"{GAME}/inputs": (200, GameState(spot=MONDAY_MS, joined=4))}
    assert join(phone) == seat.model_copy(update={"over_socket": False})
    assert play(phone, seat, 5).joined == 4


def test_another_screens_games_are_not_here(phone: Browser, rig: PortalRig) -> None:
    assert phone.open("POST", f"/api/v1/screens/BCDFGH/games/{MONDAY_MS}/seat", json={}).status_code == 404


def test_the_winner_opens_the_coupon_at_the_box(
    rig: PortalRig, phone: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.player.leases.accept(Leases(leases=(lease(1),)), request=LeaseRequest(), now_ms=MONDAY_MS)
    seat = join(phone)
    at(rig, 10_000, monkeypatch)
    play(phone, seat, 20)
    at(rig, 16_400, monkeypatch)
    rig.portal.games.tick()
    assert rig.portal.games.state(MONDAY_MS).result.winners == (0,)  # type: ignore[union-attr]
    opened = phone.get("/wallet?prize=offer")
    assert (opened.status_code, opened.headers["Location"]) == (303, "/w/L1")
    assert "A bowl" in phone.get("/w/L1").text
    assert phone.get("/wallet?prize=other").headers["Location"].startswith("http://screens.example.org/wallet")
