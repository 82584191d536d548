"""A game of the timeline."""

from dataclasses import dataclass

from media.wire.timeline import Item


@dataclass(frozen=True)
class GameSpot:
    """Its item, and when its spot starts, in ms UTC."""

    item: Item
    starts_ms: int
