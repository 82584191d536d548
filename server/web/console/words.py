"""The words of pages for codes of the domain."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from media.wire.games import GameKind, PrizeFor
from media.wire.phone import OfferStanding
from media.wire.status import CertificateFault
from server.accounts.models import Role
from server.campaigns.models import Campaign, CampaignState, GoalKind, PaceKind
from server.creatives.models import CreativeState
from server.plays.models import Uncounted
from server.screens.commands import CommandState
from server.screens.health import ScreenState, Trouble
from server.screens.hotspot_plans import BoxPlan, PlanLimits, PlanState, RadioNeed
from server.screens.hotspots import (
    PI_RADIO_FEWEST,
    PI_RADIO_MOST,
    PI_RADIO_OTHER_FIRMWARE,
    HotspotDay,
    Limit,
)
from server.screens.lists import ScreenOrder
from server.screens.models import CommandKind, ScreenKind
from server.screens.multipliers import MultiplierSource
from server.screens.table.openooh import VENUE_TYPES
from server.web.console.player_words import player_words
from server.web.words.language import language, written_number
from server.web.words.language import say as _
from server.web.words.language import say_later as _l
from server.web.words.language import say_many as _n

KINDS = {
    "video": _l("Video"),
    "image": _l("Image"),
    "audio": _l("Audio"),
    "notice": _l("Notice"),
    "coupon": _l("Coupon"),
    "emergency": _l("Emergency"),
    "game": _l("Game"),
    "goods": _l("Goods"),
    "building": _l("Building's card"),
}
GAMES = {
    GameKind.RACE: _l("Race"),
    GameKind.QUIZ: _l("Quiz"),
    GameKind.LUCKY_DRAW: _l("Lucky draw"),
    GameKind.CUSTOM: _l("A game of your own"),
}
HOW_GAMES_GO = {
    GameKind.RACE: _l(
        "A race: everybody at the screen joins with the phone and taps to run. "
        "The screen shows who leads, and who has won."
    ),
    GameKind.QUIZ: _l(
        "A quiz: everybody at the screen answers on the phone. "
        "Right answers count, fast ones more, and the screen shows the right one after each question."
    ),
    GameKind.LUCKY_DRAW: _l(
        "A lucky draw: everybody at the screen joins with the phone and takes part in the draw. "
        "Anybody can check afterwards that it was fair."
    ),
}
PRIZES_FOR = {
    PrizeFor.FIRST: _l("the winner, or the winning team"),
    PrizeFor.FIRST_THREE: _l("the first three"),
    PrizeFor.FINISHERS: _l("everybody who played"),
    PrizeFor.DRAWN: _l("drawn among those who played"),
}
ROLES = {
    Role.OWNER: _l("Owner"),
    Role.OPERATOR: _l("Operator"),
    Role.ADVERTISER: _l("Advertiser"),
    Role.MERCHANT: _l("Merchant"),
    Role.STAFF: _l("Shop staff"),
    Role.VIEWER: _l("Viewer"),
}
SCREEN_KINDS = {ScreenKind.CAR: _l("In the elevator car"), ScreenKind.LOBBY: _l("In the lobby")}
SCREEN_STATES = {
    ScreenState.OFFLINE: (_l("offline"), "bad"),
    ScreenState.TROUBLED: (_l("online, with trouble"), "warn"),
    ScreenState.WELL: (_l("online"), "good"),
    ScreenState.NEVER_ENROLLED: (_l("no player"), ""),
}
PLAN_STATES = {
    PlanState.OWN: (_l("own plan"), ""),
    PlanState.APPLIED: (_l("applied"), "good"),
    PlanState.WAITING: (_l("waiting"), "warn"),
    PlanState.REFUSED: (_l("refused"), "bad"),
    PlanState.UNKNOWN: (_l("unknown"), "warn"),
}
SCREEN_ORDERS = {
    ScreenOrder.TROUBLE: _l("Trouble first"),
    ScreenOrder.PLACE: _l("By venue and name"),
    ScreenOrder.NAME: _l("By name"),
    ScreenOrder.SEEN: _l("Longest unseen first"),
}
MULTIPLIER_SOURCES = {
    MultiplierSource.UNKNOWN.value: _l("not known"),
    MultiplierSource.VENDOR.value: _l("a measurement vendor"),
    MultiplierSource.PUBLISHER.value: _l("ourselves"),
    MultiplierSource.EXCHANGE.value: _l("an exchange"),
}
# Why reported plays do not count, and what to do about it.
UNCOUNTED = {
    Uncounted.NOT_PLANNED: (
        _l("No timeline of this screen had these items at these times."),
        _l("Look at what the screen shows. If it is right, enrol the box anew; if not, revoke it."),
    ),
    Uncounted.OFF_TIME: (
        _l("They began long before or after their planned time."),
        _l("Look at the clock and the display of this screen; restart the player."),
    ),
    Uncounted.OVERLAP: (
        _l("Another play counts already for the same time on this screen."),
        _l("Look whether a second box has this one's token, or its card was copied; if so, revoke both and enrol one."),
    ),
    Uncounted.NOT_SERVED: (
        _l("The box did not serve the screen that it named, at that time."),
        _l("Some are normal after a box was moved. If more come, revoke the box."),
    ),
    Uncounted.UNKNOWN_ITEM: (
        _l("They name creatives or campaigns that do not exist here."),
        _l("Some are normal after a backup was restored. If more come, enrol the box anew."),
    ),
    Uncounted.TOO_OLD: (
        _l("They are older than 30 days."),
        _l("Look after the connection of this box: plays count only if they arrive within 30 days."),
    ),
    Uncounted.MALFORMED: (
        _l("Their times or other values contradict each other."),
        _l("Update the software of this box. If more come, revoke it."),
    ),
    Uncounted.TOO_MANY: (
        _l("So many plays of this box do not count that no more are stored today."),
        _l("Revoke this box, then look who has access to it."),
    ),
}
WEEKDAYS = (_l("Mon"), _l("Tue"), _l("Wed"), _l("Thu"), _l("Fri"), _l("Sat"), _l("Sun"))

# The days that a rule of a venue names.
RULE_DAYS = {
    "0123456": _l("every day"),
    "01234": _l("Mon to Fri"),
    "56": _l("Sat and Sun"),
    **{str(weekday): word for weekday, word in enumerate(WEEKDAYS)},
}

# State: its word and its colour.
CREATIVE_STATES = {
    CreativeState.PROCESSING: (_l("Processing"), "warn"),
    CreativeState.READY: (_l("Ready"), "good"),
    CreativeState.FAILED: (_l("Failed"), "bad"),
    CreativeState.ARCHIVED: (_l("Archived"), ""),
}
CAMPAIGN_STATES = {
    CampaignState.DRAFT: (_l("Draft"), ""),
    CampaignState.BOOKED: (_l("Booked"), "good"),
    CampaignState.PAUSED: (_l("Paused"), "warn"),
    CampaignState.ENDED: (_l("Ended"), ""),
}
GOALS = {
    GoalKind.SHARE: _l("a share of the time, in percent"),
    GoalKind.PLAYS_PER_DAY: _l("plays a day on each screen"),
    GoalKind.PLAYS: _l("plays of the whole flight"),
    GoalKind.IMPRESSIONS: _l("impressions of the whole flight"),
    GoalKind.TAKEOVER: _l("a takeover: all the time"),
}
GOAL_FIELDS = {
    GoalKind.SHARE: _l("Percent of the time"),
    GoalKind.PLAYS_PER_DAY: _l("Plays a day on each screen"),
    GoalKind.PLAYS: _l("Plays on all screens together"),
    GoalKind.IMPRESSIONS: _l("Impressions on all screens together"),
}
PACES = {
    PaceKind.EVEN: _l("even over the flight"),
    PaceKind.AHEAD: _l("more of it early"),
    PaceKind.ASAP: _l("as soon as there is room"),
}
OFFER_STANDINGS = {
    OfferStanding.OPEN: (_l("Open"), "good"),
    OfferStanding.DRAFT: (_l("Draft"), ""),
    OfferStanding.NOT_YET: (_l("Not open yet"), "warn"),
    OfferStanding.OVER: (_l("Over"), "bad"),
    OfferStanding.PAUSED: (_l("Paused"), "warn"),
    OfferStanding.STOPPED: (_l("Stopped"), ""),
    OfferStanding.SOLD_OUT: (_l("All gone"), "warn"),
}


COMMANDS = {
    CommandKind.PICTURE: _l("Take a picture now"),
    CommandKind.IDENTIFY: _l("Show which screen this is"),
    CommandKind.RESTART_DISPLAY: _l("Restart the display"),
}
COMMAND_STATES = {
    CommandState.WAITING: (_l("waiting for the player"), "warn"),
    CommandState.ACKNOWLEDGED: (_l("acknowledged"), "good"),
    CommandState.REFUSED: (_l("refused"), "bad"),
    CommandState.TIMED_OUT: (_l("timed out"), "bad"),
}


# The facts that the audit log notes beside an action, and the names of changed fields.
FACTS = {
    "name": _l("Name"),
    "title": _l("Title"),
    "fields": _l("Changed"),
    "venue": _l("Venue"),
    "screen": _l("Screen"),
    "screens": _l("Screens"),
    "from": _l("From"),
    "to": _l("To"),
    "player": _l("Player"),
    "hardware": _l("Hardware"),
    "code": _l("Code"),
    "creative": _l("Creative"),
    "offer": _l("Offer"),
    "stock": _l("Pieces in all"),
    "role": _l("Role"),
    "do": _l("Command"),
    "until": _l("Until"),
    "reason": _l("Reason"),
    "why": _l("Reason"),
}
FIELDS = {
    "name": _l("Name"),
    "address": _l("Address"),
    "venue_type": _l("Type"),
    "zone": _l("Time zone"),
    "hours": _l("Opening hours"),
    "reserved_percent": _l("Share for notices"),
    "advert_free": _l("Hours without advertisements"),
    "advert_free_days": _l("Days without advertisements"),
    "barred": _l("Barred categories"),
    "ride_s": _l("Typical ride"),
    "kind": _l("Where it hangs"),
    "tags": _l("Tags"),
    "bank": _l("Bank"),
    "width": _l("Width in pixels"),
    "height": _l("Height in pixels"),
    "sound": _l("Sound"),
    "strip": _l("Strip"),
    "wifi": _l("WiFi name on the strip"),
    "multipliers": _l("Impressions of one play"),
    "multiplier_source": _l("Measured by"),
    "multiplier_vendor": _l("Vendor"),
}


def goal_words(campaign: Campaign) -> str:
    """The goal that was bought, in a cell of a list."""
    number = f"{campaign.goal:,.0f}"
    match campaign.goal_kind:
        case GoalKind.SHARE:
            return f"{campaign.goal:g} %"
        case GoalKind.PLAYS_PER_DAY:
            return _("%(plays)s a day", plays=number)
        case GoalKind.PLAYS:
            return _("%(plays)s plays", plays=number)
        case GoalKind.IMPRESSIONS:
            return _("%(impressions)s impressions", impressions=number)
    return _("Takeover")


def age_words(age: timedelta) -> str:
    """How long ago, in the largest unit that fills one."""
    seconds = max(0, int(age.total_seconds()))
    if seconds < 60:
        return _("%(num)s s ago", num=seconds)
    if seconds < 3600:
        return _("%(num)s min ago", num=seconds // 60)
    if seconds < 48 * 3600:
        return _("%(num)s h ago", num=seconds // 3600)
    return _n("%(num)s day ago", "%(num)s days ago", seconds // 86400)


def venue_types() -> list[tuple[int, str]]:
    return [(id_, chinese if language() == "zh" else english) for id_, (english, chinese) in VENUE_TYPES.items()]


def venue_type(id_: int) -> str:
    return dict(venue_types()).get(id_, str(id_))


def hotspot_limit_words(hotspot: HotspotDay) -> tuple[str, str]:
    """The limit that is reached or near, and the remedy."""
    places = hotspot.counts.most_phones if hotspot.counts else 0
    sentences = {
        Limit.REFUSED: _n(
            "%(num)s phone found no place today.", "%(num)s phones found no place today.", hotspot.total("refusals")
        ),
        Limit.FULL: _("All %(places)s places are taken.", places=places),
        Limit.NEARLY_FULL: _(
            "The places run short: %(most)s of %(places)s were taken at one time today.",
            most=hotspot.present_most, places=places,
        ),
        Limit.RADIO: _(
            "The plan has %(places)s places, and %(most)s phones were here at one time.",
            most=hotspot.present_most, places=places,
        ),
    }  # fmt: skip
    remedy = _pi_radio()
    if hotspot.limit in (Limit.RADIO, None):
        return sentences[Limit.RADIO], remedy
    return sentences[hotspot.limit], f"{_('Shorten the visits, or raise the number of phones in the plan.')} {remedy}"


def _pi_radio() -> str:
    return _(
        "The radio of a Raspberry Pi itself takes %(fewest)s to %(most)s phones, %(other)s with the minimal firmware; "
        "for more, use a USB radio.",
        fewest=PI_RADIO_FEWEST, most=PI_RADIO_MOST, other=PI_RADIO_OTHER_FIRMWARE,
    )  # fmt: skip


def box_plan_words(box: BoxPlan) -> tuple[str, str]:
    """The state of a venue's plan on a box in words, and the remedy."""
    match box.state:
        case PlanState.OWN:
            return _("This box uses its own plan."), _("Set one for all boxes of the venue.")
        case PlanState.APPLIED:
            return _("The venue's plan is in force."), ""
        case PlanState.WAITING:
            return _("The venue's plan is on its way."), _("The box applies it within a minute once it is online.")
        case PlanState.REFUSED:
            return _("The box refused the venue's plan; the one before goes on."), _("Change the plan.")
        case PlanState.UNKNOWN:
            text = _("The box's software is older than plans of venues, so it uses its own.")
            return text, _("Update it, and restart liftcast-hotspot.")


