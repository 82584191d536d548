"""The portal's clients of the processes beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from player.hotspot.messages import Answer, NoVisit, Refusal, Refused, Request, VisitAnswer
from player.line_socket import LineServer, NoAnswer
from player.portal.upstream import clients
from player.portal.upstream.clients import KNOWN_S, PlayerClient, Visits
from player.portal.upstream.player_messages import NoCoupon, NoMedia, NoScreen, NotHandedOut, Now, PlayerAnswer

IP, OTHER = "10.42.0.20", "10.42.0.21"
VISIT = VisitAnswer(phone="name", seconds_left=60, bytes_left=1000)
PHONE, DIGEST = "a" * 64, "b" * 64


class Unit:
    """A privileged unit that gives one answer, and a clock that stands still."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.now_s = 100.0
        self.sent: list[str] = []
        self.visits = Visits(self._send, lambda: self.now_s)

    def _send(self, request: Request) -> Answer:
        self.sent.append(request.kind)
        return self.answer


def test_an_answer_counts_for_a_second_and_for_its_own_phone() -> None:
    unit = Unit(NoVisit(phone="name"))
    unit.visits.look(IP)
    unit.now_s += KNOWN_S - 0.01
    unit.visits.look(IP)
    assert unit.sent == ["look"]
    unit.visits.look(OTHER)
    unit.now_s += 0.02
    unit.visits.look(IP)
    assert unit.sent == ["look"] * 3


def test_a_tap_of_a_phone_that_is_online_sends_no_grant() -> None:
    unit = Unit(VISIT)
    assert unit.visits.join(IP) == VISIT
    assert unit.sent == ["look"]


def test_after_a_tap_the_new_answer_counts() -> None:
    unit = Unit(NoVisit(phone="name"))
    unit.visits.look(IP)
    unit.answer = VISIT
    assert unit.visits.join(IP) == VISIT
    assert unit.visits.look(IP) == VISIT
    assert unit.sent == ["look", "grant"]
    unit.visits.extend(IP)
    unit.answer = NoVisit(phone="name")
    unit.visits.leave(IP)
    assert unit.visits.look(IP) == NoVisit(phone="name")
    assert unit.sent == ["look", "grant", "extend", "revoke"]


def test_a_refusal_is_not_remembered() -> None:
    unit = Unit(Refused(why=Refusal.FULL))
    for _ in range(2):
        assert unit.visits.look(IP) == Refused(why=Refusal.FULL)
    assert unit.sent == ["look", "look"]


def test_only_so_many_phones_are_remembered_the_latest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "MOST_KNOWN", 2)
    unit = Unit(VISIT)
    for address in (IP, OTHER, "10.42.0.22", OTHER):
        unit.visits.look(address)
    assert len(unit.sent) == 3
    unit.visits.look(IP)
    assert len(unit.sent) == 4


class Player:
    """A daemon that gives one answer."""

    def __init__(self, folder: Path) -> None:
        self.answer: PlayerAnswer | bytes = NoMedia()
        self.requests = 0
        self.server = LineServer(folder / "phones", self._answer)
        self.server.start()
        self.client = PlayerClient(folder / "phones", "http://server.example")

    def _answer(self, line: bytes) -> bytes:
        self.requests += 1
        return self.answer if isinstance(self.answer, bytes) else self.answer.model_dump_json().encode()


@pytest.fixture
def player(tmp_path: Path) -> Iterator[Player]:
    player = Player(tmp_path)
    yield player
    player.server.stop()


def test_a_file_that_is_not_at_the_box_is_none(player: Player) -> None:
    assert player.client.media(DIGEST) is None


def test_a_coupon_that_is_not_handed_out_says_why(player: Player) -> None:
    player.answer = NoCoupon(why=NotHandedOut.USED_UP)
    assert player.client.hand_out("offer", phone=PHONE, key="k") == NotHandedOut.USED_UP


@pytest.mark.parametrize("answer", [NoMedia(), b'{"kind": "later"}', b"no json", b"[]"])
def test_another_answer_than_the_one_to_this_request_is_none(player: Player, answer: PlayerAnswer | bytes) -> None:
    player.answer = answer
    with pytest.raises(NoAnswer):
        player.client.screen()
    with pytest.raises(NoAnswer):
        player.client.coupons_of(PHONE)
    with pytest.raises(NoAnswer):
        player.client.hand_out("offer", phone=PHONE, key="k")


def test_the_screens_clock_runs_on_between_two_answers(player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    mono_ns = 10**12
    monkeypatch.setattr(clients.time, "monotonic_ns", lambda: mono_ns)
    now = Now(utc_ms=5000, mono_ns=mono_ns)
    player.answer = NoScreen(public_base="http://screens.example", has_uplink=True, now=now)
    assert player.client.now_ms() == 5000
    mono_ns += 2_000_000_000
    assert (player.client.now_ms(), player.requests) == (7000, 1)
    mono_ns += 4_000_000_000
    player.client.now_ms()
    assert (player.requests, player.client.public_base) == (2, "http://screens.example")
