"""The creatives of a booking: all that were chosen, in any state, and a search among the advertiser's."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from server.accounts.rights import Right, restricted_to
from server.context import reading
from server.creatives.lists import CreativeFilter, ListedCreative, chosen_creatives, page_of_creatives
from server.creatives.models import CreativeState
from server.paging import LONGEST_SEARCH, Page, PageRequest
from server.web.console.blueprint import bp
from server.web.console.creatives.creatives import own_creative
from server.web.forms import Typed, typed_values
from server.web.identity.auth import current_who, requires

FOUND_AT_ONCE = 12
BOOKABLE = (CreativeState.READY, CreativeState.PROCESSING)


@dataclass(frozen=True)
class CreativePicker:
    """chosen: the form's ticks · found: the newest others that the search finds"""

    search: str
    chosen: list[ListedCreative]
    found: Page[ListedCreative]

    @property
    def more(self) -> int:
        return self.found.total - len(self.found)


def creative_picker(db: Session, typed: Typed, advertiser_id: str) -> CreativePicker:
    search, chosen = str(typed["creatives_search"]).strip()[:LONGEST_SEARCH], typed.all("creatives")
    others = CreativeFilter(advertiser_id=advertiser_id, states=BOOKABLE, without=tuple(chosen))
    return CreativePicker(
        search=search,
        chosen=chosen_creatives(db, chosen, advertiser_id=advertiser_id),
        found=page_of_creatives(db, PageRequest(search=search, per_page=FOUND_AT_ONCE), others),
    )


@bp.post("/campaigns/creatives")
@requires(Right.EDIT_CAMPAIGNS)
def find_creatives() -> ResponseReturnValue:
    """Part of the booking page, requested as the search is typed and when a file was uploaded."""
    typed = Typed(typed_values())
    advertiser_id = restricted_to(current_who(), "advertiser_id") or str(typed["advertiser_id"])
    with reading() as db:
        picker = creative_picker(db, typed, advertiser_id)
    return render_template("console/_creatives.html", typed=typed, creative_picker=picker)


@bp.get("/creatives/<creative_id>/state")
@requires(Right.SEE_CREATIVES)
def creative_state(creative_id: str) -> ResponseReturnValue:
    """How one creative is getting on, for a row that waits for it."""
    with reading() as db:
        creative = own_creative(db, creative_id, Right.SEE_CREATIVES)
    return render_template("console/_creative_state.html", creative=creative)
