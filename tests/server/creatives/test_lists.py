"""Lists of creatives: which are listed, in which order, and with which pictures."""

from __future__ import annotations

from sqlmodel import Session, select

from server.creatives.lists import (
    CreativeFilter,
    all_creatives,
    chosen_creatives,
    count_creatives,
    page_of_creatives,
    thumbs_of,
    titles_of,
)
from server.creatives.models import BUILDING, EMERGENCY, Creative, CreativeState, Rendition, RenditionRole
from server.paging import PageRequest
from tests.factories import make_advertiser, make_creative, saved


def titles(db: Session, **only: object) -> list[str]:
    return [listed.creative.title for listed in all_creatives(db, CreativeFilter(**only))]  # type: ignore[arg-type]


def draw_thumb(db: Session, creative: Creative, digest: str) -> None:
    for row in db.exec(select(Rendition).where(Rendition.creative_id == creative.id)):
        if row.role == RenditionRole.THUMB:
            db.delete(row)
    db.flush()
    saved(db, Rendition(creative_id=creative.id, role=RenditionRole.THUMB, digest=digest, mime="image/jpeg", bytes=9))


def test_cards_and_emergency_texts_are_listed_only_by_kind_or_in_trouble(db: Session) -> None:
    make_creative(db, title="Film", kind="video")
    make_creative(db, title="Card", kind=BUILDING, trouble="It broke.")
    make_creative(db, title="Fire", kind=EMERGENCY)
    assert titles(db) == ["Film"]
    assert titles(db, kind=EMERGENCY) == ["Fire"]
    assert titles(db, troubled=True) == ["Card"]


def test_archived_creatives_are_listed_only_by_their_state(db: Session) -> None:
    make_creative(db, title="In use")
    make_creative(db, title="Old", state=CreativeState.ARCHIVED)
    assert titles(db) == ["In use"]
    assert titles(db, states=(CreativeState.ARCHIVED,)) == ["Old"]


def test_a_filter_of_one_advertiser_excludes_our_own_and_others(db: Session) -> None:
    tea, coffee = make_advertiser(db, name="Tea"), make_advertiser(db, name="Coffee")
    for title, owner in (("Tea", tea.id), ("Coffee", coffee.id), ("Ours", None)):
        make_creative(db, title=title, advertiser_id=owner)
    assert titles(db, advertiser_id=tea.id) == ["Tea"]
    assert count_creatives(db, CreativeFilter(advertiser_id=coffee.id)) == 1
    assert count_creatives(db, CreativeFilter()) == 3


def test_a_search_finds_words_of_title_text_and_file_in_any_order(db: Session) -> None:
    make_creative(db, title="Spring", original_name="menu_50%.pdf", text="Noodles")
    make_creative(db, title="Spring", original_name="menu.pdf")

    def found(search: str) -> int:
        return page_of_creatives(db, PageRequest(search=search), CreativeFilter()).total

    assert [found(search) for search in ("spring", "noodles SPRING", "50%", "menu_", "spring winter")] == [
        2,
        1,
        1,
        1,
        0,
    ]


def test_chosen_creatives_stay_in_order_in_any_state_and_only_of_their_advertiser(db: Session) -> None:
    tea, coffee = make_advertiser(db, name="Tea"), make_advertiser(db, name="Coffee")
    first = make_creative(db, advertiser_id=tea.id)
    old = make_creative(db, advertiser_id=tea.id, state=CreativeState.ARCHIVED)
    theirs = make_creative(db, advertiser_id=coffee.id)
    ids = [old.id, theirs.id, "unknown", first.id, old.id]
    assert [row.creative.id for row in chosen_creatives(db, ids, advertiser_id=tea.id)] == [old.id, first.id]


def test_an_item_has_the_picture_and_title_of_its_creative(db: Session) -> None:
    creative, plain = make_creative(db, title="Film"), make_creative(db, title="Sound", kind="audio", ready=False)
    draw_thumb(db, creative, "t" * 64)
    item = f"{creative.id}-campaign"
    assert thumbs_of(db, [item, plain.id, "unknown"]) == {creative.id: "t" * 64}
    assert titles_of(db, [item, plain.id, "unknown"]) == {item: "Film", plain.id: "Sound", "unknown": ""}
