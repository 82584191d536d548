"""A carbon copy of a player's journal: every play it finished, though the journal deletes what is acknowledged."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import astuple, dataclass, replace
from pathlib import Path

from server.plays.models import PlayRow

FIELDS = "id, kind, screen, starts_ms, item, coalesce(campaign, ''), version, began_ms, ended_ms, result, why"
# After a crash the journal closes what was open by the same UPDATE, so that those rows come here too.
COPYING = """
CREATE TABLE carbon AS SELECT * FROM play WHERE open = 0;
CREATE TRIGGER carbon_copy AFTER UPDATE OF open ON play WHEN old.open = 1 AND new.open = 0
BEGIN INSERT INTO carbon SELECT * FROM play WHERE id = new.id; END;
"""


@dataclass(frozen=True)
class CopiedPlay:
    """The journal's row of one showing."""

    id: str
    kind: str
    screen: str
    starts_ms: int
    item: str
    campaign: str
    version: int
    began_ms: int
    ended_ms: int
    result: str
    why: str


class JournalCopy:
    """Begins with the journal's file, lives in it, and outlives every restart of the player."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with closing(self._open("rw")) as db:
            db.executescript(COPYING)

    def plays(self) -> dict[str, CopiedPlay]:
        """Everything that was finished."""
        return self._read("carbon")

    def waiting(self) -> dict[str, CopiedPlay]:
        """The plays that are finished and not acknowledged yet."""
        return self._read("play WHERE open = 0")

    def open(self) -> dict[str, CopiedPlay]:
        """The plays on the screen, as the journal has them."""
        return self._read("play WHERE open = 1")

    def _read(self, where: str) -> dict[str, CopiedPlay]:
        with closing(self._open("ro")) as db:
            rows = [CopiedPlay(*row) for row in db.execute(f"SELECT {FIELDS} FROM {where}")]
        assert len(rows) == len({row.id for row in rows}), "a play was finished twice"
        return {row.id: row for row in rows}

    def _open(self, mode: str) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{self.path}?mode={mode}", uri=True, timeout=10)


def as_copied(row: PlayRow) -> CopiedPlay:
    """The server's row of a play, in the journal's words."""
    return CopiedPlay(
        row.id, row.kind, row.screen_id, row.starts_ms, row.item, row.campaign_id or "", row.version, row.began_ms,
        row.ended_ms, row.result, row.why,
    )  # fmt: skip


def differing(mine: dict[str, CopiedPlay], theirs: dict[str, CopiedPlay]) -> list[tuple[object, object]]:
    """Pairs of journal and server that do not agree, one side None where it is missing; empty if all do."""
    pairs = [(mine.get(id_), theirs.get(id_)) for id_ in sorted({*mine, *theirs})]
    return [(a and astuple(a), b and astuple(b)) for a, b in pairs if not (a and b and agree(a, b))]


def agree(mine: CopiedPlay, theirs: CopiedPlay) -> bool:
    """The same facts; the server may judge worse of what the box calls played, and never better."""
    judged = replace(mine, result=theirs.result, why=theirs.why)
    return theirs == (judged if mine.result == "played" and theirs.result in ("short", "failed") else mine)
