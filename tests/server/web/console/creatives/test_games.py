"""Games as they are set up in the console and over the API."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from media.cards.games.colours import USUAL
from server.creatives.models import Creative
from server.db import transaction
from tests.factories import make_advertiser, make_creative, make_offer
from tests.server.web.conftest import SignIn, rows

FORM = {"call_zh": "面馆赛跑", "length_s": "20", "prizes": "2", "prize_for": "first_three", "language": "zh"}


def test_a_game_is_set_up_with_a_prize_for_an_advertiser(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        offer, advertiser = make_offer(db, title="Noodles"), make_advertiser(db, name="Tea House")
    client = sign_in()
    page = client.get(f"/console/creatives/game?offer={offer.id}").text
    assert all(words in page for words in ("Noodles", "Tea House", "the first three", "Set up the game"))
    form = {**FORM, "offer_id": offer.id, "advertiser_id": advertiser.id}
    answer = client.post("/console/creatives/game", data=form)
    [game] = rows(engine, Creative)
    assert answer.location == f"/console/creatives/{game.id}"
    assert (game.kind, game.offer_id, game.advertiser_id, game.length_ms) == ("game", offer.id, advertiser.id, 20_000)
    assert game.game == {
        "kind": "race",
        "call": {"zh": "面馆赛跑", "en": ""},
        "prize_for": "first_three",
        "prizes": 2,
        "one_in": 1,
        "questions": [],
        "colour": "",
        "pictures": {},
        "most_score": 0,
        "board_pictures": [],
    }
    assert client.get(answer.location).status_code == 200
    assert "Set up a game" in client.get("/console/creatives").text


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"call_zh": ""}, "The screen says nothing about the game."),
        ({"length_s": "5"}, "15"),
        ({"prizes": "0"}, "1"),
        ({"prize_for": "everyone"}, "prize_for"),
        ({"offer_id": "01J8ZV3Q4R5S6T7V8W9X0Y1Z2A"}, "There is no such offer."),
    ],
)
def test_a_form_that_is_wrong_is_shown_again_with_the_reason(
    sign_in: SignIn, engine: Engine, wrong: dict[str, str], complaint: str
) -> None:
    answer = sign_in().post("/console/creatives/game", data={**FORM, **wrong})
    assert answer.status_code >= 400
    assert complaint in answer.text
    assert rows(engine, Creative) == []


@pytest.mark.parametrize(("typed", "drawn"), [({"call_en": "Run", "language": "en"}, True), ({}, False)])
def test_the_preview_shows_the_poster_of_what_is_typed(sign_in: SignIn, typed: dict[str, str], drawn: bool) -> None:
    answer = sign_in().post("/console/creatives/game/preview", data=typed)
    assert answer.status_code == 200
    assert ("data:image/jpeg" in answer.text) is drawn


def test_a_game_gets_uploaded_pictures_and_the_brands_colour(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        logo = make_creative(db, kind="image", title="Our logo", original_digest="a" * 64)
        film = make_creative(db, kind="video", title="A film")
    client = sign_in()
    page = client.get("/console/creatives/game").text
    assert "Our logo" in page
    assert "A film" not in page
    assert "Our logo" in client.post("/console/creatives/game/pictures", data={"logo_id": logo.id}).text
    form = {**FORM, "logo_id": logo.id, "colour": "#c8102e"}
    client.post("/console/creatives/game", data=form)
    [game] = (creative for creative in rows(engine, Creative) if creative.kind == "game")
    assert game.game is not None
    assert (game.game["pictures"], game.game["colour"]) == ({"logo": "a" * 64}, "#c8102e")
    refused = client.post("/console/creatives/game", data={**FORM, "product_id": film.id})
    assert "A game takes pictures that stand still." in refused.text


def test_the_colour_that_the_field_begins_with_is_no_colour_of_ones_own(sign_in: SignIn, engine: Engine) -> None:
    sign_in().post("/console/creatives/game", data={**FORM, "colour": USUAL.accent})
    [game] = rows(engine, Creative)
    assert game.game is not None
    assert game.game["colour"] == ""


def test_the_preview_says_why_a_picture_cannot_be_used(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        film = make_creative(db, kind="video")
    answer = sign_in().post("/console/creatives/game/preview", data={"call_zh": "跑", "logo_id": film.id})
    assert "A game takes pictures that stand still." in answer.text


def test_a_program_gives_a_game_pictures(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        product = make_creative(db, kind="image", original_digest="a" * 64)
    body = {"call_en": "Run", "colour": "#00704a", "product_id": product.id}
    answer = sign_in().post("/api/v1/creatives/games", json=body)
    assert answer.status_code == 201
    game = answer.json["game"]  # type: ignore[index]
    assert (game["pictures"], game["colour"]) == ({"product": "a" * 64}, "#00704a")
    assert sign_in().post("/api/v1/creatives/games", json={**body, "colour": "green"}).status_code == 422
    unknown = {**body, "logo_id": "01J8ZV3Q4R5S6T7V8W9X0Y1Z2A"}
    assert sign_in().post("/api/v1/creatives/games", json=unknown).status_code == 404


QUIZ = {
    "kind": "quiz",
    "call_en": "What do you know about tea?",
    "length_s": "30",
    "prizes": "1",
    "language": "en",
    "question_0_en": "Where does oolong grow?",
    "answer_0_0_en": "Fujian",
    "answer_0_2_en": "Bordeaux",
    "right_0": "2",
    "right_1": "0",
}


def test_a_quiz_is_set_up_without_the_answers_that_are_empty(sign_in: SignIn, engine: Engine) -> None:
    client = sign_in()
    page = client.get("/console/creatives/game?kind=quiz").text
    assert all(words in page for words in ("A quiz: everybody", "Question 3", "Answer 4, in Chinese"))
    client.post("/console/creatives/game", data=QUIZ)
    [game] = rows(engine, Creative)
    assert game.game is not None
    assert (game.game["kind"], game.title) == ("quiz", "What do you know about tea?")
    assert game.game["questions"] == [
        {
            "text": {"zh": "", "en": "Where does oolong grow?"},
            "answers": [{"zh": "", "en": "Fujian"}, {"zh": "", "en": "Bordeaux"}],
            "right": 1,
        }
    ]


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"question_0_en": ""}, "Complete it, or leave all its fields empty."),
        ({"answer_0_2_en": ""}, "fewer than two answers"),
        ({"right_0": "1"}, "Choose one of the answers that you typed."),
        ({"right_0": "x"}, "A question has no right answer."),
        ({"question_0_en": "", "answer_0_0_en": "", "answer_0_2_en": ""}, "This quiz has no questions."),
    ],
)
def test_a_quiz_that_is_wrong_is_shown_again_as_it_was_typed(
    sign_in: SignIn, engine: Engine, wrong: dict[str, str], complaint: str
) -> None:
    answer = sign_in().post("/console/creatives/game", data={**QUIZ, **wrong})
    assert answer.status_code == 422
    assert complaint in answer.text
    assert 'value="What do you know about tea?"' in answer.text
    assert all(f'value="{value}"' in answer.text for name, value in {**QUIZ, **wrong}.items() if name[:6] == "answer")
    assert rows(engine, Creative) == []


def test_the_preview_of_a_quiz_changes_with_its_question(sign_in: SignIn) -> None:
    client = sign_in()
    shown = {
        client.post("/console/creatives/game/preview", data=form).text
        for form in (QUIZ, {**QUIZ, "question_0_en": "Where does it come from?"})
    }
    assert len(shown) == 2
    assert all("data:image/jpeg" in text for text in shown)


def test_a_lucky_draw_needs_a_prize(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        offer = make_offer(db, title="Noodles")
    form = {"kind": "lucky_draw", "call_en": "Win", "length_s": "20", "prizes": "3", "one_in": "5", "language": "en"}
    client = sign_in()
    assert "Who gets it" not in client.get("/console/creatives/game?kind=lucky_draw").text
    assert "Choose the offer that is won." in client.post("/console/creatives/game", data=form).text
    client.post("/console/creatives/game", data={**form, "offer_id": offer.id})
    [game] = rows(engine, Creative)
    assert game.game is not None
    assert [game.game[name] for name in ("kind", "prize_for", "prizes", "one_in")] == ["lucky_draw", "drawn", 3, 5]


def test_a_program_sets_up_a_quiz(sign_in: SignIn) -> None:
    question = {"text": {"en": "Where?"}, "answers": [{"zh": "福建"}, {"en": "Bordeaux"}], "right": 0}
    body = {"kind": "quiz", "call_en": "Tea", "questions": [question]}
    answer = sign_in().post("/api/v1/creatives/games", json=body)
    assert answer.status_code == 201
    assert answer.json["game"]["questions"][0]["right"] == 0  # type: ignore[index]
    for wrong in ({"right": 2}, {"answers": []}, {"right": -1}, {"text": {}}, {"text": {"en": "x" * 81}}):
        refused = sign_in().post("/api/v1/creatives/games", json={**body, "questions": [{**question, **wrong}]})
        assert refused.status_code == 422
    assert sign_in().post("/api/v1/creatives/games", json={**body, "questions": [question] * 4}).status_code == 422


def test_a_program_sets_up_a_game(sign_in: SignIn, engine: Engine) -> None:
    body = {"call_en": "Run for noodles", "length_ms": 15_000}
    answer = sign_in().post("/api/v1/creatives/games", json=body)
    assert answer.status_code == 201
    assert answer.json["game"]["call"] == {"zh": "", "en": "Run for noodles"}  # type: ignore[index]
    assert sign_in().post("/api/v1/creatives/games", json={**body, "length_ms": 61_000}).status_code == 422
