"""When the set-up WiFi is open. Pure, but for looking at the files that say so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

UNREACHED_S = 60.0  # a router that starts with the box takes so long
SETTLED_S = 30.0  # the phone reads the last page before its WiFi goes
CARD_FLAG = Path("/boot/firmware/liftcast-setup")  # an installer puts it on the box's card, with any computer


@dataclass
class SetupNeed:
    """is_enrolled, has_server: asked at each step · flag: the installer's file · monotonic: seconds

    A box that is enrolled never opens it by itself: an outage of its uplink is no reason.
    """

    is_enrolled: Callable[[], bool]
    has_server: Callable[[], bool]
    monotonic: Callable[[], float]
    flag: Path = CARD_FLAG
    _unreached_since: float | None = field(default=None)
    _reached_since: float | None = field(default=None)

    def begin_again(self) -> None:
        """The box was set up anew: the server has its minute again."""
        self._unreached_since = None

    @property
    def is_overdue(self) -> bool:
        """Whether the server was not reached for a minute."""
        return self._unreached_since is not None and self.monotonic() - self._unreached_since >= UNREACHED_S

    def is_needed(self, *, is_open: bool) -> bool:
        now, reached = self.monotonic(), self.has_server()
        self._reached_since = self._since(self._reached_since, reached)
        self._unreached_since = self._since(self._unreached_since, not reached)
        if self.flag.exists():
            return True
        if self.is_enrolled():
            return False
        if self._reached_since is not None:
            return is_open and now - self._reached_since < SETTLED_S
        return is_open or self.is_overdue

    def _since(self, since: float | None, holds: bool) -> float | None:
        return (self.monotonic() if since is None else since) if holds else None
