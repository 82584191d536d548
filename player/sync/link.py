"""The player's words to the server over HTTP: one method for each, an answer or one of three errors."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import requests
import urllib3
from pydantic import ValidationError

from media.clock import Sample
from media.wire.certificates import CertificateAnswer, CertificateRequest
from media.wire.clock import ClockPong
from media.wire.enrolment import EnrolCode, EnrolRequest, EnrolState
from media.wire.errors import ErrorAnswer
from media.wire.game_rounds import RoundAnswers, RoundReport, RoundReports
from media.wire.leases import HandOut, HandOuts, HandOutsAnswer, LeaseRequest, Leases
from media.wire.message import PROTOCOLS_SPOKEN, Message
from media.wire.plays import Play, Plays, PlaysAnswer
from media.wire.status import Status
from media.wire.timeline import Manifest
from player.sync.media_needs import Need

CONNECT_S = 5.0
READ_S = 15.0
CHUNK = 1 << 16
# After a 429 that does not say when to come back; and the longest that one is believed.
WAIT_S, WAIT_LONGEST_S = 60.0, 120.0

Answer = TypeVar("Answer", bound=Message)


class ServerAway(Exception):
    """The server cannot be reached, or cannot answer now. The player goes on with what it holds."""


class TooOften(ServerAway):
    """The server is there and says when to come back: it takes so many requests a minute and no more."""

    def __init__(self, why: str, wait_s: float) -> None:
        super().__init__(why)
        self.wait_s = wait_s


class NotEnrolled(Exception):
    """The server does not know this token, or no longer. The player must be enrolled."""


class FetchFailed(Exception):
    """The server has no such file, or not these bytes. It is tried again later."""


class GaveWay(Exception):
    """The download stopped because something else is needed first. It goes on later where it was."""


@dataclass(frozen=True)
class Fetched:
    """A manifest as it came: its bytes go to the disk unchanged."""

    manifest: Manifest
    etag: str
    raw: bytes


class Link:
    """Speaks to one server with one token. Every thread has a connection of its own."""

    def __init__(self, server_url: str, token: Callable[[], str], local_ms: Callable[[], float]) -> None:
        self._base = server_url
        self._token = token
        self._local_ms = local_ms
        self._own = threading.local()

    def request_enrolment(self, hardware: str) -> EnrolCode:
        request = EnrolRequest(hardware=hardware, token_sha256=hashlib.sha256(self._token().encode()).hexdigest())
        return _read(EnrolCode, self._post("/api/v1/players/enrol", request, known=False))

    def enrolment_state(self, enrolment: str) -> EnrolState | None:
        """None when this enrolment has expired, or the server has forgotten it."""
        answer = self._request("POST", f"/api/v1/players/enrol/{enrolment}", passed=(404, 410))
        return _read(EnrolState, answer) if answer.ok else None

    def knows_us(self) -> bool:
        """Is this token enrolled? Only the server knows."""
        try:
            self.manifest("")
        except NotEnrolled:
            return False
        return True

    def manifest(self, etag: str) -> Fetched | None:
        """The newest timeline's head, or None if it is the one with this ETag, or there is none yet."""
        answer = self._request("GET", "/api/v1/player/timeline", headers={"If-None-Match": etag}, passed=(304, 404))
        if answer.status_code != 200:
            return None
        manifest = _read(Manifest, answer)
        if manifest.protocol not in PROTOCOLS_SPOKEN:
            raise ServerAway(f"the server speaks protocol {manifest.protocol}: update this player's software")
        return Fetched(manifest, answer.headers.get("ETag", ""), answer.content)

    def send_plays(self, plays: list[Play]) -> PlaysAnswer:
        return _read(PlaysAnswer, self._post("/api/v1/player/plays", Plays(plays=tuple(plays))))

    def renew_leases(self, request: LeaseRequest) -> Leases:
        return _read(Leases, self._post("/api/v1/player/leases", request))

    def send_hand_outs(self, hand_outs: list[HandOut]) -> HandOutsAnswer:
        return _read(HandOutsAnswer, self._post("/api/v1/player/leases/claims", HandOuts(claims=tuple(hand_outs))))

    def send_game_rounds(self, rounds: list[RoundReport]) -> RoundAnswers:
        return _read(RoundAnswers, self._post("/api/v1/player/games/rounds", RoundReports(rounds=tuple(rounds))))

    def request_certificate(self, signing_request: str) -> CertificateAnswer:
        """signing_request: empty to learn the box's name alone. A server that is older than certificates gives none."""
        request = CertificateRequest(signing_request=signing_request)
        answer = self._post("/api/v1/player/certificate", request, passed=(404,))
        return _read(CertificateAnswer, answer) if answer.ok else CertificateAnswer()

    def send_status(self, status: Status) -> None:
        self._post("/api/v1/player/status", status)

    def send_picture(self, jpeg: bytes) -> None:
        self._request("POST", "/api/v1/player/picture", data=jpeg, headers={"Content-Type": "image/jpeg"})

    def ping(self) -> Sample:
        """The clock over HTTP, where no socket comes through."""
        t0 = self._local_ms()
        answer = self._request("GET", "/api/v1/player/clock", params={"t0": t0}, known=False)
        t3 = self._local_ms()
        pong = _read(ClockPong, answer)
        return Sample(t0, pong.t1, pong.t2, t3)

    def fetch(self, media_base: str, need: Need, part: Path, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Download into `part`, going on where it ends; the store checks whether the bytes are right.

        Raises GaveWay, with what has come on the disk, as soon as it is not to go on.
        """
        have = part.stat().st_size if part.exists() else 0
        if have > need.bytes or (have == need.bytes and not need.is_table):
            part.unlink()
            have = 0
        headers = {"Accept-Encoding": "identity"}
        if have:
            # Should the server hold other bytes under this name, it sends them whole.
            headers |= {"Range": f"bytes={have}-", "If-Range": f'"{need.digest}"'}
        try:
            with self._session.get(
                f"{media_base}/media/{need.digest}", headers=headers, stream=True, timeout=(CONNECT_S, READ_S)
            ) as answer:
                _save(answer, part, have, need, goes_on)
        except requests.RequestException as error:
            raise ServerAway(_plain(error)) from error
        except urllib3.exceptions.HTTPError as error:
            raise ServerAway("the download was cut") from error

    def _post(
        self, path: str, message: Message, *, known: bool = True, passed: tuple[int, ...] = ()
    ) -> requests.Response:
        return self._request(
            "POST", path, data=message.model_dump_json(), headers={"Content-Type": "application/json"}, known=known,
            passed=passed,
        )  # fmt: skip

    def _request(
        self, method: str, path: str, *, passed: tuple[int, ...] = (), known: bool = True, **more: Any
    ) -> requests.Response:
        """One request; what is neither a success nor in `passed` becomes an error."""
        headers = more.pop("headers", {}) | ({"Authorization": f"Bearer {self._token()}"} if known else {})
        try:
            answer = self._session.request(
                method, self._base + path, headers=headers, timeout=(CONNECT_S, READ_S), allow_redirects=False, **more
            )
        except requests.RequestException as error:
            raise ServerAway(_plain(error)) from error
        if not (200 <= answer.status_code < 300 or answer.status_code in passed):
            raise _error_of(answer)
        return answer

    @property
    def _session(self) -> requests.Session:
        if not hasattr(self._own, "session"):
            self._own.session = requests.Session()
            self._own.session.trust_env = False  # a proxy or a netrc in the environment is none of the player's
        session: requests.Session = self._own.session
        return session


def _read(kind: type[Answer], answer: requests.Response) -> Answer:
    """A captive portal answers everything with 200 and its own page: that is no server."""
    try:
        return kind.model_validate_json(answer.content)
    except ValidationError as error:
        raise ServerAway("what answered is not a Liftcast server") from error


def _error_of(answer: requests.Response) -> Exception:
    """Only the server's own words put a player out: a portal or a proxy may answer 401 too."""
    if answer.status_code == 429:
        return TooOften("the server answered 429: too many requests", _wait_s(answer.headers.get("Retry-After", "")))
    try:
        body = ErrorAnswer.model_validate_json(answer.content).error
    except ValidationError:
        return ServerAway(f"the server answered {answer.status_code}")
    if answer.status_code == 401 or body.code == "on_no_screen":
        return NotEnrolled(body.message)
    return ServerAway(f"the server answered {answer.status_code}: {body.message}")


def _wait_s(retry_after: str) -> float:
    """Of the header Retry-After, in seconds; a date, which our server never sends, counts as nothing said."""
    return min(float(retry_after), WAIT_LONGEST_S) if retry_after.isascii() and retry_after.isdigit() else WAIT_S


def _save(answer: requests.Response, part: Path, have: int, need: Need, may_go_on: Callable[[], bool]) -> None:
    if answer.status_code == 416:
        part.unlink(missing_ok=True)
        raise FetchFailed("the server has fewer bytes than are here")
    if answer.status_code in (404, 410):
        raise FetchFailed("the server does not have this file")
    if answer.status_code not in (200, 206):
        raise ServerAway(f"the server answered {answer.status_code}")
    goes_on = answer.status_code == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
    if answer.status_code == 206 and not goes_on:
        raise FetchFailed("the server sent another part than requested")
    written = have if goes_on else 0
    with part.open("ab" if goes_on else "wb") as out:
        # Not iter_content: it waits for whole chunks, and throws away what came of one that was cut.
        while chunk := answer.raw.read1(CHUNK):
            written += len(chunk)
            if written > need.bytes:
                break
            out.write(chunk)
            if written < need.bytes and not may_go_on():
                raise GaveWay
    if written > need.bytes:
        part.unlink()
        raise FetchFailed("the file is larger than promised")
    if not need.is_table and written < need.bytes:
        raise ServerAway("the download was cut")


def _plain(error: requests.RequestException) -> str:
    """The error in plain words, without addresses and object names."""
    if isinstance(error, requests.Timeout):
        return "the server did not answer in time"
    if isinstance(error, requests.ConnectionError):
        return "the server cannot be reached"
    return f"the request failed ({type(error).__name__})"
