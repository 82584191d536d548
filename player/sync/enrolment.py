"""Enrolment: a token of its own, a code on the screen, and patience until an operator has typed it."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from pathlib import Path

from media.wire.enrolment import EnrolCode
from player.files import read_if_there, write_whole
from player.sync.link import Link, NotEnrolled, ServerAway

logger = logging.getLogger(__name__)

ASK_S = 3.0
REST_S = 3600.0


class Token:
    """256 random bits in a file that only the player reads. A token that was revoked is replaced."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "token"
        raw = read_if_there(self._path)
        self._token = raw.decode().strip() if raw else self._renewed()

    def __call__(self) -> str:
        return self._token

    def renew(self) -> None:
        self._token = self._renewed()

    def _renewed(self) -> str:
        token = secrets.token_hex(32)
        write_whole(self._path, token.encode(), mode=0o600)
        return token


class Enrolment:
    """Is this box enrolled? While it is not, `step()` requests a code, shows it and waits for an operator."""

    def __init__(
        self, link: Link, token: Token, hardware: str, *, enrolled: bool, show: Callable[[EnrolCode | None, str], None],
        hide: Callable[[], None],
    ) -> None:  # fmt: skip
        self._link = link
        self._token = token
        self._hardware = hardware
        self._show = show
        self._hide = hide
        self._code: EnrolCode | None = None
        self._lock = threading.Lock()
        self.enrolled = enrolled
        self.on_enrolled: list[Callable[[], None]] = []

    def pause_s(self) -> float:
        """How soon the next step is due."""
        return REST_S if self.enrolled else ASK_S

    def lost(self, why: str) -> None:
        """The server says that this box is on no screen."""
        with self._lock:
            if self.enrolled:
                logger.warning("enrolment lost why=%s", why)
            self.enrolled, self._code = False, None

    def step(self) -> None:
        """One request. Raises ServerAway if nobody answers, after the screen shows that."""
        if self.enrolled:
            return
        try:
            self._request()
        except NotEnrolled as error:
            logger.info("token renewed because=%s", error)
            self._token.renew()
            self._code = None
        except ServerAway as error:
            self._show(self._code, str(error))
            raise

    def _request(self) -> None:
        if self._code is None and self._link.knows_us():
            self._enrolled()
            return
        if self._code is None:
            self._code = self._link.request_enrolment(self._hardware)
            logger.info("enrolment requested enrolment=%s", self._code.enrolment)
        self._show(self._code, "")
        state = self._link.enrolment_state(self._code.enrolment)
        if state is None:
            self._code = None
        elif state.screen is not None:
            self._enrolled()

    def _enrolled(self) -> None:
        logger.info("player enrolled")
        self.enrolled, self._code = True, None
        self._hide()
        for call in self.on_enrolled:
            call()
