"""Ids of a timeline's items: the creative's id, and behind a hyphen the campaign's, where the item belongs to one."""

from __future__ import annotations

CREATIVE_CHARS = 26  # a creative's id is a ULID


def item_id(creative_id: str, campaign_id: str | None) -> str:
    """The same creative in two campaigns makes two items, so that their plays are counted separately."""
    return f"{creative_id}-{campaign_id}" if campaign_id else creative_id


def creative_of(item_id: str) -> str:
    return item_id[:CREATIVE_CHARS]


def campaign_of(item_id: str) -> str | None:
    """None for house content, notices, cards and emergencies."""
    return item_id[CREATIVE_CHARS + 1 :] or None
