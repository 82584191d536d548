"""The showing loop: what is on the screen, what comes next, and the row of the journal for each.

One thread calls `turn()`; nothing here waits for the network or the disk. Instants are the server's UTC in ms
where the plan is meant, and CLOCK_MONOTONIC in ns (`_ns`) where the display is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from media.timeline import Timeline
from media.wire.timeline import Item, Override
from player.display.api import Cause, Display, DisplayError, Event, Showing
from player.show.choose import Choice, Usable, card, choose, going_on, takes_over
from player.show.game_spot import GameSpot
from player.show.proof import Audience, OnScreen, Proofs, Rows, ShowRequest, new_ulid
from player.sync.clock import Clock

logger = logging.getLogger(__name__)

MS = 1_000_000
LEAD_MS = 2_000  # a showing is opened so long before its instant
JOIN_FILM_MS = 1_200  # what a film needs from opening to its first frame, when it must come at once
JOIN_STILL_MS = 150
SHORTEST_MS = 500  # less than this is not worth opening: what is on stays on
LATE_NS = 5_000 * MS  # a display that has not answered so long after the instant will not: it gives a file 5 s
BLANK_AHEAD_NS = 100 * MS
LONGEST_NAP_NS = 5_000 * MS
SHORT_NAP_NS = 500 * MS
SILENT = "the display did not answer in time"
HEARTBEAT_NS = 10_000 * MS  # each is a write to the card
REQUESTS_CACHED = 8
MINUTE_MS = 60_000  # the time over the building's card changes


class Library(Protocol):
    """Which media can be shown."""

    def usable(self, item: Item, *, urgent: bool = False) -> str: ...
    def path(self, item: Item) -> Path: ...
    def fail(self, item: Item, why: str) -> None: ...


class Strips(Protocol):
    """The line along the bottom, drawn ahead on another thread."""

    def ahead(self, timeline: Timeline | None, item: Item | None) -> None: ...
    def at_hand(self, item: Item | None) -> Path | None: ...


class ShowLoop:
    """Shows the timeline's items at their instants, through failures of the display, of files and of the clock."""

    def __init__(
        self, display: Display, clock: Clock, *, library: Library, rows: Rows, strips: Strips, audience: Audience
    ) -> None:
        self._display = display
        self._clock = clock
        self._library = library
        self._rows = rows
        self._proofs = Proofs(rows, clock, audience)
        self._strips = strips
        self._timeline: Timeline | None = None
        self._takes = 0
        self._card: Path | None = None
        self._on: OnScreen | None = None
        self._coming: ShowRequest | None = None
        self._requests: dict[str, ShowRequest] = {}
        self._at_once = False
        self._as_planned = False
        self._known_world: tuple[object, ...] = ()
        self._down_since_ns: int | None = None
        self._up_since_ns = 0
        self._silent_since_ns: int | None = None
        self._down_because: tuple[Cause, str] = ("", "")
        self._strip: Path | None = None
        self._beat_ns = 0
        self._resume_ns = 0

    @property
    def override(self) -> Override | None:
        """The present deviation from the plan, and its reason."""
        on = self._on
        if on is None or not on.choice.why:
            return None
        item = on.choice.item
        return Override(starts_ms=self._clock.utc_ms(on.began_ns), item=item.id if item else None, why=on.choice.why)

    @property
    def showing(self) -> tuple[str, int] | None:
        """The item that people see, and since when."""
        on = self._on
        if on is None or on.choice.item is None:
            return None
        return on.choice.item.id, self._clock.utc_ms(on.began_ns)

    @property
    def games(self) -> tuple[GameSpot | None, GameSpot | None]:
        """The game that comes next and the one that people see; none while the display is broken."""
        if self.is_down:
            return None, None
        return _game(self._coming.choice if self._coming else None), _game(self._on.choice if self._on else None)

    @property
    def is_down(self) -> bool:
        return self._down_since_ns is not None

    @property
    def trouble(self) -> tuple[Cause, str]:
        """The cause of the display's present fault and its message; both empty if it is well."""
        if self._down_since_ns is not None:
            return self._down_because
        return ("process", SILENT) if self._silent_since_ns is not None else ("", "")

    def down_for_ns(self) -> int:
        """How long the display has been broken, or has not answered."""
        since = [ns for ns in (self._down_since_ns, self._silent_since_ns) if ns is not None]
        return self._clock.now_ns() - min(since) if since else 0

    def take(self, timeline: Timeline | None) -> None:
        """Plan by this timeline from now on; another screen's showing ends at once."""
        self._takes += timeline is not self._timeline
        self._timeline = timeline

    def put_card(self, picture: Path | None) -> None:
        """A picture instead of the timeline, until None takes it away."""
        if picture != self._card:
            self._resume_ns = 0  # what failed was the card before
        self._card = picture

    def turn(self) -> int:
        """Do what is due; returns the monotonic instant at which the next turn is due at the latest."""
        self._hear_events()
        self._follow_the_world()
        if self._down_since_ns is None and self._clock.now_ns() >= self._resume_ns:
            self._give_up_late()
            self._prepare_next()
            self._go_black()
            self._dress()
        self._beat()
        return self._next_due()

    def stop(self) -> None:
        """End the row of what is on, also of what came on since the last turn."""
        self._hear_events()
        self._end_play(self._clock.now_ns(), cut="the player was stopped")
        self._on = None

    # The display's events

    def _hear_events(self) -> None:
        for event in self._display.events():
            self._hear(event)

    def _hear(self, event: Event) -> None:
        self._silent_since_ns = None
        if event.kind == "died":
            self._on_died(event)
        elif event.kind == "restarted":
            self._on_restarted(event)
        elif event.showing is not None and event.showing in self._requests:
            self._hear_of(self._requests[event.showing], event)

    def _hear_of(self, request: ShowRequest, event: Event) -> None:
        if event.kind == "shown":
            self._is_up(event.at_ns)  # the display is back, even if the showing that it was to rejoin is over
            self._switch(request, event.at_ns)
        elif event.kind == "failed":
            self._on_failed(request, event.at_ns, event.why, event.cause)
        elif self._coming is not None and request.id == self._coming.id:
            self._coming = replace(self._coming, armed=True)
            self._try(request, lambda: self._display.show(request.id, request.at_ns))

    def _on_failed(self, request: ShowRequest, at_ns: int, why: str, cause: Cause) -> None:
        """Only a fault of its file counts against an item; what the display could not do is tried again at once."""
        logger.warning("showing failed item=%s why=%s cause=%s", _name(request.choice), why, cause)
        if request.choice.item is not None and cause == "item":
            self._library.fail(request.choice.item, why)
        elif request.choice.item is None:
            self._resume_ns = self._clock.now_ns() + LATE_NS  # a card that fails is tried again, but not in a rush
        if self._coming is not None and self._coming.id == request.id:
            self._coming = None
        if self._on is not None and self._on.request.id == request.id:
            self._end_play(at_ns, failed=why or "the display could not go on")
            self._on = None

    def _on_died(self, event: Event) -> None:
        logger.warning("display died why=%s cause=%s", event.why, event.cause)
        self._down_because = (event.cause, event.why)
        self._end_play(event.at_ns, broken=f"the display broke down: {event.why}")
        if self._down_since_ns is None:
            self._down_since_ns = self._clock.now_ns()

    def _on_restarted(self, event: Event) -> None:
        """The same showing goes on in a row of its own; the display prepares again what it was preparing."""
        logger.info("display restarted")
        self._is_up(event.at_ns)
        on = self._on
        if on is None or event.showing != on.request.id:
            self._on = None
        elif not on.play:
            self._on = replace(on, began_ns=event.at_ns, play=self._proofs.begin(on.request, event.at_ns, again=True))

    def _is_up(self, at_ns: int) -> None:
        if self._down_since_ns is not None:
            self._down_since_ns, self._up_since_ns = None, at_ns

    # Changes that are due

    def _follow_the_world(self) -> None:
        """Another timeline, a card, another time: what is on may get another end, or must give way at once."""
        on, world = self._on, (self._takes, self._card, self._clock.trusted, self._clock.steps)
        if on is None or (world == self._known_world and self._as_planned):
            return
        stepped = bool(self._known_world) and world[-1] != self._known_world[-1]
        self._known_world = world
        wanted = self._choose(max(self._clock.now_ms(), on.choice.starts_ms), usable=self._usable_or_visible)
        self._as_planned = on.choice.same_showing(wanted) and not wanted.why
        moved = on.play != "" and _screen(on.request.timeline) != _screen(self._timeline)
        if on.choice.same_showing(wanted) and not moved:
            self._on = replace(on, request=replace(on.request, choice=going_on(on.choice, wanted)))
            self._at_once = False
        else:
            self._at_once = self._at_once or moved or stepped or takes_over(on.choice, wanted)

    def _prepare_next(self) -> None:
        now_ms, on, coming = self._clock.now_ms(), self._on, self._coming
        if on is not None and not self._at_once and on.choice.ends_ms - now_ms > LEAD_MS:
            self._coming = coming if coming is not None and coming.armed else None
            return
        choice, at_ms = self._next_choice(now_ms)
        if coming is not None and coming.choice.same_showing(choice):
            self._coming = replace(coming, choice=going_on(coming.choice, choice))
        else:
            self._request(choice, at_ms)

    def _next_choice(self, now_ms: int) -> tuple[Choice, int]:
        """The next choice and its instant: the end of the present one, or as soon as it can be opened."""
        if self._on is not None and not self._at_once:
            at_ms = max(self._on.choice.ends_ms, now_ms)
        else:
            at_ms = now_ms + _join_ms(self._choose(now_ms))
        choice = self._choose(at_ms)
        if choice.ends_ms - at_ms < SHORTEST_MS and not choice.is_black:
            at_ms = choice.ends_ms
            choice = self._choose(at_ms)
        return choice, at_ms

    def _choose(self, at_ms: int, *, usable: Usable | None = None) -> Choice:
        if self._card is not None:
            return card(str(self._card), self._card_since(at_ms))
        return choose(self._timeline, at_ms, usable=usable or self._library.usable, trusted=self._clock.trusted)

    def _card_since(self, at_ms: int) -> int:
        """A card that is on or coming keeps its instant, so that it is known to be the same."""
        for request in (self._coming, self._on.request if self._on else None):
            if request is not None and request.choice.card == str(self._card):
                return request.choice.starts_ms
        return at_ms

    def _usable_or_visible(self, item: Item, *, urgent: bool = False) -> str:
        """The visible item may stay, even if its file is gone since."""
        visible = self._on is not None and self._on.choice.item == item
        return "" if visible else self._library.usable(item, urgent=urgent)

    def _request(self, choice: Choice, at_ms: int) -> None:
        now_ns = self._clock.now_ns()
        request = ShowRequest(
            "" if choice.is_black else new_ulid(self._clock.now_ms()),
            choice,
            self._timeline,
            at_ns=self._clock.at_ns(at_ms),
            requested_ns=now_ns,
        )
        self._coming = request
        if choice.is_black:
            return
        self._remember(request)
        self._strips.ahead(self._timeline, choice.item)
        self._try(request, lambda: self._display.prepare(self._showing(request, at_ms)))

    def _try(self, request: ShowRequest, call: Callable[[], None]) -> None:
        try:
            call()
        except DisplayError as error:
            self._on_failed(request, self._clock.now_ns(), str(error) or str(error.__doc__), "process")

    def _showing(self, request: ShowRequest, at_ms: int) -> Showing:
        choice = request.choice
        rest_ms = min(choice.ends_ms - at_ms, 2**31)
        if choice.item is None:
            return Showing(request.id, Path(choice.card), "image/png", rest_ms)
        return Showing(
            id=request.id,
            path=self._library.path(choice.item),
            mime=choice.item.screen.mime,
            length_ms=rest_ms,
            from_ms=max(at_ms - choice.starts_ms, 0),
            sound=self._timeline is not None and self._timeline.manifest.settings.sound,
        )

    def _remember(self, request: ShowRequest) -> None:
        """The display may still report on a showing that has just been replaced by another."""
        self._requests[request.id] = request
        visible = self._on.request.id if self._on else ""
        for old in [id_ for id_ in self._requests if id_ != visible][:-REQUESTS_CACHED]:
            del self._requests[old]

    def _give_up_late(self) -> None:
        """A display that does not answer in time must not keep the next showing from coming."""
        coming = self._coming
        if coming is None or coming.choice.is_black:
            return
        if self._clock.now_ns() > self._too_late_ns(coming):
            self._silent_since_ns = self._silent_since_ns or coming.requested_ns
            self._on_failed(coming, self._clock.now_ns(), SILENT, "process")

    def _too_late_ns(self, coming: ShowRequest) -> int:
        return max(coming.at_ns, coming.requested_ns, self._up_since_ns) + LATE_NS

    def _go_black(self) -> None:
        coming, now_ns = self._coming, self._clock.now_ns()
        if coming is None or not coming.choice.is_black:
            return
        if not coming.armed and now_ns >= coming.at_ns - BLANK_AHEAD_NS:
            self._display.blank(coming.at_ns)
            coming = self._coming = replace(coming, armed=True)
        if coming.armed and now_ns >= coming.at_ns:
            self._switch(coming, coming.at_ns)

    # Changing what is on

    def _switch(self, request: ShowRequest, at_ns: int) -> None:
        if self._coming is not None and self._coming.id == request.id:
            request, self._coming = self._coming, None
        self._end_play(at_ns, cut=self._why_cut(request))
        self._on = OnScreen(request, at_ns, self._proofs.begin(request, at_ns))
        if request.choice.why or request.choice.is_black:
            logger.info(
                "screen shows item=%s because=%s", _name(request.choice), request.choice.why or request.choice.kind
            )
        self._at_once, self._known_world = False, (self._clock.steps,)
        self._clock.at_border()

    def _why_cut(self, request: ShowRequest) -> str:
        """The reason why the present showing ends early; empty if it ends as planned."""
        if (
            self._on is not None
            and request.timeline
            and _screen(self._on.request.timeline) != _screen(request.timeline)
        ):
            return "the box was moved to another screen"
        return {"interrupt": "an interrupt took over", "card": "a card took over"}.get(request.choice.kind, "")

    def _end_play(self, at_ns: int, *, cut: str = "", failed: str = "", broken: str = "") -> None:
        if self._on is not None and self._on.play:
            self._proofs.end(self._on, at_ns, cut=cut, failed=failed, broken=broken)
            self._on = replace(self._on, play="")

    def _dress(self) -> None:
        """Put on the strip that belongs to what is visible, as soon as it is drawn."""
        on = self._on
        bare = on is None or on.choice.is_black or bool(on.choice.card)
        strip = None if bare or on is None else self._strips.at_hand(on.choice.item)
        if strip != self._strip:
            self._strip = strip
            self._display.strip(strip)

    def _beat(self) -> None:
        now_ns = self._clock.now_ns()
        if self._on is not None and self._on.play and now_ns - self._beat_ns >= HEARTBEAT_NS:
            self._beat_ns = now_ns
            self._rows.still_on(self._clock.utc_ms(now_ns))

    def _next_due(self) -> int:
        now_ns = self._clock.now_ns()
        dues = [now_ns + LONGEST_NAP_NS]
        if self._on is None or self._down_since_ns is not None or not self._as_planned:
            dues.append(now_ns + SHORT_NAP_NS)
        if self._on is not None and self._on.choice.item is not None and self._on.choice.item.clock:
            now_ms = self._clock.utc_ms(now_ns)
            dues.append(self._clock.at_ns(now_ms - now_ms % MINUTE_MS + MINUTE_MS))
        coming = self._coming
        if coming is None and self._on is not None:
            dues.append(self._clock.at_ns(self._on.choice.ends_ms - LEAD_MS))
        elif coming is not None and coming.choice.is_black:
            dues.append(coming.at_ns if coming.armed else coming.at_ns - BLANK_AHEAD_NS)
        elif coming is not None:
            dues.append(self._too_late_ns(coming) + MS)
        return max(min(dues), now_ns + MS)


def _game(choice: Choice | None) -> GameSpot | None:
    if choice is None or choice.item is None or choice.item.phone.game is None or choice.why:
        return None
    return GameSpot(choice.item, choice.starts_ms)


def _screen(timeline: Timeline | None) -> str:
    return timeline.manifest.screen if timeline else ""


def _join_ms(choice: Choice) -> int:
    if choice.is_black:
        return 0
    still = choice.item is None or choice.item.screen.mime.startswith("image/")
    return JOIN_STILL_MS if still else JOIN_FILM_MS


def _name(choice: Choice) -> str:
    return choice.item.id if choice.item else "a card" if choice.card else "black"
