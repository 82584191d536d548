"""The data behind a phone's pages: the server reads it from its database, a box from its player."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from media.phone.words import Language
from media.wire.games import GameSeat, GameState, SeatInput
from media.wire.phone import ClaimAnswer, ClaimRequest, FaultReport, Handover, Stage, Stock, WalletAnswer
from media.wire.timeline import Item


@dataclass(frozen=True)
class ScreenPage:
    """The contents of one screen's page, all as of one instant.

    `code` is the screen's, as it is written on the strip. `scanned_item` is the item that was scanned, if this screen
    shows it at all: a page reveals no other. `stock` is by offer, of every offer on the page.
    """

    code: str
    stage: Stage
    scanned_item: Item | None
    stock: Mapping[str, Stock]


@dataclass(frozen=True)
class Claimed:
    """An answered claim. `path` is the claim's own page; `is_new` is false where the phone had the claim already."""

    answer: ClaimAnswer
    path: str
    is_new: bool


class PhoneSource(Protocol):
    """The data and actions that a server or a box supplies for its phones.

    Methods are called inside a request; the phone that sends it is `media.phone.identity.phone_token()`. Their errors
    are answered by the application.
    """

    @property
    def public_base(self) -> str:
        """The server's public address, with which every link that is handed out begins."""

    @property
    def present(self) -> bool:
        """Whether opening the page proves that the phone is at the screen: on the box, not on the server."""

    def language(self) -> Language:
        """The language of this request's page."""

    def now_ms(self) -> float:
        """The screens' clock, in milliseconds UTC."""

    def page(self, code: str, scanned: str) -> ScreenPage | None:
        """The page of the screen with this code; `scanned` is an item id or empty. None if no screen has the code."""

    def stage(self, code: str) -> Stage:
        """The stage of the screen with this code."""

    def report_fault(self, code: str, report: FaultReport) -> None:
        """This phone reports a fault of the screen with this code to its operator."""

    def join_game(self, code: str, spot_ms: int, presence: str) -> GameSeat:
        """This phone's seat in the game that starts at this instant on the screen; the same one at each call."""

    def play(self, code: str, given: SeatInput) -> GameState:
        """Counts what this phone has done in a game; returns how the game stands."""

    def stock(self, offer_id: str) -> Stock:
        """How many pieces of the offer are left."""

    def claim(self, offer_id: str, body: ClaimRequest) -> Claimed:
        """Claims the offer for this phone. The same `key` gets the same claim."""

    def handover(self) -> Handover:
        """A token with which this phone's coupons move along when it leaves the box's WiFi."""

    def wallet(self) -> WalletAnswer:
        """All claims of this phone."""
