from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from flask import Flask, get_flashed_messages

from server.creatives.links import is_good_key
from server.db import utc_now
from server.settings import Settings
from server.web.console.moves import media_url, moved_to, undoable

DIGEST = "a" * 64


def test_a_message_is_shown_on_the_page_that_follows(app: Flask) -> None:
    with app.test_request_context():
        answer = moved_to("console.venue", "已保存 <b>", venue_id="名/x")
        assert (answer.status_code, answer.location) == (302, "/console/venues/%E5%90%8D/x")
        assert get_flashed_messages(with_categories=True) == [("message", "已保存 <b>")]


def test_a_change_may_be_taken_back_by_a_button_beside_the_message(app: Flask) -> None:
    with app.test_request_context():
        answer = undoable("console.venue", "Retired.", undo="/console/venues/v/restore", venue_id="v")
        assert answer.location == "/console/venues/v"
        assert get_flashed_messages(with_categories=True) == [("undo", ("Retired.", "/console/venues/v/restore"))]


def test_a_link_to_a_picture_opens_that_picture_alone(app: Flask, settings: Settings) -> None:
    with app.test_request_context():
        address = urlsplit(media_url(DIGEST))
    assert f"{address.scheme}://{address.netloc}" == settings.media_url
    (key,) = parse_qs(address.query)["key"]
    assert is_good_key(settings, address.path.removeprefix("/media/"), key, now=utc_now())
    assert not is_good_key(settings, "b" * 64, key, now=utc_now())
