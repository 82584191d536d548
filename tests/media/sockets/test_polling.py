"""A polled message that is cut off is a bad request, and none of it is read."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest
import socketio

from media.sockets.gate import SocketGate
from media.sockets.polling import SocketRequests


class CutBody(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        raise OSError("unexpected end of file while reading request at position 4")


def call(app: Any, method: str, query: str, body: io.BytesIO | None = None) -> tuple[str, bytes]:
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": "/socket.io/",
        "QUERY_STRING": f"EIO=4&transport=polling{query}",
        "CONTENT_LENGTH": "1000",
        "wsgi.input": body or io.BytesIO(),
    }
    statuses: list[str] = []
    return (b"".join(app(environ, lambda status, headers: statuses.append(status))), statuses[0])[::-1]


def test_a_polled_message_that_is_cut_off_is_a_400_without_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    heard: list[object] = []
    server = socketio.Server(async_mode="threading", monitor_clients=False)
    server.eio.on("message", lambda *message: heard.append(message))
    gate = SocketGate(server, namespaces=(), most_each=1)
    app = SocketRequests(socketio.WSGIApp(server), gate)
    _status, opened = call(app, "GET", "")
    id_ = json.loads(opened[1:])["sid"]
    with caplog.at_level(logging.WARNING):
        status, _body = call(app, "POST", f"&sid={id_}", CutBody())
    assert status == "400 BAD REQUEST"
    assert heard == []
    assert [record.exc_info for record in caplog.records] == [None]
