from __future__ import annotations

from sqlalchemy import insert
from sqlmodel import Session

from server.db import new_id
from server.screens.models import Player
from tests.factories import NOON


def test_a_report_that_was_stored_before_reports_were_cleaned_is_read_clean(db: Session) -> None:
    long, odd = "名" * 5000, list(range(500))
    raw = {"showing": long, "odd": {"inner": odd}}
    values = {"id": new_id(), "hardware": "box", "token_hash": "t", "enrolled_at": NOON, "status": raw}
    defaults = {"connected": False, "boot_id": "", "past_boots": [], "seq": 0}
    db.connection().execute(insert(Player.__table__), {**values, **defaults})
    status = db.get_one(Player, values["id"]).status
    assert 0 < len(status["showing"]) <= 300
    assert len(status["odd"]["inner"]) <= 50
