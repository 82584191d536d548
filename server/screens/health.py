"""The health of a screen, and the reasons if it is not well. Pure; the console translates the codes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from media.wire.status import FaultKind
from server.screens.models import Player
from server.screens.opening import Opening
from server.screens.reported_faults import FaultsOfScreen

ONLINE_WITHIN = timedelta(seconds=45)
CLONE_SHOWN_FOR = timedelta(minutes=10)
OPENED_FOR = timedelta(minutes=1)

# `Status.display` is empty or "ok" while the display is well, else it says what is wrong. Newer players add `faults`.
DISPLAY_WELL = ("", "ok")
FAULT_CODES = {
    FaultKind.X_SERVER: "x_server",
    FaultKind.DISPLAY: "display_process",
    FaultKind.ITEM: "item_failed",
    FaultKind.JOURNAL: "journal",
}


class ScreenState(StrEnum):
    """The state of a screen in a word, the most urgent first."""

    OFFLINE = "offline"
    TROUBLED = "troubled"
    WELL = "well"
    NEVER_ENROLLED = "never_enrolled"


@dataclass(frozen=True)
class Trouble:
    """A fault of a screen, by code: never_enrolled, never_seen, last_seen, clone, no_timeline, files_missing,
    clock_untrusted, nothing_to_show, shows_nothing, reported_black, reported_frozen, x_server,
    display_process, item_failed, journal, and display for a player's report without a code of its own. `facts` fill the
    sentence."""

    code: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Health:
    """Online is a player that was seen in the last 45 seconds; a screen can be online and still have troubles."""

    online: bool
    troubles: tuple[Trouble, ...] = ()

    @property
    def why(self) -> str:
        """The code of the first trouble, or nothing when all is well."""
        return self.troubles[0].code if self.troubles else ""

    @property
    def is_reported(self) -> bool:
        """Whether phones reported a fault."""
        return any(trouble.code.startswith("reported_") for trouble in self.troubles)

    @property
    def state(self) -> ScreenState:
        if self.why == ScreenState.NEVER_ENROLLED:
            return ScreenState.NEVER_ENROLLED
        if not self.online:
            return ScreenState.OFFLINE
        return ScreenState.TROUBLED if self.troubles else ScreenState.WELL


def health_of(player: Player | None, now: datetime, opening: Opening, reported: FaultsOfScreen | None = None) -> Health:
    """The health of the screen that this player serves; without a player it was never enrolled.

    opening: that of its venue; a screen that shows nothing is well only while it is closed
    reported: faults that phones reported
    """
    if player is None:
        return Health(online=False, troubles=(Trouble(ScreenState.NEVER_ENROLLED),))
    if player.seen_at is None:
        return Health(online=False, troubles=(Trouble("never_seen", {"enrolled_at": player.enrolled_at}),))
    online = now - player.seen_at <= ONLINE_WITHIN
    absence = () if online else (Trouble("last_seen", {"seen_at": player.seen_at}),)
    troubles = list(_reported_troubles(player, now))
    if online and not troubles and _shows_nothing(player, now, opening):
        troubles.append(Trouble("shows_nothing"))
    for fault, reports in (reported or {}).items():
        troubles.append(Trouble(f"reported_{fault}", {"phones": reports.phones, "age": now - reports.latest}))
    return Health(online=online, troubles=(*absence, *troubles))


def _reported_troubles(player: Player, now: datetime) -> Iterator[Trouble]:
    """The troubles in the player's last status, worst first."""
    status = player.status
    if player.clone_at is not None and now - player.clone_at <= CLONE_SHOWN_FOR:
        yield Trouble("clone", {"seen_at": player.clone_at})
    yield from _faults(status)
    if player.held_version is None:
        yield Trouble("no_timeline")
    missing = status.get("files_missing") or ()
    if missing:
        facts = {"missing": len(missing), "all": status.get("files_wanted", 0), "first": missing[0]["why"]}
        yield Trouble("files_missing", facts)
    if status and not status.get("clock_trusted", False):
        yield Trouble("clock_untrusted")
    if player.held_version is not None and _is_black_unplanned(status):
        yield Trouble("nothing_to_show")


def _shows_nothing(player: Player, now: datetime, opening: Opening) -> bool:
    """Whether it is black in opening hours without a reason. Right after opening, its last status may be older than
    that."""
    is_open = opening.since is not None and now - opening.since >= OPENED_FOR
    return is_open and "showing" in player.status and player.status["showing"] is None


def _faults(status: dict[str, Any]) -> Iterator[Trouble]:
    faults = status.get("faults") or ()
    for fault in faults:
        code = FAULT_CODES.get(fault["kind"], "display")
        yield Trouble(code, {"reason": fault["why"], "title": fault.get("title", "")})
    if not faults and status.get("display", "") not in DISPLAY_WELL:
        yield Trouble("display", {"reason": status["display"]})


def _is_black_unplanned(status: dict[str, Any]) -> bool:
    """Whether an override shows black. Closed hours are planned, not an override; a broken display is black in any
    case."""
    override = status.get("override")
    broken = any(fault["kind"] in (FaultKind.X_SERVER, FaultKind.DISPLAY) for fault in status.get("faults") or ())
    return override is not None and override["item"] is None and not broken
