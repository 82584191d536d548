"""The player: makes its parts, connects them, starts them in order and stops them in reverse."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from media.store import MediaStore
from player.commands import Commands
from player.coupon_answers import CouponAnswers
from player.display.api import Display
from player.game_answers import GameAnswers
from player.hotspot.client import HotspotClient
from player.hotspot.messages import Answer, SetPlan
from player.hotspot.phone_counts import NoHotspot, PhoneCounts
from player.hotspot.unit import PLAN_S, PLAN_SOCKET, REQUEST_SOCKET
from player.journal.journal import Journal
from player.journal.journal_writer import JournalWriter
from player.line_socket import LineServer
from player.main_loop import MainLoop, WakeUp
from player.phone_answers import PhoneAnswers
from player.portal.upstream.clients import PHONES_SOCKET
from player.portal.upstream.player_messages import REQUEST_BYTES
from player.rounds import Rounds
from player.settings import Settings
from player.setup.network import read_network
from player.show.enrolment_card import EnrolCard
from player.show.game_boards import GameBoards
from player.show.item_library import ItemLibrary
from player.show.showing import ShowLoop
from player.show.strips import StripMaker
from player.status import Heartbeat
from player.sync.cache import Cache
from player.sync.certificate_requests import CertificateRequests
from player.sync.clock import Clock, TimeSource, machine_time
from player.sync.enrolment import Enrolment, Token
from player.sync.game_rounds import RoundStore
from player.sync.leases import LeaseStore
from player.sync.link import Link
from player.sync.media_needs import Need
from player.sync.repeater import Reach
from player.sync.server_socket import ServerSocket
from player.sync.timeline_store import TimelineStore
from player.systemd import Watchdog

logger = logging.getLogger(__name__)

MEDIA_MODE = 0o640  # the portal, another user of the same group, sends these files to phones


class FolderTaken(Exception):
    """Another player works in this folder. Stop it first, or give this one a LIFTCAST_PLAYER_DIR of its own."""


class Part(Protocol):
    """Something with threads of its own."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


