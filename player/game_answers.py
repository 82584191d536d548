"""The daemon's answers to the portal about games: which game is on, its board, its prizes and its round."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable

from media.timeline import Timeline
from media.wire.game_rounds import RoundPrize, RoundReport
from media.wire.games import GameState
from media.wire.timeline import Item
from player.portal.upstream.player_messages import (
    BadRequest,
    Done,
    GameAnswer,
    GameRequest,
    GameShown,
    NoGame,
    Settled,
    SettleRequest,
)
from player.sync.clock import Clock
from player.sync.game_rounds import RoundStore
from player.sync.leases import GivenClaim, LeaseStore

logger = logging.getLogger(__name__)

AROUND_MS = 120_000  # no game takes longer than one minute


class GameAnswers:
    """Safe to call from any thread.

    timeline: what this screen shows · show: draws a state on the board · on_settled: there is something to report
    """

    def __init__(
        self,
        leases: LeaseStore,
        rounds: RoundStore,
        *,
        clock: Clock,
        timeline: Callable[[], Timeline | None],
        show: Callable[[GameState], None],
        on_settled: Callable[[], None],
    ) -> None:
        self._leases, self._rounds = leases, rounds
        self._clock, self._timeline = clock, timeline
        self._show, self._on_settled = show, on_settled

    def answer(
        self, request: GameRequest | GameShown | SettleRequest
    ) -> GameAnswer | NoGame | Done | Settled | BadRequest:
        if isinstance(request, GameRequest):
            return self._game(request.spot_ms)
        if isinstance(request, GameShown):
            self._show(request.state)
            return Done()
        try:
            return self._settle(request)
        except (sqlite3.Error, OSError) as error:
            logger.error("round not stored why=%s", error)
            return BadRequest()

    def _game(self, spot_ms: int) -> GameAnswer | NoGame:
        timeline = self._timeline()
        if timeline is None or not timeline.manifest.settings.box_referees:
            return NoGame(at_server=True)
        item = _item_from(timeline, spot_ms) if abs(spot_ms - self._clock.now_ms()) < AROUND_MS else None
        rules = timeline.manifest.rules.get(item.id) if item else None
        if item is None or rules is None:
            return NoGame(at_server=False)
        manifest, prize = timeline.manifest, item.phone.game.prize if item.phone.game else None
        return GameAnswer(
            screen=manifest.screen, item=item.id, version=manifest.version, length_ms=item.length_ms, rules=rules,
            offer=prize.id if prize else "",
        )  # fmt: skip

    def _settle(self, request: SettleRequest) -> Settled:
        """A power cut between claims and round does no harm: the portal requests it again, with the same keys."""
        report = request.round
        stored = self._rounds.find(report.screen, report.starts_ms)
        if stored is None:
            prizes = tuple(self._prizes(request)) if request.offer and self._clock.trusted else ()
            stored = self._rounds.store(report.model_copy(update={"prizes": prizes}))
            self._on_settled()
        return Settled(winners=tuple(prize.seat for prize in stored.prizes))

    def _prizes(self, request: SettleRequest) -> list[RoundPrize]:
        """One claim of the lease for each winner; who comes after the last one has none."""
        given = [
            (winner.seat, self._leases.hand_out(
                request.offer, phone=winner.phone, key=_key(request.round), screen=request.round.screen,
                now_ms=self._clock.now_ms(),
            ))
            for winner in request.winners
        ]  # fmt: skip
        return [RoundPrize(seat=seat, claim=claim.claim) for seat, claim in given if isinstance(claim, GivenClaim)]


def _key(report: RoundReport) -> str:
    """The same for each repeat of the request."""
    return f"game-{report.screen}-{report.starts_ms}"


def _item_from(timeline: Timeline, spot_ms: int) -> Item | None:
    """The item whose spot starts at this instant."""
    spot = timeline.spot_at(spot_ms)
    return timeline.manifest.items.get(spot.item or "") if spot.starts_ms == spot_ms else None
