from __future__ import annotations

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from server.db import transaction


def test_an_error_does_not_name_the_parameters_of_its_statement(engine: Engine) -> None:
    with pytest.raises(DBAPIError) as caught, transaction(engine) as db:
        db.connection().execute(text("SELECT 1 FROM nothing WHERE token = :token"), {"token": "a-secret"})
    assert "a-secret" not in str(caught.value)
