"""Judge a reported play: refuse it with a reason, or store it with the server's own result, counted or not. Pure."""

from __future__ import annotations

import re
from bisect import bisect, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from media.fillers import whole_slots_ms
from media.item_ids import campaign_of, creative_of
from media.wire.plays import MOST_PHONES, PLAYED_WITHIN_MS, Play
from server.plays.models import Uncounted
from server.screens.multipliers import milli_at
from server.timelines.published.days import PLAYS_ACCEPTED_FOR

# A box knows the server's time to the millisecond. A box whose clock is ahead sends such plays again later.
FUTURE_MS = 10_000
OLDEST_MS = PLAYS_ACCEPTED_FOR // timedelta(milliseconds=1)
STRAY_MS = 3_600_000
# A slow display shows each item in full, some seconds late (`LATE_NS` in player/show/showing.py).
ON_TIME_MS = 10_000
MOST = 2**31 - 1
ULID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")

WHY_CHARS = 200


@dataclass(frozen=True)
class Served:
    """A span of time in which the player served a screen; `until_ms` is None while it still does."""

    from_ms: int
    until_ms: int | None

    def holds(self, at_ms: int) -> bool:
        return self.from_ms <= at_ms and (self.until_ms is None or at_ms < self.until_ms)


class Planned(Protocol):
    """The spots that were published (`timelines/published/days.py`)."""

    def end_ms(self, screen_id: str, item: str, starts_ms: int, *, version: int) -> int | None: ...


@dataclass(frozen=True)
class Known:
    """Everything by which a batch is judged.

    served: spans in which the player served each screen · zones, multipliers: of these screens
    lengths_ms: by creative · campaigns: ids of the campaigns that exist
    """

    served: Mapping[str, Sequence[Served]]
    zones: Mapping[str, ZoneInfo]
    multipliers: Mapping[str, Sequence[float]]
    lengths_ms: Mapping[str, int]
    campaigns: Set[str]
    planned: Planned
    slot_ms: int
    now_ms: int


@dataclass(frozen=True)
class Refusal:
    """A refused play. Final: no later attempt can succeed, so the box may delete the play, and `reason` is recorded."""

    why: str
    reason: Uncounted | None

    @property
    def final(self) -> bool:
        return self.reason is not None


@dataclass(frozen=True)
class Verdict:
    """How a play is stored: result, creative, campaign, local day and hour in the venue, and impressions.

    planned_end_ms: end of the planned spot, None if none was planned · uncounted: why the play does not count
    """

    result: str
    why: str
    creative: str
    campaign: str | None
    on: date
    hour: int
    impressions_milli: int
    planned_end_ms: int | None
    uncounted: Uncounted | None


def judge(play: Play, known: Known) -> Refusal | Verdict:
    refusal = _refuse_form(play) or _refuse_time(play, known) or _refuse_subject(play, known)
    if refusal is not None:
        return refusal
    creative, campaign = creative_of(play.item), campaign_of(play.item)
    end_ms = _planned_end_ms(play, known)
    result, why = judged_result(play, *_lengths(play, known, end_ms))
    local = datetime.fromtimestamp(play.starts_ms / 1000, UTC).astimezone(known.zones[play.screen])
    worth = milli_at(known.multipliers[play.screen], local.weekday(), local.hour)
    uncounted = _why_uncounted(play, result, end_ms)
    return Verdict(result, why, creative, campaign, local.date(), local.hour, worth, end_ms, uncounted)


def judged_result(play: Play, length_ms: int, whole_ms: int) -> tuple[str, str]:
    """Result and reason. The reported result may only become worse: *played* needs the whole length, within tolerance.

    whole_ms: the last frame is shown until the end of its slot, so a full showing lasts from the length up to this
    """
    if play.result != "played":
        return play.result, _plain(play.why)
    shown_ms = play.ended_ms - play.began_ms
    if shown_ms < length_ms - PLAYED_WITHIN_MS:
        return "short", f"shown {shown_ms} of {length_ms} ms"
    if shown_ms > whole_ms + PLAYED_WITHIN_MS:
        return "failed", f"held for {shown_ms} instead of {length_ms} ms"
    return "played", _plain(play.why)


