"""The set-up WiFi and its page, from an empty box to one that is enrolled."""

from __future__ import annotations

from pathlib import Path

import pytest

from player.setup.loop import SetupLoop
from player.setup.messages import Close, Done, Failed, Open, SetupAnswer, SetupRequest, Trouble
from player.setup.need import SETTLED_S, UNREACHED_S, SetupNeed
from player.setup.page import SetupState, Step


class Rig:
    """fails: whether the WiFi cannot be opened"""

    def __init__(self, folder: Path) -> None:
        self.now_s, self.enrolled, self.reached = 0.0, False, False
        self.is_open = self.is_served = self.fails = False
        self.sent: list[SetupRequest] = []
        need = SetupNeed(lambda: self.enrolled, lambda: self.reached, lambda: self.now_s, folder / "flag")
        self.state = SetupState(self.send, list, lambda apply: apply(), need.begin_again)
        self.loop = SetupLoop(need, self.state, self.send, lambda: self.is_open, self)

    def start(self) -> None:
        self.is_served = True

    def stop(self) -> None:
        self.is_served = False

    def send(self, request: SetupRequest) -> SetupAnswer:
        self.sent.append(request)
        if self.fails:
            return Failed(trouble=Trouble.NO_RADIO)
        self.is_open = isinstance(request, Open)
        return Done()

    def after(self, seconds: float) -> None:
        self.now_s += seconds
        self.loop.look()


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    rig = Rig(tmp_path)
    rig.after(0)
    return rig


def test_an_empty_box_opens_its_wifi_with_the_page_on_it(rig: Rig) -> None:
    assert (rig.is_open, rig.is_served) == (False, False)
    rig.after(UNREACHED_S)
    assert (rig.is_open, rig.is_served) == (True, True)
    rig.after(5)
    assert rig.sent == [Open()]


def test_a_box_that_reaches_its_server_closes_it(rig: Rig) -> None:
    rig.after(UNREACHED_S)
    rig.reached = True
    rig.after(1)
    assert rig.is_served
    rig.after(SETTLED_S)
    assert (rig.is_open, rig.is_served) == (False, False)
    assert rig.sent == [Open(), Close()]


def test_nothing_is_opened_or_closed_while_a_request_is_carried_out(rig: Rig) -> None:
    rig.state.step = Step.APPLYING
    rig.after(10 * UNREACHED_S)
    assert rig.sent == []


def test_a_wrong_address_leads_back_after_a_minute_and_is_named(rig: Rig) -> None:
    rig.after(UNREACHED_S)
    rig.is_open, rig.state.step = False, Step.DONE  # the box has joined a WiFi
    rig.loop.need.begin_again()
    rig.after(1)
    assert not rig.is_served
    rig.after(UNREACHED_S - 1)
    assert not rig.is_open
    rig.after(1)
    assert (rig.is_open, rig.is_served) == (True, True)
    assert (rig.state.step, rig.state.trouble) == (Step.TYPING, Trouble.NOT_REACHED)


def test_a_wifi_that_cannot_be_opened_is_tried_again(rig: Rig) -> None:
    rig.fails = True
    rig.after(UNREACHED_S)
    assert not rig.is_served
    rig.fails = False
    rig.after(5)
    assert rig.is_served


def test_an_enrolled_box_has_no_page(rig: Rig) -> None:
    rig.after(UNREACHED_S)
    rig.enrolled = True
    rig.after(1)
    assert (rig.is_open, rig.is_served) == (False, False)
