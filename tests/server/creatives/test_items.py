from __future__ import annotations

from sqlmodel import Session, col, delete, select

from media.item_ids import creative_of, item_id
from media.wire.games import GameKind, GameRules, Phrase
from media.wire.timeline import OfferCard
from server.creatives.games import GameDesign
from server.creatives.items import items_for, rules_for
from server.creatives.models import Creative, CreativeState, Rendition, RenditionRole
from server.creatives.quiz_questions import QuizQuestion
from tests.factories import make_creative, make_offer

CAMPAIGN = "01J8ZV3Q4R5S6T7V8W9X0Y1Z2A"


def item_of(db: Session, creative: Creative) -> dict[str, object]:
    """The phone's part of the item: only what is there."""
    return items_for(db, [(creative.id, None)])[creative.id].phone.model_dump(exclude_none=True)


def test_the_same_creative_in_two_campaigns_is_two_items(db: Session) -> None:
    creative = make_creative(db, title="Tea")
    items = items_for(db, [(creative.id, None), (creative.id, CAMPAIGN), (creative.id, None)])
    assert {id_: item.campaign for id_, item in items.items()} == {
        creative.id: None,
        item_id(creative.id, CAMPAIGN): CAMPAIGN,
    }
    assert {creative_of(id_) for id_ in items} == {creative.id}
    assert {item.title for item in items.values()} == {"Tea"}


def test_the_rules_of_games_are_apart_from_the_items_that_phones_get(db: Session) -> None:
    design = GameDesign(
        kind=GameKind.QUIZ,
        call=Phrase(en="Tea"),
        questions=(QuizQuestion(text=Phrase(en="Where?"), answers=(Phrase(en="a"), Phrase(en="b")), right=1),),
    )
    quiz = make_creative(db, kind="game", length_ms=20_000, game=design.model_dump(mode="json"))
    items = items_for(db, [(quiz.id, CAMPAIGN), (make_creative(db).id, None)])
    rules = rules_for(db, items.values())
    assert rules == {item_id(quiz.id, CAMPAIGN): GameRules(kind=GameKind.QUIZ, right=(1,))}
    assert "right" not in items[item_id(quiz.id, CAMPAIGN)].model_dump_json()


def test_only_ready_creatives_become_items(db: Session) -> None:
    waiting = make_creative(db, ready=False)
    archived = make_creative(db, state=CreativeState.ARCHIVED)
    assert items_for(db, [(waiting.id, None), (archived.id, None), ("never", None)]) == {}


def test_a_creative_without_its_screen_file_is_no_item(db: Session) -> None:
    creative = make_creative(db)
    db.exec(delete(Rendition).where(col(Rendition.role) == RenditionRole.SCREEN))
    assert items_for(db, [(creative.id, None)]) == {}


def test_an_item_has_every_field_of_the_screens_file(db: Session) -> None:
    creative = make_creative(db, kind="image")
    row = db.exec(select(Rendition).where(col(Rendition.role) == RenditionRole.SCREEN)).one()
    screen = items_for(db, [(creative.id, None)])[creative.id].screen
    assert (screen.digest, screen.mime, screen.bytes, screen.width, screen.height) == (
        row.digest,
        row.mime,
        row.bytes,
        row.width,
        row.height,
    )


def test_each_kind_gives_the_phone_its_own_shape(db: Session) -> None:
    offer = make_offer(db, title="Tea free", terms="Weekdays.")
    notice = make_creative(db, kind="notice", text="Lift 2 is out of order.")
    coupon = make_creative(db, kind="coupon", offer_id=offer.id)
    assert set(item_of(db, make_creative(db, kind="video"))) >= {"picture", "poster"}
    assert set(item_of(db, make_creative(db, kind="image"))) == {"image"}
    assert item_of(db, notice)["text"] == "Lift 2 is out of order."
    card = OfferCard(id=offer.id, merchant="Noodle Bar", title="Tea free", terms="Weekdays.", presence=True)
    assert item_of(db, coupon)["offer"] == card.model_dump()
