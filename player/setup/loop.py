"""Opens the set-up WiFi while it is needed, and closes it afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from player.setup.messages import Close, Failed, Open, SetupAnswer, SetupRequest, Trouble
from player.setup.need import SetupNeed
from player.setup.page import SetupState, Step


class PageServer(Protocol):
    """Serves the page on the set-up WiFi alone; both may be repeated."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


@dataclass
class SetupLoop:
    """is_open: as the unit has stored it: a WiFi that was joined has closed the other"""

    need: SetupNeed
    state: SetupState
    send: Callable[[SetupRequest], SetupAnswer]
    is_open: Callable[[], bool]
    server: PageServer

    def look(self) -> None:
        """Once, every few seconds."""
        if self.state.step is Step.APPLYING:
            return
        is_open = self.is_open()
        is_needed = self.need.is_needed(is_open=is_open)
        if self.state.step is Step.DONE and self.need.is_overdue:
            self.state.step, self.state.trouble = Step.TYPING, Trouble.NOT_REACHED
        if is_needed and not is_open:
            is_open = not isinstance(self.send(Open()), Failed)
        if is_open and is_needed:
            self.server.start()
        else:
            self.server.stop()
        if is_open and not is_needed:
            self.send(Close())
