"""The rooms that sockets join and pushes go to."""

from __future__ import annotations

OFFERS = "offer:"  # the rooms of offers begin with this


def screen_room(screen_id: str) -> str:
    return f"screen:{screen_id}"


def player_room(player_id: str) -> str:
    return f"player:{player_id}"


def offer_room(offer_id: str) -> str:
    """Of the phones that show the offer."""
    return f"{OFFERS}{offer_id}"
