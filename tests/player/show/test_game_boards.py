from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from media.cards.games.colours import derive_colours
from media.wire.games import GameKind, GameState, Phrase
from media.wire.timeline import GameCard, GameLook, MediaRef, PhoneItem, ScreenSettings
from player.display.game_spec import GameSpec
from player.display.json_socket import HungUp
from player.show import game_boards
from player.show.game_boards import GameBoards
from player.show.game_spot import GameSpot
from player.sync.clock import Clock
from tests.player.show_rig import FakeTime, ping
from tests.player.timelines import MONDAY_MS, a_timeline

SETTINGS = ScreenSettings(page_url="https://screens.example.org/s/ABC234", zone="Asia/Shanghai")


class FakeChild:
    """A process of a board, and what it was sent."""

    started: list[FakeChild]

    def __init__(self, _module: str, _option: str, spec: str, *, display: str) -> None:
        self.spec = GameSpec.model_validate_json(spec)
        self.display = display
        self.sent: list[Any] = []
        self.killed = self.hangs_up = False
        self.lines = self
        FakeChild.started.append(self)

    def send(self, message: dict[str, Any]) -> None:
        if self.hangs_up:
            raise HungUp
        self.sent.append(message["do"])

    def kill(self) -> None:
        self.killed = True


class Rig:
    def __init__(self, folder: Path) -> None:
        time = FakeTime()
        self.clock = Clock(time.source(), folder / "clock")
        self.clock.learn(ping(time, MONDAY_MS))
        self.timeline = a_timeline(settings=SETTINGS)
        self.x_display = ":7"
        self.files: dict[str, Path] = {}
        self.boards = GameBoards(
            lambda: self.x_display, self.clock, timeline=lambda: self.timeline, find_file=self.files.get
        )

    def game(self, starts_ms: int = MONDAY_MS, look: GameLook | None = None) -> GameSpot:
        item = self.timeline.item("a")
        assert item is not None
        card = GameCard(kind=GameKind.RACE, call=Phrase(zh="面馆赛跑"), play_after_ms=3000, result_after_ms=8000)
        card = card.model_copy(update={"look": look or GameLook()})
        return GameSpot(item.model_copy(update={"phone": PhoneItem(game=card)}), starts_ms)


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    FakeChild.started = []
    monkeypatch.setattr(game_boards, "ChildProcess", FakeChild)
    return Rig(tmp_path)


def test_a_board_is_started_ahead_shown_with_its_item_and_ended_with_it(rig: Rig) -> None:
    game = rig.game()
    for coming, on in ((game, None), (game, None), (None, game), (None, game), (None, None)):
        rig.boards.follow(coming, on)
    [child] = FakeChild.started
    assert (child.display, child.sent, child.killed) == (":7", ["show"], True)


def test_a_board_knows_its_words_its_code_and_its_instants(rig: Rig) -> None:
    game = rig.game()
    rig.boards.follow(game, None)
    spec = FakeChild.started[0].spec
    assert (spec.card.call.zh, spec.card.prize, spec.language) == ("面馆赛跑", None, "zh")
    assert spec.link == "https://screens.example.org/s/ABC234?i=a"
    starts, play, result, _ends = spec.phases_ms
    assert (play - starts, result - starts) == (3000, 8000)
    assert starts == rig.clock.at_ns(MONDAY_MS) // 1_000_000


def test_a_board_gets_the_pictures_that_have_arrived(rig: Rig, tmp_path: Path) -> None:
    logo, product = (MediaRef(digest=digit * 64, mime="image/webp", bytes=1) for digit in "ab")
    rig.files[logo.digest] = tmp_path / "logo"
    colours = derive_colours("#c8102e")
    rig.boards.follow(rig.game(look=GameLook(colours=colours, logo=logo, product=product)), None)
    spec = FakeChild.started[0].spec
    assert spec.pictures == {"logo": str(tmp_path / "logo")}
    assert spec.card.look.colours == colours


def test_only_states_of_its_game_reach_it(rig: Rig) -> None:
    state = GameState(spot=MONDAY_MS, joined=1, positions=(0,)).model_dump(mode="json")
    rig.boards.hear(state)
    rig.boards.follow(None, rig.game())
    for message in (state, {**state, "spot": MONDAY_MS + 1}, {"spot": "x"}, None, [], "x"):
        rig.boards.hear(message)
    assert FakeChild.started[0].sent == ["show", "state"]


def test_the_next_game_has_a_board_of_its_own(rig: Rig) -> None:
    first, second = rig.game(), rig.game(MONDAY_MS + 20_000)
    rig.boards.follow(None, first)
    rig.boards.follow(second, first)
    rig.boards.follow(None, second)
    assert [(child.sent, child.killed) for child in FakeChild.started] == [(["show"], True), (["show"], False)]
    rig.boards.stop()
    assert FakeChild.started[1].killed


def test_a_board_that_died_is_not_started_again_and_the_poster_stays(rig: Rig) -> None:
    game = rig.game()
    rig.boards.follow(game, None)
    FakeChild.started[0].hangs_up = True
    for _ in range(3):
        rig.boards.follow(None, game)
        rig.boards.hear(GameState(spot=MONDAY_MS, joined=1).model_dump(mode="json"))
    assert [child.killed for child in FakeChild.started] == [True]


@pytest.mark.parametrize("fault", ["no display", "no memory"])
def test_where_no_board_can_be_started_the_poster_stays(rig: Rig, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    def fail(*_given: object, **_more: object) -> FakeChild:
        raise OSError(12, "Cannot allocate memory")

    if fault == "no display":
        rig.x_display = ""
    else:
        monkeypatch.setattr(game_boards, "ChildProcess", fail)
    rig.boards.follow(None, rig.game())
    rig.boards.follow(None, None)
    assert FakeChild.started == []
