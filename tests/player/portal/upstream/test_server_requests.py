"""Requests of phones to the server, over HTTP, and what the server may answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask, Response, request
from werkzeug.serving import make_server

from media.phone.identity import COOKIE
from media.wire.errors import ErrorAnswer, ErrorBody
from media.wire.phone import OfferStanding, Stock
from player.portal.errors import NO_INTERNET, PortalError
from player.portal.upstream.server_requests import ANSWER_BYTES, ServerRequests
from tests.rig.servers.ports import free_port

TOKEN = "t" * 43
STOCK = Stock(offer="offer-1", left=3, standing=OfferStanding.OPEN)


class Server:
    """Gives one answer to everything; cookies: of the requests."""

    def __init__(self) -> None:
        self.answer = Response(STOCK.model_dump_json(), 200)
        self.cookies: list[dict[str, str]] = []
        self.paths: list[str] = []
        port = free_port()
        app = Flask("server")
        app.add_url_rule("/<path:path>", view_func=self._answered, methods=["GET", "POST"])
        self.http = make_server("127.0.0.1", port, app, threaded=True)
        self.requests = ServerRequests(f"http://127.0.0.1:{port}")

    def refusal(self) -> tuple[int, str, str]:
        with pytest.raises(PortalError) as refused:
            self.requests.stock("offer-1", TOKEN)
        return refused.value.status, refused.value.body.code, refused.value.retry_after

    def _answered(self, path: str) -> Response:
        self.cookies.append(dict(request.cookies))
        self.paths.append(f"/{path}")
        return self.answer


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.http.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.http.shutdown()
    server.http.server_close()
    thread.join()


def test_each_request_has_its_phones_token_and_no_cookie_of_another_answer(server: Server) -> None:
    server.answer.set_cookie(COOKIE, "of the first phone")
    for token in (TOKEN, "u" * 43):
        assert server.requests.stock("offer-1", token) == STOCK
    assert server.cookies == [{COOKIE: TOKEN}, {COOKIE: "u" * 43}]


def test_the_servers_refusal_is_passed_on(server: Server) -> None:
    body = ErrorAnswer(error=ErrorBody(code="offer_sold_out", message="All are taken.", remedy="Look again later."))
    server.answer = Response(body.model_dump_json(), 409, {"Retry-After": "7"})
    assert server.refusal() == (409, "offer_sold_out", "7")


@pytest.mark.parametrize(
    "answer",
    [
        Response("<html>Log in to the hotel's WiFi</html>", 200),
        Response("", 302, {"Location": "http://login.example/"}),
        Response("<html>Bad gateway</html>", 502),
        Response("{}", 200),
        Response(b"x" * (ANSWER_BYTES + 1), 200),
    ],
    ids=["a login page", "a redirect", "a proxy's page", "an empty answer", "an endless answer"],
)
def test_what_is_not_the_servers_answer_counts_as_no_internet(server: Server, answer: Response) -> None:
    server.answer = answer
    assert server.refusal() == (503, NO_INTERNET, "10")


def test_a_server_that_is_not_there_counts_as_no_internet() -> None:
    with pytest.raises(PortalError, match=NO_INTERNET):
        ServerRequests(f"http://127.0.0.1:{free_port()}").wallet(TOKEN)


@pytest.mark.parametrize("offer", ["", "../wallet", "a/b", "a?b=c", "x" * 65, "é"])
def test_what_can_be_no_offers_id_is_not_sent(server: Server, offer: str) -> None:
    with pytest.raises(PortalError, match="no_such_offer"):
        server.requests.stock(offer, TOKEN)
    assert server.paths == []
