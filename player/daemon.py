"""The player: its parts, started in order and stopped in reverse, and the one loop that shows."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import select
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from media.clock import PING_BURST, Sample
from media.store import MediaStore
from media.wire.timeline import Override
from player.display.api import Display
from player.journal.journal import BATCH, Journal
from player.journal.journal_writer import JournalWriter
from player.settings import Settings
from player.show.enrolment_card import EnrolCard
from player.show.item_library import ItemLibrary
from player.show.showing import ShowLoop
from player.show.strips import StripMaker
from player.status import Heartbeat, worth_telling
from player.sync.cache import Cache
from player.sync.clock import Clock, TimeSource, machine_time
from player.sync.enrolment import Enrolment, Token
from player.sync.link import Link, NotEnrolled
from player.sync.media_needs import Need
from player.sync.repeater import Reach, Repeater
from player.sync.server_socket import Answer, ServerSocket
from player.sync.timeline_store import TimelineStore
from player.systemd import Watchdog

logger = logging.getLogger(__name__)

STATUS_S = 15.0
PLAYS_S = 5.0
HOUSEKEEPING_S = 5.0
CLOCK_S = 60.0
TRUST_S = 5.0
SOCKET_SILENT_NS = 90 * 10**9  # the socket has not pinged for so long: the clock is asked over HTTP
PICTURE_S = 10.0


class FolderTaken(Exception):
    """Another player works in this folder. Stop it first, or give this one a LIFTCAST_PLAYER_DIR of its own."""


class Part(Protocol):
    """Something with threads of its own."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


