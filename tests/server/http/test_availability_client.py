"""The web's queries to the availability service, which answers, refuses, talks nonsense or is away."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from server.campaigns.availability_messages import HOST, QUERY_PATH, AvailabilityAnswer, AvailabilityQuery, shared_key
from server.campaigns.forms import BookingForm
from server.campaigns.models import GoalKind
from server.errors import Conflict, Invalid
from server.http import availability_client as client
from server.http.availability_client import DeskAway, availability_client
from server.settings import Settings
from tests.rig.servers.ports import free_port

ANSWER = AvailabilityAnswer(
    revision=7, goal_kind=GoalKind.PLAYS, screens=1, asked=10, free=5, fits=False, exact=True, nearest=5
)
FORM = BookingForm.model_validate(
    {
        "name": "早餐 “Café” 🍜",
        "advertiser_id": "a" * 26,
        "creatives": [{"creative_id": "c" * 26}],
        "starts_on": "2026-03-02",
        "ends_on": "2026-03-03",
        "targets": [{"kind": "all"}],
    }
)
QUERY = AvailabilityQuery(form=FORM)

Query = Callable[..., Any]


class Desk(BaseHTTPRequestHandler):
    """Answers every query with the status and the body of its server, and notes the query."""

    server: Any

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, self.headers["Authorization"], sent))
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def desk() -> Iterator[Any]:
    with HTTPServer((HOST, 0), Desk) as server:
        server.status, server.body, server.received = 200, ANSWER.model_dump_json().encode(), []
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def settings(tmp_path: Any) -> Settings:
    return Settings(data_dir=tmp_path, secret_key="k" * 64)


@pytest.fixture
def query(desk: Any, settings: Settings) -> Query:
    return availability_client(settings.model_copy(update={"planner_port": desk.server_port}))


def test_a_query_arrives_as_it_is_with_the_key_that_both_derive(desk: Any, query: Query, settings: Settings) -> None:
    assert query(QUERY) == ANSWER
    ((path, key, sent),) = desk.received
    assert (path, key) == (QUERY_PATH, f"Bearer {shared_key(settings.secret_key)}")
    assert AvailabilityQuery.model_validate_json(sent) == QUERY


@pytest.mark.parametrize(("status", "kind"), [(409, Conflict), (422, Invalid)])
def test_a_refusal_of_the_desk_is_the_readers(desk: Any, query: Query, status: int, kind: type[Exception]) -> None:
    desk.status = status
    desk.body = json.dumps({"error": {"code": "x", "message": "不行", "remedy": "Wait."}}).encode()
    with pytest.raises(kind) as refused:
        query(QUERY)
    assert (refused.value.message, refused.value.remedy) == ("不行", "Wait.")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"not JSON"),
        (200, b"{}"),
        (401, b'{"error": {"code": "x", "message": "m", "remedy": "r"}}'),
        (409, b"<html>"),
        (500, b""),
    ],
)
def test_an_answer_that_makes_no_sense_is_none(desk: Any, query: Query, status: int, body: bytes) -> None:
    desk.status, desk.body = status, body
    with pytest.raises(DeskAway):
        query(QUERY)


@pytest.mark.parametrize("newest", [False, True])
def test_a_desk_that_is_away_is_waited_for_only_to_book(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, newest: bool
) -> None:
    slept: list[float] = []
    now_s = [0.0]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now_s[0] += 1.0

    monkeypatch.setattr(client.time, "sleep", sleep)
    monkeypatch.setattr(client.time, "monotonic", lambda: now_s[0])
    query = availability_client(settings.model_copy(update={"planner_port": free_port()}))
    with pytest.raises(DeskAway):
        query(QUERY.model_copy(update={"newest": newest}))
    assert bool(slept) is newest
