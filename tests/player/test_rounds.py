"""The rounds of the player, over a link and stores that take notes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from media.clock import PING_BURST
from media.wire.status import Status
from player.hotspot.messages import PlanState, SetPlan
from player.journal.journal import BATCH
from player.line_socket import NoAnswer
from player.rounds import (
    CLOCK_S,
    PICTURE_S,
    SOCKET_SILENT_NS,
    UNTRUSTED_CLOCK_S,
    CertificateRound,
    ClockRound,
    HotspotPlanRound,
    HousekeepingRound,
    LeaseRound,
    PictureRound,
    PlaysRound,
    StatusRound,
    TimelineRound,
)
from player.status import news_of
from player.sync.link import NotEnrolled, ServerAway
from tests.player.timelines import a_timeline

ENROLLED, NOT_ENROLLED = SimpleNamespace(enrolled=True), SimpleNamespace(enrolled=False)
STATUS = Status(hardware="box", boot_id="boot", seq=1, now_ms=0, showing="a")


@pytest.mark.parametrize("kind", [TimelineRound, StatusRound, PlaysRound, LeaseRound, CertificateRound, PictureRound])
def test_a_box_that_is_not_enrolled_sends_nothing(kind: Any) -> None:
    mocks = {PlaysRound: 1, CertificateRound: 1, LeaseRound: 3}.get(kind, 2)
    link, more = Mock(), [Mock() for _ in range(mocks)]
    kind(link, NOT_ENROLLED, *more).run()
    assert link.method_calls == []


class TestTimeline:
    def test_a_newer_timeline_is_accepted_and_the_server_is_back(self) -> None:
        link, store, reach = Mock(), Mock(etag='"1"'), Mock()
        TimelineRound(link, ENROLLED, store, reach).run()  # type: ignore[arg-type]
        link.manifest.assert_called_once_with('"1"')
        store.accept.assert_called_once_with(link.manifest.return_value)
        reach.is_back.assert_called_once()

    def test_an_unchanged_one_is_not(self) -> None:
        link, store = Mock(), Mock()
        link.manifest.return_value = None
        TimelineRound(link, ENROLLED, store, Mock()).run()  # type: ignore[arg-type]
        store.accept.assert_not_called()

    def test_a_box_that_is_on_no_screen_forgets_its_timeline_and_enrols_anew(self) -> None:
        link, enrolment, store, lost = Mock(), Mock(enrolled=True), Mock(), Mock()
        link.manifest.side_effect = NotEnrolled("revoked")
        polling = TimelineRound(link, enrolment, store, Mock())
        polling.on_lost.append(lost)
        polling.run()
        enrolment.lost.assert_called_once_with("revoked")
        store.forget.assert_called_once()
        lost.assert_called_once()


def test_the_news_of_a_status_count_as_sent_only_when_it_was() -> None:
    link, heartbeat = Mock(), Mock()
    heartbeat.next.return_value = STATUS
    sending = StatusRound(link, ENROLLED, heartbeat, Mock())  # type: ignore[arg-type]
    link.send_status.side_effect = ServerAway("down")
    with pytest.raises(ServerAway):
        sending.run()
    assert sending.sent_news == ()
    link.send_status.side_effect = None
    sending.run()
    assert sending.sent_news == news_of(STATUS)


@pytest.mark.parametrize(("waiting", "posts"), [(0, 0), (1, 1), (BATCH, 1), (2 * BATCH + 1, 3)])
def test_plays_are_sent_batch_after_batch_until_none_waits(waiting: int, posts: int) -> None:
    plays, link, journal = list(range(waiting)), Mock(), Mock()
    journal.unsent = lambda most: plays[:most]

    def settle(_answers: object) -> int:
        settled = len(plays[:BATCH])
        del plays[:BATCH]
        return settled

    journal.settle = settle
    PlaysRound(link, ENROLLED, journal).run()  # type: ignore[arg-type]
    assert (link.send_plays.call_count, plays) == (posts, [])


def test_plays_that_the_server_settles_none_of_wait_for_the_next_round() -> None:
    link, journal = Mock(), Mock()
    journal.unsent.return_value, journal.settle.return_value = [Mock()] * BATCH, 0
    PlaysRound(link, ENROLLED, journal).run()  # type: ignore[arg-type]
    assert link.send_plays.call_count == 1


class TestLeases:
    def test_hand_outs_are_reported_before_leases_are_renewed_and_games_after_both(self) -> None:
        link, leases, games = Mock(), Mock(), Mock()
        leases.unreported.side_effect = [["first"], ["second"], []]
        games.unreported.side_effect = [["round"], []]
        LeaseRound(link, ENROLLED, leases, games, Mock(now_ms=lambda: 5)).run()  # type: ignore[arg-type]
        sent = [call[0] for call in link.method_calls]
        assert sent == ["send_hand_outs", "send_hand_outs", "renew_leases", "send_game_rounds"]
        request = leases.request.return_value
        leases.accept.assert_called_once_with(link.renew_leases.return_value, request=request, now_ms=5)

    def test_none_is_renewed_while_a_report_is_not_settled(self) -> None:
        link, leases = Mock(), Mock()
        leases.unreported.return_value, leases.settle.return_value = ["first"], 0
        LeaseRound(link, ENROLLED, leases, Mock(), Mock()).run()  # type: ignore[arg-type]
        link.renew_leases.assert_not_called()

    def test_games_that_the_server_answers_none_of_wait_for_the_next_round(self) -> None:
        link, leases, games = Mock(), Mock(), Mock()
        leases.unreported.return_value = []
        games.unreported.return_value, games.settle.return_value = ["round"], 0
        LeaseRound(link, ENROLLED, leases, games, Mock()).run()  # type: ignore[arg-type]
        assert link.send_game_rounds.call_count == 1


class TestHotspotPlan:
    def test_the_newest_plan_is_sent_with_the_portals_name(self) -> None:
        sent = Mock(return_value=PlanState())
        manifest = a_timeline().manifest
        HotspotPlanRound(Mock(newest=manifest), sent, lambda: "abc.box.example").run()
        sent.assert_called_once_with(SetPlan(planned=manifest.settings.hotspot, portal_name="abc.box.example"))

    def test_without_a_timeline_none_is_sent_and_a_hotspot_that_is_away_waits_for_the_next_round(self) -> None:
        sent = Mock(side_effect=NoAnswer("away"))
        HotspotPlanRound(Mock(newest=None), sent, lambda: None).run()
        sent.assert_not_called()
        HotspotPlanRound(Mock(newest=a_timeline().manifest), sent, lambda: None).run()
        sent.assert_called_once()


def test_a_certificate_is_accepted_for_the_request_that_was_sent() -> None:
    link, requests = Mock(), Mock(signing_request="request")
    CertificateRound(link, ENROLLED, requests).run()  # type: ignore[arg-type]
    link.request_certificate.assert_called_once_with("request")
    requests.accept.assert_called_once_with("request", link.request_certificate.return_value)


class TestPicture:
    def test_the_same_picture_is_sent_once_unless_it_is_to_be_sent_again(self) -> None:
        link, display = Mock(), Mock()
        sending = PictureRound(link, ENROLLED, display, Mock())  # type: ignore[arg-type]
        for jpeg in (b"a", b"a", None, b"b"):
            display.picture.return_value = jpeg
            sending.run()
        assert [call.args[0] for call in link.send_picture.call_args_list] == [b"a", b"b"]
        sending.forget_sent()
        sending.run()
        assert link.send_picture.call_count == 3

    def test_a_picture_that_was_not_sent_is_sent_by_the_next_round(self) -> None:
        link, display = Mock(), Mock()
        display.picture.return_value = b"a"
        link.send_picture.side_effect = [ServerAway("down"), None]
        sending = PictureRound(link, ENROLLED, display, Mock())  # type: ignore[arg-type]
        with pytest.raises(ServerAway):
            sending.run()
        sending.run()
        assert link.send_picture.call_count == 2

    def test_the_screen_says_how_often(self) -> None:
        with_one = SimpleNamespace(manifest=a_timeline().manifest)
        assert PictureRound(Mock(), Mock(), Mock(), with_one).every_s() == 10.0  # type: ignore[arg-type]
        assert PictureRound(Mock(), Mock(), Mock(), Mock(manifest=None)).every_s() == PICTURE_S


class TestClock:
    def test_the_clock_is_pinged_over_http_only_while_the_socket_is_silent(self) -> None:
        link, clock, learned = Mock(), Mock(), Mock()
        clock.now_ns.return_value = 1
        pinging = ClockRound(link, clock, Mock(), on_learned=learned)
        pinging.run()
        assert (link.ping.call_count, learned.call_count) == (PING_BURST, 1)
        clock.now_ns.return_value = 1 + SOCKET_SILENT_NS
        pinging.run()
        assert link.ping.call_count == PING_BURST
        clock.now_ns.return_value += 1
        pinging.learn(["a burst of the socket's"])  # type: ignore[list-item]
        pinging.run()
        assert link.ping.call_count == PING_BURST
        clock.now_ns.return_value += SOCKET_SILENT_NS + 1
        pinging.run()
        assert link.ping.call_count == 2 * PING_BURST

    @pytest.mark.parametrize(("trusted", "pause_s"), [(True, CLOCK_S), (False, UNTRUSTED_CLOCK_S)])
    def test_it_is_pinged_more_often_until_it_is_trusted(self, trusted: bool, pause_s: float) -> None:
        assert ClockRound(Mock(), Mock(trusted=trusted), Mock(), on_learned=Mock()).every_s() == pause_s


def test_housekeeping_reports_news_once_they_differ_from_what_was_sent() -> None:
    heartbeat, news, watchdog = Mock(), Mock(), Mock()
    heartbeat.now.return_value = STATUS
    status = SimpleNamespace(sent_news=news_of(STATUS))
    clock, store = Mock(), Mock()
    keeping = HousekeepingRound(clock, store, heartbeat, status, watchdog)  # type: ignore[arg-type]
    keeping.on_news.append(news)
    keeping.run()
    news.assert_not_called()
    heartbeat.now.return_value = STATUS.model_copy(update={"version": 2})
    keeping.run()
    news.assert_called_once()
    assert (clock.keep_if_due.call_count, store.settle.call_count) == (2, 2)
    watchdog.report.assert_called_with("version 2, showing a, plays waiting 0")
