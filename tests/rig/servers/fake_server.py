"""A small real server that speaks the player's wire, with the faults that a network has, at a test's word."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import socketio
from flask import Flask, Response, request
from werkzeug.serving import BaseWSGIServer, make_server

from media.timeline import Timeline
from media.wire.certificates import CertificateAnswer, CertificateRequest
from media.wire.enrolment import EnrolCode, EnrolRequest, EnrolState
from media.wire.errors import ErrorAnswer, ErrorBody
from media.wire.leases import (
    HandOut,
    HandOutAnswer,
    HandOuts,
    HandOutsAnswer,
    LeaseRequest,
    Leases,
    OfferLease,
)
from media.wire.message import Message
from media.wire.plays import Play, PlayAnswer, Plays, PlaysAnswer
from media.wire.status import Status
from media.wire.timeline import Manifest
from tests.rig.servers.ports import free_port

MediaFault = Literal["missing", "corrupt", "cut", "slow", "larger"]
SCREEN = "01JSCREEN0000000000000000A"


@dataclass
class Enrolled:
    """The boxes that requested a code: enrolment id -> token hash and screen."""

    token_sha256: str
    screen: str | None = None
    expired: bool = False


@dataclass
class FakeServer:
    """`publish` a timeline, `add_media`, set `faults`; then look at what the player reported."""

    manifest: Manifest | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, MediaFault] = field(default_factory=dict)
    down: bool = False
    too_often: str | None = None  # every request is a 429 with this as its Retry-After
    portal: bool = False
    known: set[str] = field(default_factory=set)
    revoked: set[str] = field(default_factory=set)
    enrolments: dict[str, Enrolled] = field(default_factory=dict)
    plays: dict[str, Play] = field(default_factory=dict)
    play_posts: Counter[str] = field(default_factory=Counter)
    refuse: dict[str, PlayAnswer] = field(default_factory=dict)
    swallow_answers: bool = False
    leases: tuple[OfferLease, ...] = ()
    hand_outs: list[HandOut] = field(default_factory=list)
    certificate: CertificateAnswer | None = None  # None: a server that is older than certificates
    signing_requests: list[str] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    pictures: list[bytes] = field(default_factory=list)
    requests: Counter[str] = field(default_factory=Counter)
    ranges: list[str] = field(default_factory=list)
    offset_ms: float = 0.0
    sockets: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._http: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None
        self._connections: set[socket.socket] = set()
        self._port = free_port()
        self.io = socketio.Server(async_mode="threading", cors_allowed_origins="*")
        self._app = socketio.WSGIApp(self.io, _flask_app(self))
        _listen_on_sockets(self)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Listen, on the same port every time."""
        self._http = make_server("127.0.0.1", self._port, self._app, threaded=True)
        self._http.daemon_threads = True  # type: ignore[attr-defined]
        self._track_connections(self._http)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def cut(self) -> None:
        """The network is gone: nobody listens, and what was open is closed."""
        if self._http is None or self._thread is None:
            return
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._connections.clear()
        self._http = self._thread = None

    def enrol(self, token_sha256: str) -> None:
        self.known.add(token_sha256)

    def type_code(self, screen: str = SCREEN) -> None:
        """An operator types the newest code."""
        newest = list(self.enrolments.values())[-1]
        newest.screen = screen
        self.enrol(newest.token_sha256)

    def add_media(self, raw: bytes) -> str:
        digest = hashlib.sha256(raw).hexdigest()
        self.files[digest] = raw
        return digest

    def publish(self, timeline: Timeline, *, hint: str | None = None) -> None:
        """The newest timeline from now on; `hint` is the event that announces it."""
        for table in timeline.tables.values():
            self.files[table.digest] = table.encoded
        self.manifest = timeline.manifest.model_copy(update={"media_base": self.url})
        if hint is not None:
            self.io.emit(hint, {"version": self.manifest.version}, namespace="/player")

    def command(self, message: dict[str, Any]) -> Any:
        """Send the connected player a command, and wait for its answer."""
        (sid,) = self.sockets
        return self.io.call("command", message, sid=sid, namespace="/player", timeout=5)

    def now_ms(self) -> float:
        return time.time() * 1000 + self.offset_ms

    def _track_connections(self, http: BaseWSGIServer) -> None:
        accept = http.get_request

        def tracked() -> tuple[socket.socket, Any]:
            connection, address = accept()
            self._connections.add(connection)
            return connection, address

        http.get_request = tracked  # type: ignore[method-assign]


@contextlib.contextmanager
def running_server() -> Iterator[FakeServer]:
    server = FakeServer()
    server.start()
    try:
        yield server
    finally:
        server.cut()


