"""The API's lists come in pages, and are searched.

Covers: server.web.operator_api.blueprint
"""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from server.db import transaction
from tests.factories import (
    make_advertiser,
    make_merchant,
    make_offer,
    make_screen,
    make_venue,
)
from tests.server.web.operator_api.conftest import Api, names


@pytest.mark.parametrize("of", ["venues", "screens", "merchants", "offers", "advertisers"])
def test_a_list_has_pages_and_is_searched(api: Api, engine: Engine, of: str) -> None:
    with transaction(engine) as db:
        for name in ("Harbour 2", "Harbour 10", "Mill"):
            make_screen(db, venue=make_venue(db, name=name), name=name)
            make_offer(db, merchant=make_merchant(db, name=name), title=name)
            make_advertiser(db, name=name)
    first = api("GET", of, per_page=2)
    assert (len(first.json[of]), first.json["total"]) == (2, 3)
    second = api("GET", first.json["next"].removeprefix("/api/v1/"))
    assert len(second.json[of]) == 1
    assert second.json["next"] is None
    listed = ["Harbour 2", "Harbour 10", "Mill"]
    assert [*names(first, of), *names(second, of)] == (listed[::-1] if of == "offers" else listed)
    assert names(api("GET", of, search="mill"), of) == ["Mill"]
