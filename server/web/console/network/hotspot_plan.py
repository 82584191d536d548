"""The plan of a venue's hotspots: the form, and what it means while it is typed."""

from __future__ import annotations

from typing import Any

from babel import Locale
from flask import render_template
from flask.typing import ResponseReturnValue
from pydantic import ConfigDict, TypeAdapter, ValidationError, field_validator

from media.hotspot_plan import (
    CHANNELS_2_4_GHZ,
    CHANNELS_5_GHZ,
    COUNTRIES,
    MOST_OPEN_NAMES,
    Name,
    VenueHotspotPlan,
    hides_portal,
)
from media.wire.plays import MOST_PHONES
from server.accounts.rights import Right
from server.context import reading, transaction
from server.db import get_or_raise, utc_now
from server.screens.hotspot_plans import (
    PlanLimits,
    box_plan,
    limits_of,
    read_plan_or_none,
    remove_hotspot_plan,
    set_hotspot_plan,
)
from server.screens.hotspots import hotspot_of
from server.screens.lists import listed_screens
from server.screens.models import Venue
from server.screens.texts import COMMAS_OR_BLANKS
from server.screens.venues import NoVenue
from server.web.console.blueprint import bp
from server.web.console.moves import moved_to
from server.web.forms import Typed, answer_form, typed_values
from server.web.identity.auth import actor, requires
from server.web.words.language import language
from server.web.words.language import say as _

NAME: TypeAdapter[str] = TypeAdapter(Name)


class HotspotPlanForm(VenueHotspotPlan):
    """The names are typed as one text."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @field_validator("open_names", mode="before")
    @classmethod
    def _names_are_written(cls, text: str) -> list[str]:
        names = [name for name in COMMAS_OR_BLANKS.split(text) if name]
        return [read_name(name) for name in names[: MOST_OPEN_NAMES + 1]]  # one too many is refused, as thousands are

    def plan(self) -> VenueHotspotPlan:
        return VenueHotspotPlan(**self.model_dump())


def read_name(typed: str) -> str:
    try:
        name = NAME.validate_python(typed)
    except ValidationError as error:
        raise ValueError(_("“%(name)s” is not a whole name like shop.example.com.", name=typed[:80])) from error
    if hides_portal(name):
        raise ValueError(
            _("%(name)s would hide the portal: phones ask it whether they have reached the internet.", name=name)
        )
    return name


@bp.get("/venues/<venue_id>/hotspot")
@requires(Right.SEE_SCREENS)
def hotspot_plan(venue_id: str) -> ResponseReturnValue:
    with reading() as db:
        venue = get_or_raise(db, Venue, venue_id, NoVenue)
    return plan_page(venue, Typed(written_plan(venue)))


@bp.post("/venues/<venue_id>/hotspot")
@requires(Right.EDIT_SCREENS)
def save_hotspot_plan(venue_id: str) -> ResponseReturnValue:
    with reading() as db:
        venue = get_or_raise(db, Venue, venue_id, NoVenue)

    def done(form: HotspotPlanForm) -> ResponseReturnValue:
        with transaction() as db:
            set_hotspot_plan(db, venue_id, form.plan(), by=actor(), now=utc_now())
        message = _("Saved. The boxes apply it within a minute; phones that are online stay so.")
        return moved_to("console.hotspot_plan", message, venue_id=venue_id)

    return answer_form(HotspotPlanForm, done=done, again=lambda typed: plan_page(venue, typed))


@bp.post("/venues/<venue_id>/hotspot/remove")
@requires(Right.EDIT_SCREENS)
def end_hotspot_plan(venue_id: str) -> ResponseReturnValue:
    with transaction() as db:
        remove_hotspot_plan(db, venue_id, by=actor(), now=utc_now())
    return moved_to("console.hotspot_plan", _("Each box uses its own plan again."), venue_id=venue_id)


@bp.post("/venues/<venue_id>/hotspot/preview")
@requires(Right.EDIT_SCREENS)
def preview_hotspot_plan(venue_id: str) -> ResponseReturnValue:
    """The consequences of the typed plan; nothing while it is not valid."""
    return render_template("console/_hotspot_limits.html", limits=limits_typed(typed_values()))


def limits_typed(typed: dict[str, Any]) -> PlanLimits | None:
    try:
        return limits_of(HotspotPlanForm.model_validate(typed).plan())
    except ValidationError:
        return None


def written_plan(venue: Venue) -> dict[str, Any]:
    """The venue's plan as it is typed; without one, the defaults."""
    defaults = {name: field.default for name, field in VenueHotspotPlan.model_fields.items() if not field.is_required()}
    plan = defaults | venue.hotspot_plan
    return plan | {"open_names": "\n".join(plan["open_names"])}


def plan_page(venue: Venue, typed: Typed) -> str:
    with reading() as db:
        rows = listed_screens(db, now=utc_now(), venue_id=venue.id)
    reported = [(row, hotspot_of(row.player.status)) for row in rows if row.player]
    boxes = [(row.screen, box_plan(venue.hotspot_plan, hotspot)) for row, hotspot in reported if hotspot]
    return render_template(
        "console/hotspot_plan.html", venue=venue, typed=typed, boxes=boxes, limits=limits_typed(dict(typed.values)),
        countries=countries(), bands=(CHANNELS_2_4_GHZ, CHANNELS_5_GHZ), most_phones=MOST_PHONES,
        is_valid=read_plan_or_none(venue.hotspot_plan) is not None,
    )  # fmt: skip


def countries() -> list[tuple[str, str]]:
    """By name in the language of the page."""
    names = Locale.parse("zh_Hans_CN" if language() == "zh" else "en").territories
    return sorted(((code, f"{names.get(code, code)} ({code})") for code in COUNTRIES), key=lambda choice: choice[1])
