"""Commands that an operator sends to the player over the socket."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from player.sync.server_socket import Answer

logger = logging.getLogger(__name__)


class Commands:
    """Carries out the commands that it knows; the answer says whether it did."""

    def __init__(self, actions: Mapping[str, Callable[[], None]]) -> None:
        self._actions = actions

    def run(self, command: Answer) -> Answer:
        do = command.get("do")
        action = self._actions.get(do) if isinstance(do, str) else None
        if action is None:
            return {"ok": False, "why": f"this player knows no command {str(do)[:40]!r}"}
        action()
        logger.info("command done do=%s", do)
        return {"ok": True}