def _flask_app(server: FakeServer) -> Flask:
    app = Flask("fake_server")

    @app.before_request
    def faults() -> Response | None:
        server.requests[request.path] += 1
        if server.portal:
            return Response("<html>Please sign in to this WiFi</html>", 200, mimetype="text/html")
        if server.down:
            return Response("down", 503)
        if server.too_often is not None:
            return Response("too often", 429, {"Retry-After": server.too_often})
        return None

    @app.post("/api/v1/players/enrol")
    def ask() -> Response:
        wanted = EnrolRequest.model_validate_json(request.data)
        if wanted.token_sha256 in server.revoked:
            return _error(401, "token_revoked")
        id_ = f"enrolment-{len(server.enrolments) + 1}"
        server.enrolments[id_] = Enrolled(wanted.token_sha256)
        code = f"CODE{len(server.enrolments)}"
        return _respond(EnrolCode(enrolment=id_, code=code, expires_ms=round(server.now_ms()) + 600_000), 201)

    @app.post("/api/v1/players/enrol/<id_>")
    def state(id_: str) -> Response:
        enrolment = server.enrolments[id_]
        if enrolment.expired:
            return _error(410, "enrolment_expired")
        return _respond(EnrolState(screen=enrolment.screen))

    @app.get("/api/v1/player/timeline")
    def timeline() -> Response:
        if not _is_known(server, request.headers.get("Authorization", "")):
            return _error(401, "unknown_token")
        manifest = server.manifest  # once: a test may publish the next meanwhile
        if manifest is None:
            return _error(404, "no_timeline")
        answer = _respond(manifest)
        answer.headers["ETag"] = f'"{manifest.screen}-{manifest.version}"'
        return answer.make_conditional(request)

    @app.post("/api/v1/player/status")
    def status() -> Response:
        server.statuses.append(Status.model_validate_json(request.data))
        return Response(status=204)

    @app.post("/api/v1/player/picture")
    def picture() -> Response:
        server.pictures.append(request.data)
        return Response(status=204)

    @app.post("/api/v1/player/plays")
    def plays() -> Response:
        answers = [_accept(server, play) for play in Plays.model_validate_json(request.data).plays]
        if server.swallow_answers:
            return Response("lost on its way", 502)
        return _respond(PlaysAnswer(plays=tuple(answers)))

    @app.post("/api/v1/player/leases")
    def leases() -> Response:
        LeaseRequest.model_validate_json(request.data)
        return _respond(Leases(leases=server.leases))

    @app.post("/api/v1/player/leases/claims")
    def hand_outs() -> Response:
        reported = HandOuts.model_validate_json(request.data).claims
        server.hand_outs.extend(reported)
        answers = (HandOutAnswer(claim=out.claim, status="accepted") for out in reported)
        return _respond(HandOutsAnswer(claims=tuple(answers)))

    @app.post("/api/v1/player/certificate")
    def certificate() -> Response:
        server.signing_requests.append(CertificateRequest.model_validate_json(request.data).signing_request)
        return _error(404, "not_found") if server.certificate is None else _respond(server.certificate)

    @app.get("/api/v1/player/clock")
    def clock() -> dict[str, float]:
        now_ms = server.now_ms()
        return {"t0": float(request.args["t0"]), "t1": now_ms, "t2": server.now_ms()}

    @app.get("/media/<digest>")
    def media(digest: str) -> Response:
        return _media(server, digest)

    return app


def _listen_on_sockets(server: FakeServer) -> None:
    @server.io.on("connect", namespace="/player")
    def connect(sid: str, environ: Any, auth: Any = None) -> None:
        if not _is_known(server, f"Bearer {(auth or {}).get('token', '')}"):
            raise socketio.exceptions.ConnectionRefusedError("unknown token")
        server.sockets.add(sid)

    @server.io.on("disconnect", namespace="/player")
    def disconnect(sid: str, *_: Any) -> None:
        server.sockets.discard(sid)

    @server.io.on("clock", namespace="/player")
    def clock(sid: str, message: dict[str, float]) -> dict[str, float]:
        now_ms = server.now_ms()
        return {"t0": message["t0"], "t1": now_ms, "t2": server.now_ms()}


def _media(server: FakeServer, digest: str) -> Response:
    fault, raw = server.faults.get(digest), server.files.get(digest)
    if raw is None or fault == "missing":
        return _error(404, "missing")
    if fault == "corrupt":
        raw = bytes(byte ^ 255 for byte in raw)
    if fault == "larger":
        raw += b"more than promised"
    wanted = request.headers.get("Range")
    server.ranges.append(wanted or "")
    whole = Response(raw, headers={"ETag": f'"{digest}"', "Accept-Ranges": "bytes"})
    answer = whole.make_conditional(request, accept_ranges=True, complete_length=len(raw))
    if fault in ("cut", "slow"):
        answer.response = _trickle(server, digest, b"".join(answer.response), cut=fault == "cut")  # type: ignore
    return answer


def _trickle(server: FakeServer, digest: str, raw: bytes, *, cut: bool) -> Iterator[bytes]:
    """Half of it, and then nothing: the connection ends (cut), or waits until the fault is lifted (slow)."""
    yield raw[: len(raw) // 2]
    if cut:
        server.faults.pop(digest, None)
        raise ConnectionAbortedError
    while server.faults.get(digest) == "slow" and server._http is not None:
        time.sleep(0.02)
    yield raw[len(raw) // 2 :]


def _accept(server: FakeServer, play: Play) -> PlayAnswer:
    server.play_posts[play.id] += 1
    if play.id in server.refuse:
        return server.refuse[play.id]
    known = play.id in server.plays
    # A new dictionary: tests iterate over the last one meanwhile.
    server.plays = {**server.plays, play.id: play}
    return PlayAnswer(id=play.id, status="duplicate" if known else "accepted")


def _is_known(server: FakeServer, authorization: str) -> bool:
    token_sha256 = hashlib.sha256(authorization.removeprefix("Bearer ").encode()).hexdigest()
    return token_sha256 in server.known and token_sha256 not in server.revoked


def _respond(message: Message, status: int = 200) -> Response:
    return Response(message.model_dump_json(), status, mimetype="application/json")


def _error(status: int, code: str) -> Response:
    return _respond(ErrorAnswer(error=ErrorBody(code=code, message=code.replace("_", " "))), status)