class Daemon:
    """`run()` shows until `stop()`, whatever the network does."""

    def __init__(self, settings: Settings, display: Display, *, time_source: TimeSource | None = None) -> None:
        source = time_source or machine_time()
        folder = settings.player_dir
        self._settings = settings
        self._lock_file = take_folder(folder)
        self._display = display
        self._wake_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._stopping = self.ready = False
        self._watchdog = Watchdog()
        self.clock = Clock(source, folder / "clock")
        self.journal = Journal(folder / "journal.sqlite3")
        self.journal_writer = JournalWriter(self.journal)
        self._make_link(settings, folder)
        self._make_showing(folder)
        self._heartbeat = Heartbeat(
            settings.hardware, source.boot_id, folder, self.clock, self.cache, self.timeline_store,
            self.journal, self.journal_writer, self.loop, self.item_library,
        )  # fmt: skip
        self._make_rounds(settings)
        self._parts: list[Part] = [self.journal_writer, self.strips, self.cache, *self._rounds, self.server_socket]

    def _make_link(self, settings: Settings, folder: Path) -> None:
        self._token = Token(folder)
        self._link = Link(settings.server_url, self._token, lambda: self.clock.local_ms)
        self.reach = Reach()
        self.cache = Cache(
            MediaStore(folder / "media"), self._fetch, quota_bytes=settings.disk_quota_mb << 20,
            on_change=lambda: self.timeline_store.settle(),
        )  # fmt: skip
        self.timeline_store = TimelineStore(folder, self.cache, self.clock, on_change=self._on_timeline)
        self.timeline_store.load()

    def _make_showing(self, folder: Path) -> None:
        self.strips = StripMaker(folder / "strips", self._display.size, self.clock, on_drawn=self.wake)
        self.card = EnrolCard(folder / "cards", self._display.size, self._settings.server_url, on_change=self.wake)
        self.item_library = ItemLibrary(self.cache, self.clock)
        self.loop = ShowLoop(
            self._display, self.clock, library=self.item_library, rows=self.journal_writer, strips=self.strips
        )

    def _make_rounds(self, settings: Settings) -> None:
        self.enrolment = Enrolment(
            self._link, self._token, settings.hardware, enrolled=self.timeline_store.manifest is not None,
            show=self.card.show, hide=self.card.hide,
        )  # fmt: skip
        self._poll = self._round("poll", self._fetch_timeline, lambda: float(settings.poll_s))
        self._tell = self._round("status", self._send_status, lambda: STATUS_S)
        self._prove = self._round("plays", self._send_plays, lambda: PLAYS_S)
        self._look = self._round("picture", self._send_picture, self._picture_s)
        self._enrol = self._round("enrol", self.enrolment.step, self.enrolment.pause_s)
        self._keep = self._round("housekeeping", self._keep_house, lambda: HOUSEKEEPING_S)
        self._time = self._round("clock", self._ask_the_time, lambda: CLOCK_S if self.clock.trusted else TRUST_S)
        self._rounds = [self._time, self._enrol, self._poll, self._tell, self._prove, self._look, self._keep]
        self.server_socket = ServerSocket(
            settings.server_url, self._token, may_connect=lambda: self.enrolment.enrolled, on_hint=self._poll.wake,
            on_command=self._on_command, learn=self._learn, local_ms=lambda: self.clock.local_ms,
        )  # fmt: skip
        self.reach.on_back += [self.cache.retry_all, self._prove.wake, self._tell.wake, self.server_socket.wake]
        self.enrolment.on_enrolled += [self._poll.wake, self._tell.wake, self.server_socket.wake]
        self._told: tuple[object, ...] = ()
        self._deviation: tuple[Override | None, tuple[str, str]] = (None, ("", ""))
        self._picture_sent = b""
        self._pinged_ns = 0

    def _round(self, name: str, work: Callable[[], None], every_s: Callable[[], float]) -> Repeater:
        return Repeater(name, work, every_s=every_s, reach=self.reach)

    # The loop that shows

    def run(self) -> None:
        try:
            for part in self._parts:
                part.start()
            logger.info("player started server=%s folder=%s", self._settings.server_url, self._settings.player_dir)
            self._watchdog.ready()
            self.ready = True
            while not self._stopping:
                self._turn()
        finally:
            self._end()

    def stop(self) -> None:
        """Safe to call from a signal handler and from any thread."""
        self._stopping = True
        self.wake()

    def wake(self) -> None:
        os.eventfd_write(self._wake_fd, 1)

    def _turn(self) -> None:
        self.loop.take(self.timeline_store.timeline)
        self.loop.put_card(self.card.picture)
        due_ns = self.loop.turn()
        deviation = (self.loop.override, self.loop.trouble)
        if deviation != self._deviation:
            self._deviation = deviation
            self._tell.wake()
        x_is_away = self.loop.trouble[0] == "x_server"  # and would be for a new daemon too
        self._watchdog.alive(display_down_ns=0 if x_is_away else self.loop.down_for_ns())
        self._sleep_until(due_ns)

    def _sleep_until(self, due_ns: int) -> None:
        """Until something is due, the display or another thread says something, or the watchdog wants to hear us."""
        nap_ns = max(due_ns - self.clock.now_ns(), 0)
        nap_ns = min(nap_ns, self._watchdog.every_ns or nap_ns)
        readable, _, _ = select.select([self._display.wake_fd, self._wake_fd], [], [], nap_ns / 1e9)
        if self._wake_fd in readable:
            os.eventfd_read(self._wake_fd)

    def _end(self) -> None:
        self._watchdog.stopping()
        self.loop.stop()
        for part in reversed(self._parts):
            part.stop()
        self.clock.keep_if_due(at_once=True)
        self._display.close()
        self.journal.close()
        self._watchdog.close()
        os.close(self._lock_file)
        logger.info("player stopped")

    # The rounds: each on a thread of its own

    def _fetch_timeline(self) -> None:
        if not self.enrolment.enrolled:
            return
        try:
            fetched = self._link.manifest(self.timeline_store.etag)
        except NotEnrolled as error:
            self._on_lost(str(error))
            return
        self.reach.is_back()
        if fetched is not None:
            self.timeline_store.accept(fetched)

    def _on_lost(self, why: str) -> None:
        self.enrolment.lost(why)
        self.timeline_store.forget()
        self._enrol.wake()

    def _send_status(self) -> None:
        if self.enrolment.enrolled:
            status = self._heartbeat.next()
            self._link.send_status(status)
            self._told = worth_telling(status)
            self.reach.is_back()

    def _send_plays(self) -> None:
        """Oldest first, batch after batch; what the server has answered for good is deleted here."""
        while self.enrolment.enrolled and (plays := self.journal.unsent(BATCH)):
            settled = self.journal.settle(self._link.send_plays(plays).plays)
            if settled == 0 or len(plays) < BATCH:
                return

    def _send_picture(self) -> None:
        if not self.enrolment.enrolled:
            return
        jpeg = self._display.picture()
        if jpeg is None:
            return
        digest = hashlib.sha256(jpeg).digest()
        if digest == self._picture_sent:
            return
        self._picture_sent = digest  # before it is sent: who asks for another meanwhile is not forgotten
        try:
            self._link.send_picture(jpeg)
        except BaseException:
            self._picture_sent = b""
            raise

    def _picture_s(self) -> float:
        manifest = self.timeline_store.manifest
        return float(manifest.settings.picture_every_s) if manifest else PICTURE_S

    def _keep_house(self) -> None:
        """What is due now and then: the clock's floor, a look at what is needed, news for the server and systemd."""
        self.clock.keep_if_due()
        self.timeline_store.settle()
        status = self._heartbeat.now()
        if worth_telling(status) != self._told:
            self._tell.wake()
        showing, waiting = status.showing, status.plays_waiting
        self._watchdog.report(f"version {status.version}, showing {showing}, plays waiting {waiting}")

    # What others tell

    def _fetch(self, need: Need, part: Path, goes_on: Callable[[], bool]) -> None:
        manifest = self.timeline_store.newest
        if manifest is not None:
            self._link.fetch(manifest.media_base, need, part, goes_on)

    def _on_timeline(self) -> None:
        """Show by it, and say at once which version is held: phones elsewhere are told what this screen shows."""
        self.wake()
        if self.ready:
            self._tell.wake()
            self._look.wake()

    def _learn(self, burst: list[Sample]) -> None:
        self._pinged_ns = self.clock.now_ns()
        self.clock.learn(burst)
        self.reach.is_back()
        self.wake()

    def _ask_the_time(self) -> None:
        if not self._pinged_ns or self.clock.now_ns() - self._pinged_ns > SOCKET_SILENT_NS:
            self._learn([self._link.ping() for _ in range(PING_BURST)])

    def _on_command(self, command: Answer) -> Answer:
        do = command.get("do")
        if do == "identify":
            self.strips.identify()
        elif do == "picture":
            self._picture_sent = b""
            self._look.wake()
        elif do == "restart_display":
            self._display.start_over()
        elif do == "fetch":
            self._poll.wake()
        else:
            return {"ok": False, "why": f"this player knows no command {str(do)[:40]!r}"}
        logger.info("command done do=%s", do)
        return {"ok": True}


def take_folder(folder: Path) -> int:
    """Two players in one folder would undo each other's work."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise FolderTaken from error
    return descriptor
