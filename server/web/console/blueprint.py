"""The console's blueprint, its sections, and the words that its templates use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, request

from server.accounts.rights import Right
from server.web.console import words
from server.web.console.moves import media_url
from server.web.identity.auth import can
from server.web.words.language import say_later as _l

bp = Blueprint("console", __name__, url_prefix="/console")


@dataclass(frozen=True)
class Section:
    """An entry of the main navigation: its first page, and what the paths of all its pages begin with."""

    endpoint: str
    name: Any
    paths: tuple[str, ...]
    right: Right | None = None

    @property
    def topic(self) -> str:
        """The name of its page of help."""
        return self.endpoint.removeprefix("console.").partition(".")[0]

    def matched(self, path: str) -> int:
        """How many characters of the path name this section; 0 if it is another's."""
        return max((len(start) for start in self.paths if f"{path}/".startswith(f"{start}/")), default=0)


# In the order of the work.
SECTIONS = (
    Section("console.home", _l("Overview"), ("/console", "/console/house", "/console/emergencies")),
    Section("console.screens", _l("Screens"), ("/console/screens", "/console/players"), Right.SEE_SCREENS),
    Section("console.venues", _l("Venues"), ("/console/venues",), Right.SEE_SCREENS),
    Section("console.creatives", _l("Creatives"), ("/console/creatives", "/console/notices"), Right.SEE_CREATIVES),
    Section("console.campaigns", _l("Campaigns"), ("/console/campaigns", "/console/advertisers"), Right.SEE_CAMPAIGNS),
    Section("console.offers", _l("Offers"), ("/console/offers", "/console/merchants"), Right.SEE_OFFERS),
    Section("counter.page", _l("Counter"), ("/counter",), Right.REDEEM),
    Section("console.report", _l("Report"), ("/console/report",)),
    Section("console.people", _l("People"), ("/console/people", "/console/keys"), Right.EDIT_PEOPLE),
)


def section_of(path: str) -> Section:
    """The section to which the page at this path belongs, or of which it helps; all else is the overview's."""
    helped = next((section for section in SECTIONS if path == f"/console/help/{section.topic}"), None)
    return helped or max(SECTIONS, key=lambda section: section.matched(path.rstrip("/")))


def may_see(section: Section) -> bool:
    return section.right is None or can(section.right)


@bp.context_processor
def shared() -> dict[str, object]:
    sections = [section for section in SECTIONS if may_see(section)]
    return {"sections": sections, "section": section_of(request.path), "words": words, "media_url": media_url}
