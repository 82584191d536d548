"""The console: the operators' pages, one file a subject."""

from __future__ import annotations

from server.web.console import (
    advertisers,
    availability,
    campaigns,
    cards,
    creatives,
    emergencies,
    explain,
    home,
    house,
    merchants,
    offers,
    outlook,
    people,
    places,
    players,
    report,
    screen_import,
    screens,
    timeline,
    uploads,
    venues,
)
from server.web.console.room import bp

__all__ = [
    "advertisers",
    "availability",
    "bp",
    "campaigns",
    "cards",
    "creatives",
    "emergencies",
    "explain",
    "home",
    "house",
    "merchants",
    "offers",
    "outlook",
    "people",
    "places",
    "players",
    "report",
    "screen_import",
    "screens",
    "timeline",
    "uploads",
    "venues",
]
