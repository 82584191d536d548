"""The operators' API: what the console does, as JSON, for a session or a machine's key."""

from __future__ import annotations

from server.web.operator_api import (
    archive,
    availability,
    campaigns,
    creatives,
    explain,
    hotspots,
    offers,
    relocation,
    reports,
    rounds,
    screen_import,
    screens,
    venues,
)
from server.web.operator_api.blueprint import bp

__all__ = [
    "archive",
    "availability",
    "bp",
    "campaigns",
    "creatives",
    "explain",
    "hotspots",
    "offers",
    "relocation",
    "reports",
    "rounds",
    "screen_import",
    "screens",
    "venues",
]
