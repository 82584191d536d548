"""Help: a page for each section of the console, reached from every page of that section."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue

from server.web.console.blueprint import SECTIONS, bp, may_see
from server.web.identity.auth import current_person
from server.web.words.language import say_later as _l

# Of each section, by its topic: questions and their answers.
HELP: dict[str, tuple[tuple[Any, Any], ...]] = {
    "home": (
        (
            _l("What is on this page?"),
            _l(
                "How many screens are online, what was played in the last hour, and everything that needs somebody: "
                "the most urgent first, each with what to do about it."
            ),
        ),
        (
            _l("How is something shown at once?"),
            _l(
                "Open the page of a screen or a venue and raise an emergency. It replaces everything on the screen "
                "within seconds, and stays until it is lifted or its time is over."
            ),
        ),
        (
            _l("What plays when nothing is booked?"),
            _l(
                "The venue's notices, then house content, then a card with the building's name. House content is "
                "chosen under Creatives → House content, for the whole network or for one venue."
            ),
        ),
    ),
    "screens": (
        (
            _l("How do I add screens?"),
            _l(
                "Add the venue first, then choose Add a screen. For many at once choose Add from a file: it takes a "
                "CSV file as a spreadsheet saves it, and shows what would happen before anything is added."
            ),
        ),
        (
            _l("How do I connect a box?"),
            _l(
                "Switch the box on. Its screen shows a code of six symbols, which is good for ten minutes. Choose "
                "Enrol, type the code, and choose the screen. It plays within seconds."
            ),
        ),
        (
            _l("What do the states mean?"),
            _l(
                "Online: the box reported in the last 45 seconds. Online, with trouble: it plays, and its page "
                "says what is wrong. Offline: it does not report, and continues to play its stored timeline. "
                "No player: no box was enrolled."
            ),
        ),
        (
            _l("How do I hear of a black panel?"),
            _l(
                "A box cannot see its panel, but people can: every phone page has a button that reports a screen that "
                "is black or frozen. Print the poster on the screen's page and hang it beside the screen; its QR "
                "opens that button. The reports are shown here until you close them, or for a day."
            ),
        ),
        (
            _l("What is a bank?"),
            _l("Screens that stand together. All screens of a bank show the same at the same moment."),
        ),
        (
            _l("How do I replace a box, or move a panel?"),
            _l(
                "A new box: type its code on the screen's own page. A panel that is hung in another building: choose "
                "Move to another venue on the screen's page; what happens to its bookings is said first."
            ),
        ),
    ),
    "venues": (
        (
            _l("What is a venue?"),
            _l(
                "A building with screens. Its time zone decides when its screens open and close, and when a day of a "
                "campaign begins there."
            ),
        ),
        (
            _l("How are opening hours written?"),
            _l(
                "Like 08:00-22:00, or 08:00-12:00, 13:30-20:00 for a day with a break. The same hours of many days are "
                "typed once above the days. An empty day is closed; if all days are empty, the venue is always open. "
                "What goes past midnight is written on the next day."
            ),
        ),
        (
            _l("What is the share for notices?"),
            _l("The part of the time that is never sold, so that the venue's own notices always have room."),
        ),
        (
            _l("How do I keep advertisements out?"),
            _l(
                "Without advertisements names hours or whole days in which none plays. Barred categories names what "
                "advertisers sell that must not be shown here, always or in certain hours."
            ),
        ),
    ),
    "creatives": (
        (
            _l("What can I upload?"),
            _l(
                "Films, pictures and sound. Each is made ready for screens and phones in the background, which takes "
                "seconds for a picture and some minutes for a film. If it fails, its page says why."
            ),
        ),
        (
            _l("What is a notice?"),
            _l("A text that is drawn as a card. It runs in the time that a venue keeps for its own notices."),
        ),
        (
            _l("What is a coupon?"),
            _l("A card that shows an offer. Phones in front of the screen can claim the offer while it is shown."),
        ),
        (
            _l("What does archiving do?"),
            _l("An archived creative is booked no more and shown no more. What it played stays in the report."),
        ),
    ),
    "campaigns": (
        (
            _l("What is a campaign?"),
            _l(
                "What an advertiser bought: creatives, the days from its first to its last, the hours of the week, the "
                "screens, and how much is to be shown."
            ),
        ),
        (
            _l("How can the amount be given?"),
            _l(
                "As a share of the time, as plays a day on each screen, as plays or impressions of all its days, or as "
                "a takeover of all the time."
            ),
        ),
        (
            _l("Why is a booking refused?"),
            _l(
                "There is not enough free time on these screens. The message says how much would fit: book less, other "
                "hours, more screens or more days. The capacity for a draft can be held for some days."
            ),
        ),
        (
            _l("What if screens fail?"),
            _l(
                "What was not shown is made good over the rest of the days. The overview and the report name the "
                "campaigns that are behind, and by how much."
            ),
        ),
        (
            _l("Why does a spot play, or not?"),
            _l("Open Timeline on the page of a screen, and choose a moment: it says why this item plays there."),
        ),
    ),
    "offers": (
        (
            _l("How does an offer reach people?"),
            _l(
                "Add the merchant, make the offer, and make a coupon of it. Book the coupon in a campaign. Phones "
                "claim it at the screen, and the shop redeems it at the counter page."
            ),
        ),
        (
            _l("How does a shop redeem a coupon?"),
            _l(
                "Its staff sign in and open the counter page: type the code, or scan it with a scanner or the camera. "
                "A coupon is redeemed once; the second try says when and where it was used."
            ),
        ),
        (
            _l("What is the difference between pausing, stopping and archiving?"),
            _l(
                "A paused offer can be opened again, a stopped one cannot. An archived one leaves the lists and can be "
                "restored. Coupons that are out stay valid in each case."
            ),
        ),
    ),
    "counter": (
        (
            _l("What is typed or scanned here?"),
            _l(
                "The code and the four digits under it on the customer's phone, or its QR code, with a scanner or, "
                "over https, with the camera of this device."
            ),
        ),
        (
            _l("Why are there four more digits?"),
            _l(
                "They change every half minute, so a picture of a coupon is worth nothing. A code without them may be "
                "accepted at your discretion, and is noted so."
            ),
        ),
        (
            _l("What if something was redeemed by mistake?"),
            _l("Merchants and operators take it back in the list below the field, with a reason; it is valid again."),
        ),
    ),
    "report": (
        (
            _l("What is a play?"),
            _l(
                "One showing that a box reports after it happened. A play counts when it was shown in full; a showing "
                "that was cut short or failed is listed, and not counted."
            ),
        ),
        (
            _l("Which plays do not count although they were reported?"),
            _l(
                "Plays that no timeline of the screen had at that time, and a second play for the same time. They are "
                "listed by screen and reason, with what to do, and are in no number that anybody pays for."
            ),
        ),
        (
            _l("Why do numbers of today still grow?"),
            _l("A box without a network keeps its plays and reports them later, up to 30 days."),
        ),
        (
            _l("What are plays × phones present?"),
            _l(
                "Each counted play with the number of phones on the box's WiFi while it was on, added up. Only boxes "
                "that are hotspots can count; other plays are not measured, which is not the same as nobody there."
            ),
        ),
        (
            _l("When does a day begin?"),
            _l("At midnight by the clock of the venue; for coupons by the clock of the merchant."),
        ),
        (
            _l("How do I use the numbers elsewhere?"),
            _l("Download them as CSV; every spreadsheet opens it. Programs read the same through the API with a key."),
        ),
    ),
    "people": (
        (
            _l("What may each role do?"),
            _l(
                "Owners do everything. Operators do everything but manage people. Advertisers see and book their own "
                "campaigns. Merchants see their own offers and redeem coupons. Shop staff redeem coupons. Viewers see "
                "everything but people, and change nothing."
            ),
        ),
        (
            _l("How does somebody get in?"),
            _l(
                "Invite them: you get a link that works once. Pass it on; they choose a password with it. Someone who "
                "forgot the password gets a new one-time link."
            ),
        ),
        (
            _l("What is a key?"),
            _l(
                "What a program uses instead of a password, like a till that redeems coupons. It is shown once, acts "
                "in one role, and can be revoked at any time."
            ),
        ),
        (
            _l("Who changed this?"),
            _l("Who did what lists every change with its person and time, and can be searched."),
        ),
    ),
}


@bp.get("/help")
def help_contents() -> ResponseReturnValue:
    return help_page("home")


@bp.get("/help/<topic>")
def help_page(topic: str) -> ResponseReturnValue:
    current_person()
    if topic not in HELP:
        abort(404)
    topics = [section for section in SECTIONS if may_see(section)]
    return render_template("console/help.html", topic=topic, answers=HELP[topic], topics=topics)


@bp.context_processor
def help_link() -> dict[str, object]:
    """The address of the help for the present page's section."""
    return {"help_address": lambda section: url_for("console.help_page", topic=section.topic)}
