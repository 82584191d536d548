from __future__ import annotations

import pytest
from sqlalchemy import Engine

from media.store import MediaStore
from server.settings import Settings
from tests.server.timelines.world import World, make_world


@pytest.fixture
def world(engine: Engine, store: MediaStore, settings: Settings) -> World:
    return make_world(engine, store, settings)
