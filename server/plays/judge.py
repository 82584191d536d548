"""What a play is worth: refused and why, or accepted with the result that the server sees. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from media.wire import Play
from server.screens.multipliers import milli_at

PLAYED_WITHIN_MS = 500
FUTURE_MS = 10 * 60_000
OLDEST_MS = 30 * 24 * 3_600_000
STRAY_MS = 3_600_000
MOST = 2**31 - 1
ULID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
CREATIVE_CHARS = 26
WHY_CHARS = 200


@dataclass(frozen=True)
class Served:
    """A span of time in which the player served a screen; `until_ms` is None while it does."""

    from_ms: int
    until_ms: int | None

    def holds(self, at_ms: int) -> bool:
        return self.from_ms <= at_ms and (self.until_ms is None or at_ms < self.until_ms)


@dataclass(frozen=True)
class Known:
    """What a batch is judged by: the player's services, their zones and multipliers, creatives' lengths, campaigns."""

    served: Mapping[str, Sequence[Served]]
    zones: Mapping[str, ZoneInfo]
    multipliers: Mapping[str, Sequence[float]]
    lengths_ms: Mapping[str, int]
    campaigns: Set[str]
    slot_ms: int
    now_ms: int


@dataclass(frozen=True)
class Refusal:
    """Final means that no later try can do better, so the box may forget the play."""

    why: str
    final: bool = True


@dataclass(frozen=True)
class Verdict:
    """An accepted play's result, its creative and campaign, its local day in the venue, and what it is worth."""

    result: str
    why: str
    creative: str
    campaign: str | None
    on: date
    impressions_milli: int


def judge(play: Play, known: Known) -> Refusal | Verdict:
    refusal = _refuse_form(play) or _refuse_time(play, known) or _refuse_subject(play, known)
    if refusal is not None:
        return refusal
    creative, campaign = split_item(play.item)
    result, why = judged_result(play, known.lengths_ms[creative], slot_ms=known.slot_ms)
    local = datetime.fromtimestamp(play.starts_ms / 1000, UTC).astimezone(known.zones[play.screen])
    worth = milli_at(known.multipliers[play.screen], local.weekday(), local.hour)
    return Verdict(result, why, creative, campaign, local.date(), worth)


def judged_result(play: Play, length_ms: int, *, slot_ms: int) -> tuple[str, str]:
    """The box's word is never made better, only worse: *played* needs the whole length, within half a second.

    The last frame is held to the end of its slot, so a full showing lasts from the creative's length up to the next
    whole slot.
    """
    if play.result != "played":
        return play.result, _plain(play.why)
    shown_ms = play.ended_ms - play.began_ms
    if shown_ms < length_ms - PLAYED_WITHIN_MS:
        return "short", f"shown {shown_ms} of {length_ms} ms"
    if shown_ms > -(-length_ms // slot_ms) * slot_ms + PLAYED_WITHIN_MS:
        return "failed", f"held for {shown_ms} instead of {length_ms} ms"
    return "played", _plain(play.why)


def split_item(item: str) -> tuple[str, str | None]:
    """Creative and campaign of an item id (`creatives/items.py` makes them)."""
    return item[:CREATIVE_CHARS], item[CREATIVE_CHARS + 1 :] or None


def _refuse_form(play: Play) -> Refusal | None:
    if not ULID.fullmatch(play.id):
        return Refusal("the id is not a ULID")
    if not 0 <= play.version <= MOST or play.phones > MOST:
        return Refusal("a number is out of range")
    if play.ended_ms < play.began_ms:
        return Refusal("ended before it began")
    return None


def _refuse_time(play: Play, known: Known) -> Refusal | None:
    if play.began_ms < known.now_ms - OLDEST_MS:
        return Refusal("older than 30 days")
    if play.ended_ms > known.now_ms + FUTURE_MS:
        return Refusal("lies in the future; is the box's clock right?", final=False)
    if abs(play.began_ms - play.starts_ms) > STRAY_MS:
        return Refusal("began more than an hour from its planned instant")
    return None


def _refuse_subject(play: Play, known: Known) -> Refusal | None:
    if not any(span.holds(play.began_ms) for span in known.served.get(play.screen, ())):
        return Refusal("this player did not serve this screen then")
    creative, campaign = split_item(play.item)
    if creative not in known.lengths_ms or (campaign is not None and campaign not in known.campaigns):
        return Refusal("unknown item")
    if play.campaign != campaign:
        return Refusal("the campaign is not that of the item")
    return None


def _plain(why: str) -> str:
    """As much of the box's reason as the column holds, without what no database takes."""
    return "".join(char for char in why[:WHY_CHARS] if char.isprintable())
