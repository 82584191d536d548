"""Every table of the server, imported in one place for Alembic and for tests."""

from __future__ import annotations

from sqlmodel import SQLModel

from server.accounts import models as accounts
from server.allotment import models as allotment
from server.campaigns import models as campaigns
from server.coupons import models as coupons
from server.creatives import models as creatives
from server.db import Job, OutboxRow
from server.games import models as games
from server.plays import models as plays
from server.screens import models as screens
from server.timelines import models as timelines

metadata = SQLModel.metadata

__all__ = [
    "Job",
    "OutboxRow",
    "accounts",
    "allotment",
    "campaigns",
    "coupons",
    "creatives",
    "games",
    "metadata",
    "plays",
    "screens",
    "timelines",
]
