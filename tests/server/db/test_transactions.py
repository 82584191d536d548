from __future__ import annotations

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from server.db import make_engine, reading, transaction
from server.db.errors import DatabaseAway


def test_an_error_does_not_name_the_parameters_of_its_statement(engine: Engine) -> None:
    with pytest.raises(DBAPIError) as caught, transaction(engine) as db:
        db.connection().execute(text("SELECT 1 FROM nothing WHERE token = :token"), {"token": "a-secret"})
    assert "a-secret" not in str(caught.value)


def test_a_connection_that_was_cut_while_idle_is_replaced_unseen(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_engine(f"{postgres_url}/postgres?application_name=cut")
    cut = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cut'")
    monkeypatch.setattr("server.db.engine.PING_AFTER_S", 0.0)
    with pytest.raises(DatabaseAway), reading(engine) as db:
        db.connection().execute(cut)  # its own too, which is known to be cut from then on
    with reading(engine) as db, reading(engine) as other:
        assert {session.connection().execute(text("SELECT 1")).scalar_one() for session in (db, other)} == {1}
    with transaction(engine) as db:
        raw = db.connection().connection.dbapi_connection
        assert raw is not None
    raw.close()  # as the server's end does, unseen
    with reading(engine) as db:
        assert db.connection().execute(text("SELECT 1")).scalar_one() == 1
    engine.dispose()