def plan_limit_lines(limits: PlanLimits) -> list[str]:
    """The consequences of a plan where it is used to its limits, in sentences."""
    phones, minutes = written_number(limits.phones), written_number(limits.visit_minutes)
    speed = _speed(limits.each_kbit)
    lines = [_("While all %(phones)s phones load at the same time, each gets %(speed)s.", phones=phones, speed=speed)]
    if limits.visit_used_up_s is None:
        text = _("A visit ends after %(minutes)s minutes; its megabytes are never used up before.", minutes=minutes)
    else:
        text = _(
            "A phone that loads without pause has used its megabytes after %(used_up)s of %(minutes)s minutes.",
            used_up=written_number(max(round(limits.visit_used_up_s / 60), 1)), minutes=minutes,
        )  # fmt: skip
    lines.append(text)
    if not limits.idle_has_effect:
        lines.append(_("Minutes without traffic end no visit: its own minutes are over before."))
    return lines


def plan_radio_words(limits: PlanLimits) -> tuple[str, str] | None:
    """The warning about so many phones; None where the radio of a Raspberry Pi takes them."""
    match limits.radio:
        case RadioNeed.PI:
            return None
        case RadioNeed.PI_OTHER_FIRMWARE:
            return _("These are more phones than a Raspberry Pi takes with its usual firmware."), _pi_radio()
        case RadioNeed.USB:
            return _("These are more phones than the radio of a Raspberry Pi takes."), _pi_radio()


