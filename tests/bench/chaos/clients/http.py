"""One visitor of the server: sends requests from an address of its own and notes how each was answered."""

from __future__ import annotations

import http.client
import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.bench.chaos.tries import NO_ANSWER, Record

ANSWER_WITHIN_S = 30
RETRY_FIRST_S = 1.0
RETRY_LONGEST_S = 5.0
LIMITED = 429
LIMITED_TRIES = 3

Address = tuple[str, int]
Headers = Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """`status` is 0 where none came."""

    status: int
    body: bytes = b""
    headers: Headers = field(default_factory=dict)

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error_code(self) -> str:
        """Of an answer of 500 or more that says so."""
        if self.status < 500 or not self.body.startswith(b"{"):
            return ""
        return str(self.json().get("error", {}).get("code", ""))

    @property
    def is_final(self) -> bool:
        """Neither silence, nor trouble of the server, nor "come back later"."""
        return self.status != NO_ANSWER and self.status < 500 and self.status != LIMITED


@dataclass(frozen=True)
class Visitor:
    """`source` is an address of loopback: what comes from one lobby comes from one address."""

    record: Record
    source: str = "127.0.0.1"

    def send(
        self,
        kind: str,
        to: Address,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Headers | None = None,
    ) -> Answer:
        number = self.record.begin(kind)
        answer = self._send(to, method, path, body, headers or {})
        self.record.end(number, answer.status, retry_after="Retry-After" in answer.headers, code=answer.error_code)
        return answer

    def get(self, kind: str, to: Address, path: str, headers: Headers | None = None) -> Answer:
        return self.send(kind, to, "GET", path, headers=headers)

    def post(self, kind: str, to: Address, path: str, body: object, headers: Headers | None = None) -> Answer:
        as_json = {"Content-Type": "application/json", **(headers or {})}
        return self.send(kind, to, "POST", path, json.dumps(body).encode(), as_json)

    def _send(self, to: Address, method: str, path: str, body: bytes, headers: Headers) -> Answer:
        connection = http.client.HTTPConnection(*to, timeout=ANSWER_WITHIN_S, source_address=(self.source, 0))
        try:
            connection.request(method, path, body or None, {"Connection": "close", **headers})
            response = connection.getresponse()
            return Answer(response.status, response.read(), response.headers)
        except (OSError, http.client.HTTPException):
            return Answer(NO_ANSWER)
        finally:
            connection.close()


def settle(send: Callable[[], Answer], *, sleep: Callable[[float], object] = time.sleep) -> Answer:
    """Repeat a request until its answer is final; after a 503 with Retry-After it does so a few times."""
    pause_s, limited = RETRY_FIRST_S, 0
    while True:
        answer = send()
        limited += answer.status == LIMITED
        if answer.is_final or limited >= LIMITED_TRIES:
            return answer
        sleep(pause_s * random.uniform(0.7, 1.3))
        pause_s = min(2 * pause_s, RETRY_LONGEST_S)
