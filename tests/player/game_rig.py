"""A box whose screen shows a game of 20 s at Monday's midnight, with two claims of its prize: the daemon's side."""

from __future__ import annotations

from pathlib import Path

from media.games.phases import phases_of
from media.timeline import Timeline
from media.wire.games import GameKind, GameRules, GameState, Phrase, PrizeFor
from media.wire.leases import LeaseRequest, Leases
from media.wire.timeline import GameCard, Item, OfferCard, PhoneItem, ScreenSettings
from player.coupon_answers import CouponAnswers
from player.game_answers import GameAnswers
from player.line_socket import NoAnswer
from player.portal.games.box_games import BoxGames
from player.portal.games.saved_games import SavedGames
from player.portal.upstream.clients import PlayerClient
from player.portal.upstream.player_messages import (
    PLAYER_ANSWER,
    GameRequest,
    GameShown,
    PlayerAnswer,
    PlayerRequest,
    SettleRequest,
)
from player.sync.clock import Clock
from player.sync.game_rounds import RoundStore
from player.sync.leases import LeaseStore
from tests.player.show_rig import FakeTime, ping
from tests.player.sync.test_leases import lease
from tests.player.timelines import MONDAY_MS, a_timeline, an_item

LENGTH_MS = 20_000
PHASES = phases_of(MONDAY_MS, LENGTH_MS)
OVER_MS = PHASES.result_ms + 400
PRIZE = OfferCard(id="offer", merchant="Noodle Bar", title="A bowl", terms="", presence=True)


def game_item() -> Item:
    card = GameCard(
        kind=GameKind.RACE, call=Phrase(en="Run"), play_after_ms=6000, result_after_ms=16_000, prize=PRIZE,
        prize_for=PrizeFor.FIRST_THREE, prizes=3,
    )  # fmt: skip
    item = an_item("game", slots=LENGTH_MS // 5000)
    return item.model_copy(update={"kind": "game", "phone": PhoneItem(image=item.screen, game=card)})


def game_timeline(*, box_referees: bool = True) -> Timeline:
    """The game at midnight, then a film, over and over."""
    timeline = a_timeline(
        ["game", "game", "film"], items=[game_item()], settings=ScreenSettings(box_referees=box_referees)
    )
    rules = {"game": GameRules(kind=GameKind.RACE, prize_for=PrizeFor.FIRST_THREE, prizes=3)}
    table = next(iter(timeline.tables.values()))
    starts = [slot % 6 in (0, 4) for slot in range(len(table.slots))]
    table = type(table)(table.items, table.slots, starts)
    day = timeline.manifest.days[0].model_copy(update={"digest": table.digest})
    manifest = timeline.manifest.model_copy(update={"rules": rules, "days": (day,)})
    return Timeline(manifest, {table.digest: table})


class FakeDaemon(PlayerClient):
    """The daemon in the same process; the test moves the clock."""

    def __init__(self, folder: Path, *, claims: int = 2) -> None:
        super().__init__(folder / "phones", "http://server.invalid")
        self.time = FakeTime(system_ms=MONDAY_MS)
        self.clock = Clock(self.time.source(), folder / "clock")
        self.clock.learn(ping(self.time, MONDAY_MS))
        self.timeline: Timeline | None = game_timeline()
        self.leases = LeaseStore(folder / "leases")
        held = Leases(leases=(lease(*range(1, claims + 1)),))
        self.leases.accept(held, request=LeaseRequest(), now_ms=MONDAY_MS)
        self.rounds = RoundStore(folder / "rounds")
        self.board: list[GameState] = []
        self.settled = 0
        self.is_away = False
        self.now = MONDAY_MS
        self.games = GameAnswers(
            self.leases, self.rounds, clock=self.clock, timeline=lambda: self.timeline, show=self.board.append,
            on_settled=self._settled,
        )  # fmt: skip
        self.coupons = CouponAnswers(
            self.leases, clock=self.clock, timeline=lambda: self.timeline, on_handed_out=lambda: None
        )

    def _settled(self) -> None:
        self.settled += 1

    def now_ms(self) -> float:
        if self.is_away:
            raise NoAnswer("away")
        return self.now

    def known_now_ms(self) -> float:
        return self.now

    def _send(self, request: PlayerRequest) -> PlayerAnswer:
        if self.is_away:
            raise NoAnswer("away")
        assert isinstance(request, GameRequest | GameShown | SettleRequest)
        return PLAYER_ANSWER.validate_json(self.games.answer(request).model_dump_json())


class FakePortal:
    """The portal's games, and the states that its phones received."""

    def __init__(self, folder: Path, daemon: FakeDaemon) -> None:
        self.daemon = daemon
        self.games = BoxGames(daemon, SavedGames(folder / "saved"))
        self.sent: list[GameState] = []
        self.games.send = self.sent.append

    def tick(self, *at_ms: int) -> None:
        """At so many ms after the start of the game."""
        for ms in at_ms:
            self.daemon.now = MONDAY_MS + ms
            self.games.tick()
            self.games.feed_board()
