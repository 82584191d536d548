"""The work of operators meanwhile: view pages, type notices, upload pictures, and wait until screens hold them."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

import gevent

from media.integers import ceil_div
from server.db import new_id, utc_now
from tests.bench.chaos.clients.boxes import Box
from tests.bench.chaos.clients.http import Address, Visitor
from tests.bench.chaos.tries import NO_ANSWER
from tests.bench.chaos.world import PASSWORD, World
from tests.factories import jpeg_bytes
from tests.rig.phones.forms import fields_of

PAGES = ("/console/", "/console/screens", "/console/campaigns", "/console/creatives", "/console/offers")
NOTICE_FOR = timedelta(minutes=10)
DONE_WITHIN_S = 90.0
LOOK_EVERY_S = 0.5
PAGE, SEE_OTHER, FOUND, CREATED = 200, 303, 302, 201


@dataclass
class Operators:
    """`media` takes the uploads."""

    world: World
    boxes: Sequence[Box]
    visitor: Visitor
    web: Address
    media: Address
    cookie: str = ""
    _pages: itertools.cycle[str] = field(default_factory=lambda: itertools.cycle(PAGES))

    # --- pages

    def look_at_a_page(self) -> None:
        if not self.cookie:
            self._sign_in()
        answer = self.visitor.get(
            "console", self.web, next(self._pages), {"Cookie": self.cookie, "Accept": "text/html"}
        )
        if answer.status == FOUND:  # the session has ended
            self.cookie = ""

    def _sign_in(self) -> None:
        page = self.visitor.get("sign_in", self.web, "/sign-in", {"Accept": "text/html"})
        if page.status != PAGE:
            return
        cookie = _cookie(page.headers["Set-Cookie"])
        fields = fields_of(page.body.decode(), "/sign-in") | {"email": [self.world.email], "password": [PASSWORD]}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie, "Accept": "text/html"}
        body = urlencode(fields, doseq=True).encode()
        answer = self.visitor.send("sign_in", self.web, "POST", "/sign-in", body, headers)
        if answer.status in (FOUND, SEE_OTHER):
            self.cookie = _cookie(answer.headers["Set-Cookie"])

    # --- changes

    def type_a_notice(self) -> None:
        """A notice for one venue: drawn by a worker, planned, and held by the venue's boxes."""
        nth = random.randrange(len(self.world.venues))
        until = (utc_now() + NOTICE_FOR).isoformat()
        body = {"text": f"Notice {new_id()}", "venue_id": self.world.venues[nth], "until_at": until}
        answer = self.visitor.post("notice", self.web, "/api/v1/creatives/notices", body, self._bearer())
        if answer.status != CREATED:
            return
        creative = answer.json()["id"]
        per_venue = ceil_div(len(self.boxes), len(self.world.venues))
        boxes = self.boxes[nth * per_venue : (nth + 1) * per_venue]
        if self._wait("drawn", lambda: self._is_ready(creative)):
            self._wait("published", lambda: all(box.holds(creative) for box in boxes))

    def upload_a_picture(self) -> None:
        ticket = self.visitor.post("ticket", self.web, "/api/v1/creatives/tickets", {}, self._bearer())
        if ticket.status != CREATED:
            return
        path = urlsplit(ticket.json()["url"]).path
        picture = jpeg_bytes(new_id(), width=640, height=360)
        answer = self.visitor.send("upload", self.media, "PUT", path, picture, {"X-File-Name": "picture.jpg"})
        if answer.status == CREATED:
            creative = answer.json()["creative"]
            self._wait("rendered", lambda: self._is_ready(creative))

    def _is_ready(self, creative: str) -> bool:
        answer = self.visitor.get("creative", self.web, f"/api/v1/creatives/{creative}", self._bearer())
        return answer.status == PAGE and answer.json()["state"] == "ready"

    def _wait(self, kind: str, look: Callable[[], bool]) -> bool:
        """Noted as a request that is answered when the work is done, or not at all."""
        number, deadline = self.visitor.record.begin(kind), time.monotonic() + DONE_WITHIN_S
        while not (done := look()) and time.monotonic() < deadline:
            gevent.sleep(LOOK_EVERY_S)
        self.visitor.record.end(number, PAGE if done else NO_ANSWER)
        return done

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.world.operator}"}


def _cookie(header: str) -> str:
    return header.partition(";")[0]