def _speed(kbit: int) -> str:
    return f"{written_number(kbit / 1000)} Mbit/s" if kbit >= 1000 else f"{written_number(kbit)} kbit/s"


def certificate_fault_words(fault: CertificateFault) -> tuple[str, str]:
    """Why a portal does not use its certificate, and the remedy."""
    given = _("Put the right one into the folder in LIFTCAST_PORTAL_TLS, or leave that empty to have one ordered.")
    match fault:
        case CertificateFault.EXPIRED:
            return _("The box's certificate has expired."), _(
                "It renews an ordered one by itself once it has an uplink."
            )
        case CertificateFault.NOT_YET_VALID:
            return _("The box's certificate is not valid yet."), _("Check the clocks of box and server.")
        case CertificateFault.OTHER_NAME:
            return _("The box's certificate is not for its portal's name."), given
        case CertificateFault.COVERS_SERVER:
            remedy = _("Remove it from every box and revoke it: a thief with a box could pose as the server.")
            return _("The box's certificate covers the server's own name."), remedy
        case CertificateFault.OTHER_KEY:
            return _("The box's certificate and its key do not belong together."), given
        case CertificateFault.UNREADABLE:
            return _("The box cannot read its certificate."), given


def trouble_words(trouble: Trouble) -> tuple[str, str]:
    """The trouble of a screen and its remedy."""
    facts: dict[str, Any] = trouble.facts
    match trouble.code:
        case "never_enrolled":
            return _("No player is enrolled."), _("Switch the box on, and enrol it with the code that it shows.")
        case "never_seen":
            return _("The player has not reported since it was enrolled."), _("Check its power and its network.")
        case "last_seen":
            text = _("The player does not report.")
            return text, _("It continues to play its stored timeline. Check its power and network.")
        case "clone":
            return _("Two boxes use this player's token."), _("Revoke the player, and enrol the right box again.")
        case "display":
            text = _("The display has a fault: %(reason)s.", reason=_detail(facts))
            return text, _("Check the panel and its cable.")
        case "x_server":
            text = _("The box's X server cannot be reached, so nothing can be drawn.")
            return text, _("It is tried again every second. If this stays, restart the box.")
        case "display_process":
            text = _("The program that draws on the screen broke down, and is started again.")
            return text, _("If this stays, restart the box, and update its software.")
        case "item_failed":
            text = _("“%(title)s” cannot be shown: %(reason)s.", title=facts["title"], reason=_detail(facts))
            return text, _("Its file is fetched again if it is damaged. If this stays, upload it anew.")
        case "journal":
            text = _("The box's journal is broken: %(reason)s.", reason=_detail(facts))
            return text, _("The screen plays on. Check the box's disk: it is full or broken.")
        case "no_timeline":
            return _("The player has no timeline yet."), _("Wait a minute; if this stays, restart the box.")
        case "files_missing":
            missing, files = facts.get("missing", 0), facts.get("all", 0)
            text = _("%(missing)s of %(all)s files are missing.", missing=missing, all=files)
            return text, _("They are fetched again; check the box's network and disk.")
        case "clock_untrusted":
            return _("The player's clock is not trusted yet."), _("House content plays until it reaches the server.")
        case "nothing_to_show":
            text = _("The screen is black: there is nothing to show.")
            return text, _("The building's card appears within a minute. If not, check whether the worker runs.")
        case "shows_nothing":
            text = _("The screen is black, although the building is open.")
            return text, _("Restart the display. If it stays black, restart the box, and check its cable and power.")
        case "reported_black" | "reported_frozen":
            return _reported_words(trouble)
    return trouble.code, ""


def _reported_words(trouble: Trouble) -> tuple[str, str]:
    phones, ago = trouble.facts["phones"], age_words(trouble.facts["age"])
    if trouble.code == "reported_black":
        text = _n(
            "%(num)s phone reported that the screen is black, %(ago)s.",
            "%(num)s phones reported that the screen is black, the last %(ago)s.",
            phones,
            ago=ago,
        )
    else:
        text = _n(
            "%(num)s phone reported that the picture is frozen or broken, %(ago)s.",
            "%(num)s phones reported that the picture is frozen or broken, the last %(ago)s.",
            phones,
            ago=ago,
        )
    return text, _("Somebody should look at the screen itself: what the box draws may not reach the panel.")


def _detail(facts: dict[str, Any]) -> str:
    """The words of the player, to be quoted in a sentence."""
    return player_words(str(facts.get("reason", "")).rstrip("."))
