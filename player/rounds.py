"""The player's repeated work, a thread for each round: what hangs in one holds up no other."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable

from media.clock import PING_BURST, Sample
from player.display.api import Display
from player.hotspot.messages import Answer, SetPlan
from player.hotspot.phone_counts import COUNT_S, NoHotspot, PhoneCounts
from player.journal.journal import BATCH, Journal
from player.line_socket import NoAnswer
from player.status import Heartbeat, news_of
from player.sync.certificate_requests import CertificateRequests
from player.sync.clock import Clock
from player.sync.enrolment import Enrolment
from player.sync.game_rounds import RoundStore
from player.sync.leases import LeaseStore
from player.sync.link import Link, NotEnrolled
from player.sync.repeater import Reach, Repeater
from player.sync.timeline_store import TimelineStore
from player.systemd import Watchdog

STATUS_S = 15.0
PLAYS_S = 5.0
HOUSEKEEPING_S = 5.0
CLOCK_S = 60.0
UNTRUSTED_CLOCK_S = 5.0
SOCKET_SILENT_NS = 90 * 10**9  # the socket has not pinged for so long: the clock is read over HTTP
PICTURE_S = 10.0
LEASES_S = 300.0
PLAN_S = 15.0

logger = logging.getLogger(__name__)


class TimelineRound:
    """Polls for a newer timeline. A box that is on no screen any more forgets its timeline and enrols anew."""

    def __init__(self, link: Link, enrolment: Enrolment, store: TimelineStore, reach: Reach) -> None:
        self._link, self._enrolment, self._store, self._reach = link, enrolment, store, reach
        self.on_lost: list[Callable[[], None]] = []

    def run(self) -> None:
        if not self._enrolment.enrolled:
            return
        try:
            fetched = self._link.manifest(self._store.etag)
        except NotEnrolled as error:
            self._on_lost(str(error))
            return
        self._reach.is_back()
        if fetched is not None:
            self._store.accept(fetched)

    def _on_lost(self, why: str) -> None:
        self._enrolment.lost(why)
        self._store.forget()
        for call in self.on_lost:
            call()


class StatusRound:
    """Sends the heartbeat, and knows whether the server has heard the news in it."""

    def __init__(self, link: Link, enrolment: Enrolment, heartbeat: Heartbeat, reach: Reach) -> None:
        self._link, self._enrolment, self._heartbeat, self._reach = link, enrolment, heartbeat, reach
        self.sent_news: tuple[object, ...] = ()

    def run(self) -> None:
        if self._enrolment.enrolled:
            status = self._heartbeat.next()
            self._link.send_status(status)
            self.sent_news = news_of(status)
            self._reach.is_back()


class PlaysRound:
    """Sends the finished plays."""

    def __init__(self, link: Link, enrolment: Enrolment, journal: Journal) -> None:
        self._link, self._enrolment, self._journal = link, enrolment, journal

    def run(self) -> None:
        """Oldest first, batch after batch; plays that the server has answered for good are deleted here."""
        while self._enrolment.enrolled and (plays := self._journal.unsent(BATCH)):
            settled = self._journal.settle(self._link.send_plays(plays).plays)
            if settled == 0 or len(plays) < BATCH:
                return


class LeaseRound:
    """Reports the claims that phones got here, then renews the leases, then reports the games that were played here."""

    def __init__(
        self, link: Link, enrolment: Enrolment, leases: LeaseStore, game_rounds: RoundStore, clock: Clock
    ) -> None:
        self._link, self._enrolment, self._leases, self._clock = link, enrolment, leases, clock
        self._game_rounds = game_rounds

    def run(self) -> None:
        """The claims are first: one that the server does not know to be given would be counted as unused, and would be
        no prize of a game."""
        if not self._enrolment.enrolled:
            return
        while hand_outs := self._leases.unreported():
            if not self._leases.settle(self._link.send_hand_outs(hand_outs).claims):
                return
        request = self._leases.request()
        answer = self._link.renew_leases(request)
        self._leases.accept(answer, request=request, now_ms=self._clock.now_ms())
        while played := self._game_rounds.unreported():
            if not self._game_rounds.settle(self._link.send_game_rounds(played).rounds):
                return


class HotspotPlanRound:
    """Sends the venue's plan to the hotspot, which does nothing where it has it already.

    The plan is that of the newest timeline, whose media may still be on their way.
    """

    def __init__(
        self, store: TimelineStore, send: Callable[[SetPlan], Answer], portal_name: Callable[[], str | None]
    ) -> None:
        self._store, self._send, self._portal_name = store, send, portal_name

    def run(self) -> None:
        """A hotspot that does not answer is sent the plan again in the next round."""
        manifest = self._store.newest
        if manifest is None:
            return
        try:
            self._send(SetPlan(planned=manifest.settings.hotspot, portal_name=self._portal_name()))
        except NoAnswer as error:
            logger.info("plan not sent why=%s", error)


class CertificateRound:
    """Sends the portal's signing request to the server, and fetches the box's name and certificate."""

    def __init__(self, link: Link, enrolment: Enrolment, requests: CertificateRequests) -> None:
        self._link, self._enrolment, self._requests = link, enrolment, requests

    def run(self) -> None:
        if self._enrolment.enrolled:
            signing_request = self._requests.signing_request
            self._requests.accept(signing_request, self._link.request_certificate(signing_request))


class PictureRound:
    """Sends the picture of the screen when it differs from the one sent before."""

    def __init__(self, link: Link, enrolment: Enrolment, display: Display, store: TimelineStore) -> None:
        self._link, self._enrolment, self._display, self._store = link, enrolment, display, store
        self._sent = b""

    def run(self) -> None:
        if not self._enrolment.enrolled:
            return
        jpeg = self._display.picture()
        if jpeg is None:
            return
        digest = hashlib.sha256(jpeg).digest()
        if digest == self._sent:
            return
        self._sent = digest  # before it is sent: `forget_sent` may be called meanwhile
        try:
            self._link.send_picture(jpeg)
        except BaseException:
            self._sent = b""
            raise

    def every_s(self) -> float:
        manifest = self._store.manifest
        return float(manifest.settings.picture_every_s) if manifest else PICTURE_S

    def forget_sent(self) -> None:
        """Send the next picture even if it is the same."""
        self._sent = b""


class ClockRound:
    """Pings the server over HTTP while the socket, which pings too, is silent."""

    def __init__(self, link: Link, clock: Clock, reach: Reach, *, on_learned: Callable[[], None]) -> None:
        self._link, self._clock, self._reach, self._on_learned = link, clock, reach, on_learned
        self._pinged_ns = 0

    def run(self) -> None:
        if not self._pinged_ns or self._clock.now_ns() - self._pinged_ns > SOCKET_SILENT_NS:
            self.learn([self._link.ping() for _ in range(PING_BURST)])

    def learn(self, burst: list[Sample]) -> None:
        """Correct the clock by a burst of pings, from here or from the socket."""
        self._pinged_ns = self._clock.now_ns()
        self._clock.learn(burst)
        self._reach.is_back()
        self._on_learned()

    def every_s(self) -> float:
        return CLOCK_S if self._clock.trusted else UNTRUSTED_CLOCK_S


class HousekeepingRound:
    """Stores the clock's lower bound, adopts complete timelines, and reports news to the server and to systemd."""

    def __init__(
        self, clock: Clock, store: TimelineStore, heartbeat: Heartbeat, status: StatusRound, watchdog: Watchdog
    ) -> None:
        self._clock, self._store, self._heartbeat = clock, store, heartbeat
        self._status, self._watchdog = status, watchdog
        self.on_news: list[Callable[[], None]] = []

    def run(self) -> None:
        self._clock.keep_if_due()
        self._store.settle()
        status = self._heartbeat.now()
        if news_of(status) != self._status.sent_news:
            for call in self.on_news:
                call()
        showing, waiting = status.showing, status.plays_waiting
        self._watchdog.report(f"version {status.version}, showing {showing}, plays waiting {waiting}")


