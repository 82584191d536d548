"""What codes of the domain are called on pages."""

from __future__ import annotations

from typing import Any

from server.accounts.models import Role
from server.campaigns.models import CampaignState
from server.coupons.models import OfferState
from server.creatives.models import CreativeState
from server.screens.commands import CommandState
from server.screens.health import Trouble
from server.screens.models import CommandKind, ScreenKind
from server.screens.openooh import VENUE_TYPES
from server.web.language import language
from server.web.language import say as _
from server.web.language import say_later as _l

KINDS = {
    "video": _l("Video"),
    "image": _l("Image"),
    "audio": _l("Audio"),
    "notice": _l("Notice"),
    "coupon": _l("Coupon"),
    "game": _l("Game"),
    "goods": _l("Goods"),
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
WEEKDAYS = (_l("Mon"), _l("Tue"), _l("Wed"), _l("Thu"), _l("Fri"), _l("Sat"), _l("Sun"))

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
OFFER_STATES = {
    OfferState.DRAFT: (_l("Draft"), ""),
    OfferState.ACTIVE: (_l("Open"), "good"),
    OfferState.PAUSED: (_l("Paused"), "warn"),
    OfferState.STOPPED: (_l("Stopped"), ""),
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


def venue_types() -> list[tuple[int, str]]:
    return [(id_, chinese if language() == "zh" else english) for id_, (english, chinese) in VENUE_TYPES.items()]


def venue_type(id_: int) -> str:
    return dict(venue_types()).get(id_, str(id_))


def trouble_words(trouble: Trouble) -> tuple[str, str]:
    """What is wrong with a screen, and what to do about it."""
    facts: dict[str, Any] = trouble.facts
    match trouble.code:
        case "never_enrolled":
            return _("No player is enrolled."), _("Switch the box on, and type here the code that its screen shows.")
        case "never_seen":
            return _("The player has not been heard of since it was enrolled."), _("Check its power and its network.")
        case "last_seen":
            return _("The player is not heard of."), _("It goes on playing what it holds. Check its power and network.")
        case "clone":
            return _("Two boxes use this player's token."), _("Revoke the player, and enrol the right box again.")
        case "display":
            told = str(facts.get("told", ""))
            return _("The display is not well: %(told)s.", told=told.rstrip(".")), _("Check the panel and its cable.")
        case "no_timeline":
            return _("The player holds no timeline yet."), _("Wait a minute; if it stays, restart the box.")
        case "files_missing":
            missing, wanted = facts.get("missing", 0), facts.get("wanted", 0)
            told = _("%(missing)s of %(wanted)s files are missing.", missing=missing, wanted=wanted)
            return told, _("They are fetched again; check the box's network and disk.")
        case "clock_untrusted":
            return _("The player's clock is not trusted yet."), _("House content plays until it reaches the server.")
        case "nothing_to_show":
            return _("The screen is black: nothing is there to be shown."), _("Add house content; it plays in between.")
    return trouble.code, ""
