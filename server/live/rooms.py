"""The rooms that sockets join and pushes go to."""

from __future__ import annotations


def screen_room(screen_id: str) -> str:
    return f"screen:{screen_id}"


def player_room(player_id: str) -> str:
    return f"player:{player_id}"


ALL_PHONES = "phones"