def count_once(
    plays: Iterable[Play], verdicts: dict[str, Refusal | Verdict], counted: Mapping[str, Iterable[tuple[int, int]]]
) -> dict[str, Refusal | Verdict]:
    """The verdicts, in which of spots that overlap on a screen only the earliest planned one counts.

    counted: spans of the spots that count already, by screen
    """
    spans = defaultdict(list, {screen: sorted(of_screen) for screen, of_screen in counted.items()})
    once = dict(verdicts)
    for play in sorted(plays, key=lambda play: (play.screen, play.starts_ms, play.id)):
        verdict = verdicts[play.id]
        if not isinstance(verdict, Verdict) or verdict.planned_end_ms is None or not counts(play, verdict):
            continue
        span = (play.starts_ms, verdict.planned_end_ms)
        if _overlaps(span, spans[play.screen]):
            once[play.id] = replace(verdict, uncounted=Uncounted.OVERLAP)
        else:
            insort(spans[play.screen], span)
    return once


def counts(play: Play, verdict: Verdict) -> bool:
    """Does the play count? House content and interrupts are stored, but never counted."""
    return play.kind == "spot" and verdict.result == "played" and verdict.uncounted is None


def _overlaps(span: tuple[int, int], spans: Sequence[tuple[int, int]]) -> bool:
    """Does the span overlap one of these sorted spans? They do not overlap each other, so only neighbours can."""
    at = bisect(spans, span)
    return (at > 0 and spans[at - 1][1] > span[0]) or (at < len(spans) and spans[at][0] < span[1])


def _planned_end_ms(play: Play, known: Known) -> int | None:
    if play.kind != "spot":
        return None
    return known.planned.end_ms(play.screen, play.item, play.starts_ms, version=play.version)


def _lengths(play: Play, known: Known, end_ms: int | None) -> tuple[int, int]:
    """The shortest and the longest time of a full showing, in ms.

    The creative's file may have been replaced since by one of another length. Then the planned spot shows how many
    slots the old file took.
    """
    length_ms = known.lengths_ms[creative_of(play.item)]
    whole_ms = whole_slots_ms(length_ms, known.slot_ms)
    if end_ms is None or end_ms - play.starts_ms == whole_ms:
        return length_ms, whole_ms
    whole_ms = end_ms - play.starts_ms
    return max(whole_ms - known.slot_ms, 1), whole_ms


def _why_uncounted(play: Play, result: str, end_ms: int | None) -> Uncounted | None:
    """A spot must have been planned. Fillers and emergencies must not name a campaign."""
    if play.kind != "spot":
        return None if play.campaign is None else Uncounted.NOT_PLANNED
    if end_ms is None:
        return Uncounted.NOT_PLANNED
    late = result == "played" and abs(play.began_ms - play.starts_ms) > ON_TIME_MS
    return Uncounted.OFF_TIME if late else None


def _refuse_form(play: Play) -> Refusal | None:
    if not ULID.fullmatch(play.id):
        return Refusal("the id is not a ULID", Uncounted.MALFORMED)
    if not 0 <= play.version <= MOST or play.phones_samples > MOST:
        return Refusal("a number is out of range", Uncounted.MALFORMED)
    if play.phones > MOST_PHONES:
        return Refusal("more phones than a hotspot takes", Uncounted.MALFORMED)
    if play.ended_ms < play.began_ms:
        return Refusal("ended before it began", Uncounted.MALFORMED)
    return None


def _refuse_time(play: Play, known: Known) -> Refusal | None:
    if play.began_ms < known.now_ms - OLDEST_MS:
        return Refusal("older than 30 days", Uncounted.TOO_OLD)
    if play.ended_ms > known.now_ms + FUTURE_MS:
        return Refusal("lies in the future; is the box's clock right?", None)
    if abs(play.began_ms - play.starts_ms) > STRAY_MS:
        return Refusal("began more than an hour from its planned instant", Uncounted.MALFORMED)
    return None


def _refuse_subject(play: Play, known: Known) -> Refusal | None:
    if not any(span.holds(play.began_ms) for span in known.served.get(play.screen, ())):
        return Refusal("this player did not serve this screen then", Uncounted.NOT_SERVED)
    creative, campaign = creative_of(play.item), campaign_of(play.item)
    if creative not in known.lengths_ms or (campaign is not None and campaign not in known.campaigns):
        return Refusal("unknown item", Uncounted.UNKNOWN_ITEM)
    if play.campaign != campaign:
        return Refusal("the campaign is not that of the item", Uncounted.MALFORMED)
    return None


def _plain(why: str) -> str:
    """The box's reason, cut to the length of the column, without characters that databases refuse."""
    return "".join(char for char in why[:WHY_CHARS] if char.isprintable())
