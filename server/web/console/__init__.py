"""The console: the operators' pages. Importing this package adds every page to the blueprint.

Each folder holds the pages of one group of the navigation: `sales` (advertisers, bookings, reports), `creatives`,
`coupons` (merchants and offers), `network` (venues, screens, players), `planning` (timelines and why they are so) and
`people`. Start at `blueprint.py`, which lists the sections. `archive.py`, `home.py` and `help.py` belong to no group;
`words.py` names the codes of the domain.
"""

from __future__ import annotations

from server.web.console import archive, help, home
from server.web.console.blueprint import bp
from server.web.console.coupons import merchants, offer_preview, offers
from server.web.console.creatives import cards, creatives, custom_games, emergencies, games, house, rounds, uploads
from server.web.console.network import hotspot_plan, players, posters, relocation, screen_import, screens, venues
from server.web.console.people import audit, people
from server.web.console.planning import explain, timeline
from server.web.console.sales import advertisers, availability, campaigns, outlook, places, report

__all__ = [
    "advertisers",
    "archive",
    "audit",
    "availability",
    "bp",
    "campaigns",
    "cards",
    "creatives",
    "custom_games",
    "emergencies",
    "explain",
    "games",
    "help",
    "home",
    "hotspot_plan",
    "house",
    "merchants",
    "offer_preview",
    "offers",
    "outlook",
    "people",
    "places",
    "players",
    "posters",
    "relocation",
    "report",
    "rounds",
    "screen_import",
    "screens",
    "timeline",
    "uploads",
    "venues",
]