class Rounds:
    """All rounds, in the order in which they are started."""

    def __init__(
        self, *, link: Link, enrolment: Enrolment, store: TimelineStore, journal: Journal, heartbeat: Heartbeat,
        display: Display, clock: Clock, watchdog: Watchdog, reach: Reach, poll_s: float,
        on_learned: Callable[[], None], phone_counts: PhoneCounts | NoHotspot, leases: LeaseStore | None,
        game_rounds: RoundStore,
        send_plan: Callable[[SetPlan], Answer] | None, certificates: CertificateRequests,
    ) -> None:  # fmt: skip
        self._reach = reach
        timeline = TimelineRound(link, enrolment, store, reach)
        status = StatusRound(link, enrolment, heartbeat, reach)
        plays = PlaysRound(link, enrolment, journal)
        self._picture_work = PictureRound(link, enrolment, display, store)
        self._clock_work = ClockRound(link, clock, reach, on_learned=on_learned)
        housekeeping = HousekeepingRound(clock, store, heartbeat, status, watchdog)

        self.clock = self._repeat("clock", self._clock_work.run, self._clock_work.every_s)
        self.enrol = self._repeat("enrol", enrolment.step, enrolment.pause_s)
        self.poll = self._repeat("poll", timeline.run, lambda: poll_s)
        self.status = self._repeat("status", status.run, lambda: STATUS_S)
        self.plays = self._repeat("plays", plays.run, lambda: PLAYS_S)
        self.picture = self._repeat("picture", self._picture_work.run, self._picture_work.every_s)
        self.housekeeping = self._repeat("housekeeping", housekeeping.run, lambda: HOUSEKEEPING_S)

        timeline.on_lost.append(self.enrol.wake)
        housekeeping.on_news.append(self.status.wake)
        self.all: list[Repeater] = [
            self.clock, self.enrol, self.poll, self.status, self.plays, self.picture, self.housekeeping,
        ]  # fmt: skip
        if leases is not None:
            lease_round = LeaseRound(link, enrolment, leases, game_rounds, clock)
            self.leases = self._repeat("leases", lease_round.run, lambda: LEASES_S)
            timeline.on_lost.append(leases.clear)
            reach.on_back.append(self.leases.wake)
            enrolment.on_enrolled.append(self.leases.wake)
            store.on_change.append(self.leases.wake)
            self.all.append(self.leases)
        if send_plan is not None:
            plan_round = HotspotPlanRound(store, send_plan, certificates.portal_name)
            self.plan = self._repeat("plan", plan_round.run, lambda: PLAN_S)
            store.on_change.append(self.plan.wake)
            certificates.on_report += [self.plan.wake, self.status.wake]
            self._request_certificates(link, enrolment, certificates)
            timeline.on_lost.append(certificates.forget)
            self.all += [self.plan, self.certificate]
        if isinstance(phone_counts, PhoneCounts):
            self.all.append(self._repeat("phones", phone_counts.count, lambda: COUNT_S))

    def _request_certificates(self, link: Link, enrolment: Enrolment, certificates: CertificateRequests) -> None:
        work = CertificateRound(link, enrolment, certificates)
        self.certificate = self._repeat("certificate", work.run, certificates.pause_s)
        certificates.on_request.append(self.certificate.wake)
        enrolment.on_enrolled.append(self.certificate.wake)

    def learn(self, burst: list[Sample]) -> None:
        """A burst of pings that the socket made."""
        self._clock_work.learn(burst)

    def send_picture_again(self) -> None:
        """Send the picture of the screen at once, even if it is the one sent before."""
        self._picture_work.forget_sent()
        self.picture.wake()

    def _repeat(self, name: str, work: Callable[[], None], every_s: Callable[[], float]) -> Repeater:
        return Repeater(name, work, every_s=every_s, reach=self._reach)
