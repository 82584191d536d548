"""Offers, the phones that claim them, and their requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import func, select

from server.coupons.models import Offer
from server.db import new_id, transaction
from server.screens.models import Screen
from server.settings import Settings
from tests.factories import make_offer, make_screen

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def offer(engine: Engine) -> Offer:
    with transaction(engine) as db:
        return make_offer(db, presence=False, terms="One for each table.")


@pytest.fixture
def at_screen(engine: Engine) -> Offer:
    with transaction(engine) as db:
        return make_offer(db, presence=True)


@pytest.fixture
def screen(engine: Engine) -> Screen:
    with transaction(engine) as db:
        return make_screen(db)


@pytest.fixture
def phone(app: Flask) -> Callable[[], FlaskClient]:
    return app.test_client


def claims_path(offer: Offer) -> str:
    return f"/api/v1/offers/{offer.id}/claims"


def claim(client: FlaskClient, offer: Offer, key: str | None = None, **ask: str) -> Any:
    return client.post(claims_path(offer), json=ask, headers={"Idempotency-Key": key or new_id()})


def claim_by_form(client: FlaskClient, offer: Offer, **form: str) -> Any:
    return client.post(claims_path(offer), data={"key": new_id(), **form}, headers=PAGE)


def own_path(settings: Settings, link: str) -> str:
    assert link.startswith(settings.public_url)
    return link.removeprefix(settings.public_url)


def count(engine: Engine, row: type) -> int:
    with transaction(engine) as db:
        return db.exec(select(func.count()).select_from(row)).one()
