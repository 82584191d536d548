"""The sentences of a page, for each state of the phone, the screen and the box."""

from __future__ import annotations

from typing import Any

import pytest

from media.wire.errors import ErrorBody
from media.wire.timeline import OfferCard, PhoneItem
from player.hotspot.messages import Answer, Ending, NoVisit, Refusal, Refused, VisitAnswer
from player.portal.errors import lease_used_up
from player.portal.pages import (
    MOST_LISTED,
    PortalPage,
    mirror_path,
    offers_of,
    render_portal,
    render_problem,
    render_terms,
)
from player.portal.upstream.player_messages import NoScreen, Now, ScreenAnswer
from tests.player.portal.conftest import PLAN
from tests.player.timelines import MONDAY_MS, a_timeline, an_item

VISIT = VisitAnswer(phone="name", seconds_left=60, bytes_left=1000)
NOW = Now(utc_ms=MONDAY_MS, mono_ns=0)


def screen(*, has_uplink: bool = True, items: tuple[Any, ...] = ()) -> ScreenAnswer:
    plan = [item.id for item in items] or ["a", "b"]
    stage = a_timeline(plan, items=items).stage(MONDAY_MS)
    return ScreenAnswer(stage=stage, public_base="http://x.example", presence="", has_uplink=has_uplink, now=NOW)


def page(access: Answer | None = VISIT, **more: Any) -> PortalPage:
    given: dict[str, Any] = {"plan": PLAN, "screen": screen(), "choices": {}, "language": "en"}
    return PortalPage(access=access, **{**given, **more})


@pytest.mark.parametrize(
    ("access", "more", "notes"),
    [
        (VISIT, {}, []),
        (None, {}, ["no_unit"]),
        (Refused(why=Refusal.FULL), {}, ["full"]),
        (Refused(why=Refusal.FAILED), {}, ["no_unit"]),
        (NoVisit(phone="name"), {}, []),
        (NoVisit(phone="name", ended=Ending.BYTES), {}, ["ended_bytes"]),
        (NoVisit(phone="name"), {"seen": ["a"]}, ["welcome_back"]),
        (VISIT, {"seen": ["a"]}, []),
        (VISIT, {"screen": screen(has_uplink=False), "more": ("not_stored",)}, ["not_stored", "no_internet"]),
        (VISIT, {"screen": None}, []),
    ],
)
def test_a_page_has_the_notes_that_its_phone_must_read(access: Answer | None, more: Any, notes: list[str]) -> None:
    assert page(access, **more).notes == notes


def test_a_phone_that_comes_back_reads_what_it_has_not_seen_and_only_some_of_it() -> None:
    items = tuple(an_item(f"new {n}") for n in range(9))
    found = page(screen=screen(items=items), seen=["a", "b", "h"])
    assert [title[:3] for title in found.news] == ["new"] * MOST_LISTED
    assert page(screen=screen(items=items)).news == []
    assert page(screen=screen(items=(an_item("old"), an_item("new"))), seen=["old"]).news == ["new"]


def test_of_several_items_with_one_offer_it_is_listed_once_and_for_its_shop_only() -> None:
    offer = OfferCard(id="o", merchant="Noodle Bar", title="A bowl", terms="", presence=True)
    with_offer = [an_item(name).model_copy(update={"phone": PhoneItem(offer=offer)}) for name in ("c", "d")]
    shown = screen(items=tuple(with_offer))
    assert offers_of(shown.stage) == [offer]
    assert page(screen=shown, shops=["Noodle Bar"]).offers == [offer]
    assert page(screen=shown, shops=["Other"]).offers == []


def test_the_page_that_follows_the_screen_has_its_address() -> None:
    assert mirror_path(screen()) == "/s/ABC234"
    assert mirror_path(NoScreen(public_base="", has_uplink=True, now=NOW)) == mirror_path(None) == ""


def test_nothing_that_others_wrote_is_markup() -> None:
    hostile = an_item("a").model_copy(update={"title": "<script>alert(1)</script>"})
    assert "<script>alert" not in render_portal(page(screen=screen(items=(hostile,))))
    body = ErrorBody(code="new_code", message="<b>bold</b>", remedy="")
    assert "<b>bold" not in render_problem(body, "en")


def test_a_refusal_is_explained_in_the_phones_language_or_else_in_its_own_words() -> None:
    assert "断网时此处可发放的优惠券已领完" in render_problem(lease_used_up().body, "zh")
    assert "It is new." in render_problem(ErrorBody(code="new_code", message="It is new.", remedy=""), "zh")


def test_the_terms_are_in_both_languages() -> None:
    assert render_terms("en") != render_terms("zh")