class Daemon:
    """`run()` shows until `stop()`, in spite of any fault of the network."""

    def __init__(self, settings: Settings, display: Display, *, time_source: TimeSource | None = None) -> None:
        source = time_source or machine_time()
        folder = settings.player_dir
        self._settings = settings
        self._lock_file = take_folder(folder)
        self._display = display
        self._wake_up = WakeUp()
        self._watchdog = Watchdog()
        self.clock = Clock(source, folder / "clock")
        self.journal = Journal(folder / "journal.sqlite3")
        self.journal_writer = JournalWriter(self.journal)
        self.phone_counts = self._make_phone_counts()
        self._make_link(folder)
        self._make_showing(folder)
        self._make_rounds(source)
        self._connect()
        self._main_loop = MainLoop(
            wake_up=self._wake_up, display=display, clock=self.clock, watchdog=self._watchdog, showing=self.loop,
            store=self.timeline_store, card=self.card, boards=self.boards, on_deviation=self.rounds.status.wake,
        )  # fmt: skip
        self._parts: list[Part] = [
            self.journal_writer, self.strips, self.cache, *self.rounds.all, self.server_socket, *self._for_phones(),
        ]  # fmt: skip

    def _make_phone_counts(self) -> PhoneCounts | NoHotspot:
        settings = self._settings
        if settings.hotspot_plan is None:
            return NoHotspot()
        return PhoneCounts(HotspotClient(settings.hotspot_dir / REQUEST_SOCKET).send, self.clock.now_ns)

    def _plan_sender(self) -> Callable[[SetPlan], Answer] | None:
        settings = self._settings
        if settings.hotspot_plan is None:
            return None
        return HotspotClient(settings.hotspot_dir / PLAN_SOCKET, wait_s=PLAN_S).send

    def _make_link(self, folder: Path) -> None:
        self._token = Token(folder)
        self._link = Link(self._settings.server_url, self._token, lambda: self.clock.local_ms)
        self.reach = Reach()
        self.cache = Cache(
            MediaStore(folder / "media", mode=MEDIA_MODE), self._fetch, quota_bytes=self._settings.disk_quota_mb << 20,
            on_change=lambda: self.timeline_store.settle(),
        )  # fmt: skip
        self.timeline_store = TimelineStore(
            folder, self.cache, self.clock, for_phones=self._settings.hotspot_plan is not None
        )
        self.timeline_store.load()
        is_hotspot = self._settings.hotspot_plan is not None
        self.leases = LeaseStore(folder / "leases.sqlite3") if is_hotspot else None
        self.game_rounds = RoundStore(folder / "games.sqlite3")

    def _make_showing(self, folder: Path) -> None:
        wake, size = self._wake_up.set, self._display.size
        self.strips = StripMaker(folder / "strips", size, self.clock, on_drawn=wake)
        self.card = EnrolCard(
            folder / "cards", size, self._settings.server_url, on_change=wake,
            setup=lambda: read_network(self._settings.setup_dir),
        )  # fmt: skip
        self.boards = GameBoards(
            lambda: self._display.x_display, self.clock, timeline=lambda: self.timeline_store.timeline,
            find_file=self.cache.find,
        )  # fmt: skip
        self.item_library = ItemLibrary(self.cache, self.clock)
        self.loop = ShowLoop(
            self._display, self.clock, library=self.item_library, rows=self.journal_writer, strips=self.strips,
            audience=self.phone_counts,
        )  # fmt: skip

    def _make_rounds(self, source: TimeSource) -> None:
        settings = self._settings
        self.certificates = CertificateRequests()
        self.enrolment = Enrolment(
            self._link, self._token, settings.hardware, enrolled=self.timeline_store.manifest is not None,
            show=self.card.show, hide=self.card.hide,
        )  # fmt: skip
        heartbeat = Heartbeat(
            settings.hardware, source.boot_id, settings.player_dir, self.clock, self.cache, self.timeline_store,
            self.journal, self.journal_writer, self.loop, self.item_library, self.phone_counts,
            self.certificates,
        )  # fmt: skip
        self.rounds = Rounds(
            link=self._link, enrolment=self.enrolment, store=self.timeline_store, journal=self.journal,
            heartbeat=heartbeat, display=self._display, clock=self.clock, watchdog=self._watchdog, reach=self.reach,
            poll_s=settings.poll_s, on_learned=self._wake_up.set, phone_counts=self.phone_counts,
            leases=self.leases, game_rounds=self.game_rounds, send_plan=self._plan_sender(),
            certificates=self.certificates,
        )  # fmt: skip
        commands = Commands({
            "identify": self.strips.identify, "picture": self.rounds.send_picture_again,
            "restart_display": self._display.start_over, "fetch": self.rounds.poll.wake,
        })  # fmt: skip
        self.server_socket = ServerSocket(
            settings.server_url, self._token, may_connect=lambda: self.enrolment.enrolled,
            on_hint=self.rounds.poll.wake, on_command=commands.run, on_game=self.boards.hear, learn=self.rounds.learn,
            local_ms=lambda: self.clock.local_ms,
        )  # fmt: skip

    def _for_phones(self) -> list[Part]:
        """The socket of the portal, on a box that is a hotspot."""
        settings = self._settings
        if self.leases is None:
            return []
        coupons = CouponAnswers(
            self.leases, clock=self.clock, timeline=lambda: self.timeline_store.timeline,
            on_handed_out=self.rounds.leases.wake,
        )  # fmt: skip
        games = GameAnswers(
            self.leases, self.game_rounds, clock=self.clock, timeline=lambda: self.timeline_store.timeline,
            show=self.boards.hear, on_settled=self.rounds.leases.wake,
        )  # fmt: skip
        answers = PhoneAnswers(
            settings.server_url, clock=self.clock, cache=self.cache, timeline=lambda: self.timeline_store.timeline,
            override=lambda: self.loop.override, has_uplink=lambda: not self.reach.why_away,
            coupons=coupons, games=games, certificates=self.certificates,
        )  # fmt: skip
        socket = settings.player_dir / PHONES_SOCKET
        return [LineServer(socket, answers.answer, gid=os.getgid(), request_bytes=REQUEST_BYTES)]

    def _connect(self) -> None:
        """Which parts are woken by the news of another."""
        rounds, socket = self.rounds, self.server_socket
        self.reach.on_back += [self.cache.retry_all, rounds.plays.wake, rounds.status.wake, socket.wake]
        self.enrolment.on_enrolled += [rounds.poll.wake, rounds.status.wake, socket.wake]
        # The version is reported at once: phones elsewhere are given a stage of the version that this screen shows.
        self.timeline_store.on_change += [self._wake_up.set, rounds.status.wake, rounds.picture.wake]

    def run(self) -> None:
        try:
            for part in self._parts:
                part.start()
            logger.info("player started server=%s folder=%s", self._settings.server_url, self._settings.player_dir)
            self._watchdog.ready()
            self._main_loop.run()
        finally:
            self._end()

    def stop(self) -> None:
        """Safe to call from a signal handler and from any thread."""
        self._main_loop.stop()

    def _end(self) -> None:
        self._watchdog.stopping()
        self.loop.stop()
        self.boards.stop()
        for part in reversed(self._parts):
            part.stop()
        self.clock.keep_if_due(at_once=True)
        self._display.close()
        self.journal.close()
        self._watchdog.close()
        os.close(self._lock_file)
        logger.info("player stopped")

    def _fetch(self, need: Need, part: Path, goes_on: Callable[[], bool]) -> None:
        manifest = self.timeline_store.newest
        if manifest is not None:
            self._link.fetch(manifest.media_base, need, part, goes_on)


def take_folder(folder: Path) -> int:
    """Lock the folder: two players in one would undo each other's work."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise FolderTaken from error
    return descriptor
