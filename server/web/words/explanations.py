"""Reasons as sentences: why an item plays at a moment, and why another does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from server.db import from_ms
from server.planner.explain.facts import Reason
from server.timelines.published.explain import ScreenExplanation
from server.web.words.language import say as _
from server.zones import zone_or_utc


@dataclass(frozen=True)
class Words:
    """How instants and other campaigns are said: by the venue's clock, and by names that the reader may know."""

    at_ms: int
    zone: str
    names: Mapping[str, str]

    def when(self, ms: int | None) -> str:
        """The time, and the date where it is another day's."""
        if ms is None:
            return _("a day that is not planned yet")
        at = self.local(ms)
        return f"{at:%H:%M:%S}" if at.date() == self.local(self.at_ms).date() else f"{at:%Y-%m-%d %H:%M:%S}"

    def local(self, ms: int) -> datetime:
        return from_ms(ms).astimezone(zone_or_utc(self.zone))

    def name(self, campaign: str) -> str:
        return self.names.get(campaign) or _("another campaign")

    def span(self, reason: Reason) -> str:
        """The hours of a part of the day."""
        if reason.from_ms is None or reason.until_ms is None:
            return _("the day")
        return f"{self.local(reason.from_ms):%H:%M}–{self.local(reason.until_ms):%H:%M}"


def words_of(explanation: ScreenExplanation, at_ms: int, *, advertiser_id: str | None) -> Words:
    """A person of one advertiser gets no names of other campaigns."""
    owners = explanation.advertisers
    names = {id_: name for id_, name in explanation.names.items() if advertiser_id in (None, owners.get(id_))}
    return Words(at_ms, explanation.zone, names)


def why_plays(reason: Reason, words: Words, explanation: ScreenExplanation) -> str:
    match reason.code:
        case "spot" if reason.other not in words.names:
            return _("It is a spot of another campaign.")
        case "spot" if reason.owed and reason.had <= reason.owed:
            return _(
                "It is a spot of %(campaign)s: number %(had)s of the %(owed)s that it is owed here in %(hours)s,"
                " due by %(due)s.",
                campaign=words.name(reason.other),
                had=reason.had,
                owed=reason.owed,
                hours=words.span(reason),
                due=words.when(reason.at_ms),
            )
        case "spot":
            return _(
                "It is a spot of %(campaign)s, from a plan that was changed since.", campaign=words.name(reason.other)
            )
        case "notice":
            return _(
                "It is the venue's own notice, in the time that the venue keeps for itself: number %(had)s of"
                " %(owed)s of the day.",
                had=reason.had,
                owed=reason.owed,
            )
        case "house":
            return _("It fills time that nobody bought: no spot was due.")
        case "nothing":
            return _("The screen is black: no spot was due, and neither notice, house content nor card was ready.")
        case "off":
            return _("The screen is off. It is on again at %(at)s.", at=words.when(reason.at_ms))
        case "interrupt" if reason.until_ms is None:
            return _("An emergency took the screen over at %(at)s, until it is lifted.", at=words.when(reason.from_ms))
        case "interrupt":
            since, until = words.when(reason.from_ms), words.when(reason.until_ms)
            return _("An emergency took the screen over from %(at)s until %(until)s.", at=since, until=until)
        case "override":
            facts = {"at": words.when(reason.from_ms), "why": explanation.why.rstrip(".")}
            return _("The player shows something else than its plan since %(at)s: %(why)s.", **facts)
    return _(
        "Nothing is known about this moment. Plans are stored from %(at)s until %(until)s.",
        at=words.when(reason.from_ms),
        until=words.when(reason.until_ms),
    )


# Reasons that need no facts of their own.
PLAIN: dict[str, Callable[[], str]] = {
    "plays": lambda: _("It plays at this moment."),
    "draft": lambda: _("It is not booked yet."),
    "paused": lambda: _("It is paused."),
    "ended": lambda: _("It has ended."),
    "processing": lambda: _("None of its creatives is ready yet."),
    "failed": lambda: _("None of its creatives is ready, and one of them failed. Look at it and try it again."),
    "gone": lambda: _("None of its creatives is there any more. Choose others."),
    "elsewhere": lambda: _("This screen is not among the places that it names."),
    "excluded": lambda: _("This screen is among the places that it excludes."),
    "unplanned": lambda: _("This moment is not planned for it yet; that takes some seconds."),
    "not_here": lambda: _("Of its goal nothing falls to this screen on this day; other screens and days have it."),
    "reserved": lambda: _("The venue keeps this time for its own notices."),
    "covered": lambda: _("The screen shows something else in place of the plan."),
}
SHORT: dict[str, Callable[[], str]] = {
    "overbooked": lambda: _("the hours are sold out"),
    "no_room": lambda: _("spots must keep their distance from each other"),
    "closed": lambda: _("the screen is not on and free for it then"),
    "too_short": lambda: _("its hours are too short for its spot"),
    "": lambda: _("there is no room"),
}


def why_not(reason: Reason, words: Words) -> str:
    if reason.code in PLAIN:
        return PLAIN[reason.code]()
    at, other = words.when(reason.at_ms), words.name(reason.other)
    counts = {"had": reason.had, "owed": reason.owed, "hours": words.span(reason)}
    match reason.code:
        case "before_flight":
            return _("Its flight begins on %(on)s.", on=reason.on)
        case "after_flight":
            return _("Its flight ended on %(on)s.", on=reason.on)
        case "booked_later":
            return _("It was booked after that moment, at %(at)s.", at=at)
        case "off":
            return _("The screen is off then. It may play again from %(at)s on.", at=at)
        case "daypart":
            return _("It is outside its hours of the week. It may play again from %(at)s on.", at=at)
        case "advert_free":
            return _("The venue keeps this time free of advertising. It may play again from %(at)s on.", at=at)
        case "barred":
            return _("The venue bars its category at this time. It may play again from %(at)s on.", at=at)
        case "unseen":
            return _(
                "Nobody is counted at the screen in this hour, so a play is worth nothing to its goal."
                " It may play again from %(at)s on.",
                at=at,
            )
        case "too_short":
            return _("Its spot does not fit into %(hours)s.", **counts)
        case "met":
            return _("It has had all of its %(owed)s spots of %(hours)s.", **counts)
        case "turn" if reason.at_ms is not None:
            return _(
                "It is not its turn: it has had %(had)s of %(owed)s spots of %(hours)s, and the next is due by %(at)s.",
                **counts,
                at=at,
            )
        case "turn":
            return _("It is not its turn: it has had %(had)s of %(owed)s spots of this day.", **counts)
        case "near_creative":
            return _("It would be too near to the same creative, at %(at)s.", at=at)
        case "near_advertiser":
            return _("It would be too near to its own advertiser's spot at %(at)s (%(other)s).", at=at, other=other)
        case "near_category":
            return _("It would be too near to a spot of the same category at %(at)s (%(other)s).", at=at, other=other)
    return _(
        "The plan gives it %(had)s of the %(owed)s spots that it needs here on this day: %(why)s.",
        **counts,
        why=SHORT[reason.why](),
    )
