"""Enrolment: a secret of its own, a code on the screen, and a way back when it was revoked."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import pytest

from media.wire.enrolment import EnrolCode
from player.sync.enrolment import Enrolment, Token
from player.sync.link import Link, ServerAway
from tests.player.timelines import a_timeline
from tests.rig.servers.fake_server import FakeServer


class Box:
    """An enrolment whose card is a list of what it said."""

    def __init__(self, folder: Path, server: FakeServer, *, enrolled: bool = False) -> None:
        self.said: list[tuple[str, str]] = []
        self.hidden = 0
        self.token = Token(folder)
        link = Link(server.url, self.token, lambda: time.monotonic() * 1000)
        self.enrolment = Enrolment(link, self.token, "box-1", enrolled=enrolled, show=self._show, hide=self._hide)

    def step(self, times: int = 1) -> None:
        for _ in range(times):
            self.enrolment.step()

    def _show(self, code: EnrolCode | None, why: str) -> None:
        self.said.append((code.code if code else "", why))

    def _hide(self) -> None:
        self.hidden += 1


@pytest.fixture
def box(tmp_path: Path, server: FakeServer) -> Box:
    return Box(tmp_path, server)


def test_the_token_is_256_bits_for_the_player_alone_and_stays(tmp_path: Path) -> None:
    token = Token(tmp_path)
    assert len(bytes.fromhex(token())) == 32
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600
    assert Token(tmp_path)() == token()


def test_the_server_is_sent_only_the_hash_of_the_token(box: Box, server: FakeServer) -> None:
    box.step()
    (enrolment,) = server.enrolments.values()
    assert enrolment.token_sha256 == hashlib.sha256(box.token().encode()).hexdigest()


def test_the_code_stands_on_the_screen_until_it_is_typed(box: Box, server: FakeServer) -> None:
    box.step(3)
    assert set(box.said) == {("CODE1", "")}
    assert not box.enrolment.enrolled
    server.type_code()
    box.step()
    assert box.enrolment.enrolled
    assert box.hidden == 1
    before = dict(server.requests)
    box.step()
    assert dict(server.requests) == before


def test_an_expired_code_is_replaced_by_a_new_one(box: Box, server: FakeServer) -> None:
    box.step()
    server.enrolments["enrolment-1"].expired = True
    box.step(2)
    assert box.said[-1] == ("CODE2", "")


def test_a_box_that_is_known_already_needs_no_code(box: Box, server: FakeServer) -> None:
    server.enrol(hashlib.sha256(box.token().encode()).hexdigest())
    server.publish(a_timeline())
    box.step()
    assert box.enrolment.enrolled
    assert server.enrolments == {}


def test_a_server_that_is_away_is_said_on_the_screen(box: Box, server: FakeServer) -> None:
    server.cut()
    with pytest.raises(ServerAway):
        box.step()
    assert box.said == [("", "the server cannot be reached")]


def test_a_code_stays_on_the_screen_while_the_server_is_away(box: Box, server: FakeServer) -> None:
    box.step()
    server.down = True
    with pytest.raises(ServerAway):
        box.step()
    assert box.said[-1][0] == "CODE1"


def test_a_revoked_token_is_replaced_before_asking_again(box: Box, server: FakeServer) -> None:
    old = box.token()
    server.revoked.add(hashlib.sha256(old.encode()).hexdigest())
    box.enrolment.lost("revoked")
    box.step(2)
    assert box.token() != old
    assert box.said[-1] == ("CODE1", "")
