"""Phones' reports of a fault while the server cannot be reached: on the disk, and delivered once when it can."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from media.phone.tokens import TOKEN_LENGTH
from media.symbols import number_symbols
from media.wire.phone import FaultReport, SeenFault
from player.portal.errors import NO_INTERNET, PortalError
from player.portal.one_table import open_table
from player.portal.upstream.server_requests import ServerRequests

logger = logging.getLogger(__name__)

DELIVERED_EVERY_S = 30.0
MOST_STORED = 100  # more reports of the box's one screen say nothing new
TOO_MANY = 429
TABLE = """CREATE TABLE IF NOT EXISTS fault (
    screen TEXT NOT NULL, reporter TEXT NOT NULL, fault TEXT NOT NULL, seen_ms INTEGER NOT NULL,
    PRIMARY KEY (screen, reporter)
)"""


@dataclass(frozen=True)
class StoredFault:
    """reporter: as `reporter_of` names the phone"""

    screen: str
    reporter: str
    report: FaultReport


def reporter_of(phone_token: str) -> str:
    """A token that distinguishes the phone's reports from others' and opens nothing of its own: it is on the disk."""
    digest = hashlib.sha256(b"fault " + phone_token.encode()).digest()
    return number_symbols(int.from_bytes(digest[: TOKEN_LENGTH * 5 // 8]), TOKEN_LENGTH)


class StoredFaults:
    """One row for each phone, its newest report. Each call has a connection of its own."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def store(self, fault: StoredFault) -> bool:
        """Whether the report is on the disk."""
        row = (fault.screen, fault.reporter, fault.report.fault, fault.report.seen_ms)
        try:
            with closing(open_table(self._file, TABLE)) as db, db:
                db.execute("INSERT OR REPLACE INTO fault VALUES (?, ?, ?, ?)", row)
                (stored,) = db.execute("SELECT count(*) FROM fault").fetchone()
                if stored > MOST_STORED:
                    db.rollback()
                    return True  # it is one of many
        except sqlite3.Error as error:
            logger.warning("fault not stored why=%s", error)
            return False
        return True

    def waiting(self) -> list[StoredFault]:
        """The oldest first."""
        query = "SELECT screen, reporter, fault, seen_ms FROM fault ORDER BY seen_ms"
        with closing(open_table(self._file, TABLE)) as db:
            return [
                StoredFault(screen, reporter, FaultReport(fault=SeenFault(fault), seen_ms=seen_ms))
                for screen, reporter, fault, seen_ms in db.execute(query)
            ]

    def remove(self, fault: StoredFault) -> None:
        """Not where the phone has reported again since."""
        here = "DELETE FROM fault WHERE screen = ? AND reporter = ? AND seen_ms = ?"
        with closing(open_table(self._file, TABLE)) as db, db:
            db.execute(here, (fault.screen, fault.reporter, fault.report.seen_ms))

    def deliver(self, server: ServerRequests) -> None:
        """A report that the server refuses for good is dropped. One whose answer is lost is sent again: the server
        counts it once."""
        for fault in self.waiting():
            try:
                server.report_fault(fault.screen, fault.report, fault.reporter)
            except PortalError as refused:
                if refused.body.code == NO_INTERNET or refused.status == TOO_MANY or refused.status >= 500:
                    return
                logger.info("stored fault refused code=%s", refused.body.code)
            self.remove(fault)


def deliver_faults(faults: StoredFaults, server: ServerRequests, sleep: Callable[[float], object]) -> NoReturn:
    while True:
        sleep(DELIVERED_EVERY_S)
        try:
            faults.deliver(server)
        except sqlite3.Error as error:
            logger.warning("faults not delivered why=%s", error)
