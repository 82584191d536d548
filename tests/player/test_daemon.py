"""The whole player in this process: real threads, a real small server, a fake display."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from media.hotspot_plan import MOST_OPEN_NAMES
from media.presence import token_at
from media.wire.certificates import CertificateAnswer
from media.wire.hotspot import planned_hotspot
from media.wire.leases import Validity
from media.wire.status import CertificateReport
from media.wire.timeline import Interrupt, ScreenSettings
from player.daemon import Daemon, FolderTaken
from player.hotspot.messages import PlanState, SetPlan
from player.hotspot.unit import PLAN_BYTES, PLAN_SOCKET, REQUEST_SOCKET
from player.line_socket import LineServer
from player.portal.upstream.clients import PHONES_SOCKET, PlayerClient
from player.portal.upstream.player_messages import Coupon, ScreenAnswer
from player.settings import Settings
from tests.player.fake_display import FakeDisplay
from tests.player.show_rig import counts_of
from tests.player.sync.test_leases import lease
from tests.rig.players.player_box import Programme
from tests.rig.servers.fake_server import FakeServer
from tests.rig.servers.processes import eventually

SETTINGS = ScreenSettings(
    strip=True, page_url="http://screens.example.org/s/ABC234", short_address="screens.example.org/s/ABC234",
    presence_key="k" * 32, picture_every_s=1,
)  # fmt: skip


class Running:
    """A daemon on a thread of this process."""

    def __init__(
        self,
        folder: Path,
        server: FakeServer,
        *,
        poll_s: int = 600,
        hotspot_plan: Path | None = None,
        hotspot_dir: Path = Path("liftcast-hotspot"),
    ) -> None:
        self.display = FakeDisplay()
        self.settings = Settings(
            server_url=server.url, player_dir=folder, poll_s=poll_s, hardware_id="box-1", disk_quota_mb=64,
            hotspot_plan=hotspot_plan, hotspot_dir=hotspot_dir,
        )  # fmt: skip
        self.daemon = Daemon(self.settings, self.display)
        self._thread = threading.Thread(target=self.daemon.run, name="daemon")
        self._thread.start()

    @property
    def shows(self) -> str:
        visible = self.display.visible
        return visible.path.name if visible else ""

    def stop(self) -> None:
        self.daemon.stop()
        self._thread.join(30)
        assert not self._thread.is_alive()


Start = Callable[..., Running]


@pytest.fixture
def programme(server: FakeServer) -> Programme:
    programme = Programme(server)
    for colour in ("red", "blue"):
        programme.add(colour)
    return programme


@pytest.fixture
def start(server: FakeServer, tmp_path: Path) -> Iterator[Start]:
    """Starts enrolled players that work in one folder."""
    folder = tmp_path / "player"
    folder.mkdir()
    (folder / "token").write_text("t" * 64)
    server.enrol(hashlib.sha256(b"t" * 64).hexdigest())
    with ExitStack() as stack:

        def started(**more: Any) -> Running:
            running = Running(folder, server, **more)
            stack.callback(running.stop)
            return running

        yield started


def shown(running: Running, programme: Programme, item: str) -> None:
    digest = programme.items[item].screen.digest
    eventually(lambda: running.shows == digest, within_s=30, what=f"{item} on the screen")


def connected(server: FakeServer) -> None:
    eventually(lambda: server.sockets, within_s=20, what="the player's socket")


def test_a_hint_brings_a_change_without_a_poll(server: FakeServer, programme: Programme, start: Start) -> None:
    programme.publish("red", house=["blue"])
    running = start()
    shown(running, programme, "red")
    connected(server)
    before = server.requests["/api/v1/player/timeline"]
    fire = Interrupt(id="i", item="blue", from_ms=int(server.now_ms()))
    programme.publish("red", house=["blue"], interrupts=[fire], hint="interrupt")
    shown(running, programme, "blue")
    assert server.requests["/api/v1/player/timeline"] <= before + 3


def test_a_lost_hint_does_not_matter(server: FakeServer, programme: Programme, start: Start) -> None:
    programme.publish("red", house=["blue"])
    running = start(poll_s=1)
    shown(running, programme, "red")
    programme.publish("blue", house=["blue"], hint=None)
    shown(running, programme, "blue")


def test_the_held_version_is_reported_at_once(server: FakeServer, programme: Programme, start: Start) -> None:
    programme.publish("red", house=["blue"])
    start()
    eventually(lambda: [s.version for s in server.statuses][-1:] == [1], within_s=20, what="version 1")
    connected(server)
    programme.publish("blue", house=["blue"])
    eventually(lambda: server.statuses[-1].version == 2, within_s=10, what="version 2")
    status = server.statuses[-1]
    assert (status.hardware, status.clock_trusted, status.files_missing) == ("box-1", True, ())
    numbers = [s.seq for s in list(server.statuses)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_strip_belongs_to_what_is_shown(programme: Programme, start: Start) -> None:
    programme.publish("red", house=["blue"], settings=SETTINGS)
    running = start()
    strip = eventually(lambda: running.display.strip_png, within_s=20, what="a strip")
    assert strip.read_bytes().startswith(b"\x89PNG")


def test_the_status_names_what_is_broken_until_it_is_well_again(
    server: FakeServer, programme: Programme, start: Start
) -> None:
    programme.publish("red", house=["blue"], settings=SETTINGS)
    running = start()
    shown(running, programme, "red")
    running.display.die("it does not answer", cause="x_server")
    eventually(lambda: faults(server) == [("x_server", "")], within_s=30, what="the X server's fault")
    assert server.statuses[-1].display == "it does not answer"
    running.display.restart()
    eventually(lambda: faults(server) == [], within_s=30, what="no fault")


def test_the_status_names_an_item_that_cannot_be_shown(server: FakeServer, programme: Programme, start: Start) -> None:
    programme.publish("red", house=["blue"], settings=SETTINGS)
    running = start()
    shown(running, programme, "red")
    running.display.broken[programme.items["red"].screen.digest] = "VLC could not play it"
    red = programme.items["red"].title
    eventually(lambda: faults(server) == [("item", red)], within_s=30, what="the item's fault")
    assert server.statuses[-1].display == ""


def faults(server: FakeServer) -> list[tuple[str, str]]:
    return [(fault.kind, fault.title) for fault in server.statuses[-1].faults] if server.statuses else []


def test_a_picture_is_sent_once_while_nothing_changes(server: FakeServer, programme: Programme, start: Start) -> None:
    programme.publish("red", house=["blue"], settings=SETTINGS)
    start()
    eventually(lambda: server.pictures, within_s=20, what="a picture")
    connected(server)
    assert server.command({"do": "picture"}) == {"ok": True}
    eventually(lambda: len(server.pictures) == 2, within_s=20, what="the picture that was requested")


def test_commands_are_acknowledged_and_unknown_ones_refused(
    server: FakeServer, programme: Programme, start: Start
) -> None:
    programme.publish("red", house=["blue"], settings=SETTINGS)
    running = start()
    shown(running, programme, "red")
    connected(server)
    assert server.command({"do": "identify"}) == {"ok": True}
    eventually(lambda: "identity" in str(running.display.strip_png), within_s=10, what="the screen's name")
    assert server.command({"id": "1", "do": "restart_display"}) == {"ok": True}
    assert ("start_over", None) in running.display.calls
    shown(running, programme, "red")
    assert server.command({"do": "dance"}) == {"ok": False, "why": "this player knows no command 'dance'"}


def test_the_clock_is_queried_over_http_where_no_socket_connects(
    server: FakeServer, programme: Programme, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("player.sync.server_socket.ServerSocket._one_connection", lambda _: False)
    server.offset_ms = 3_600_000
    programme.publish("red", house=["blue"])
    running = start()
    shown(running, programme, "red")
    assert abs(running.daemon.clock.now_ms() - server.now_ms()) < 1000


def test_two_players_cannot_share_a_folder(start: Start, server: FakeServer, tmp_path: Path) -> None:
    start()
    settings = Settings(server_url=server.url, player_dir=tmp_path / "player", hardware_id="box-1")
    with pytest.raises(FolderTaken):
        Daemon(settings, FakeDisplay())


def test_a_stop_ends_the_row_which_is_sent_after_the_next_start(
    server: FakeServer, programme: Programme, start: Start
) -> None:
    programme.publish("red", house=["blue"])
    first = start()
    shown(first, programme, "red")
    first.stop()
    start()
    eventually(
        lambda: "the player was stopped" in {play.why for play in server.plays.values()}, within_s=30, what="the row"
    )


def test_no_token_is_ever_logged(
    server: FakeServer, programme: Programme, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    programme.publish("red", house=["blue"])
    with caplog.at_level("DEBUG"):
        running = start()
        shown(running, programme, "red")
        connected(server)
        server.cut()
    assert "t" * 64 not in caplog.text


def test_a_play_has_the_phones_that_the_hotspot_counted(
    server: FakeServer, programme: Programme, start: Start, tmp_path: Path
) -> None:
    (tmp_path / "hotspot").mkdir()
    hotspot = LineServer(tmp_path / "hotspot" / REQUEST_SOCKET, lambda line: counts_of(5).model_dump_json().encode())
    hotspot.start()
    programme.publish("red", house=["blue"], settings=SETTINGS)
    running = start(hotspot_plan=tmp_path / "plan", hotspot_dir=tmp_path / "hotspot")
    shown(running, programme, "red")
    eventually(lambda: running.daemon.phone_counts.report().counts, within_s=20, what="phones counted")
    running.daemon.rounds.status.wake()
    eventually(lambda: [s.hotspot.counts for s in server.statuses if s.hotspot], within_s=20, what="the status")
    running.stop()
    hotspot.stop()
    start()
    eventually(lambda: 5 in {play.phones for play in server.plays.values()}, within_s=30, what="the play")


def test_the_venues_plan_reaches_the_hotspot_before_the_media_of_its_timeline(
    server: FakeServer, programme: Programme, start: Start, tmp_path: Path
) -> None:
    (tmp_path / "hotspot").mkdir()
    received: list[SetPlan] = []

    def answer(line: bytes) -> bytes:
        received.append(SetPlan.model_validate_json(line))
        return PlanState().model_dump_json().encode()

    hotspot = LineServer(tmp_path / "hotspot" / PLAN_SOCKET, answer, request_bytes=PLAN_BYTES)
    hotspot.start()
    names = [f"{number}.{'a' * 60}.{'b' * 60}.{'c' * 60}.{'d' * 60}.example.org" for number in range(MOST_OPEN_NAMES)]
    plan = planned_hotspot({"ssid": "Lobby", "country": "DE", "open_names": names})
    programme.publish("red", house=["blue"], settings=SETTINGS.model_copy(update={"hotspot": plan}))
    running = start(hotspot_plan=tmp_path / "plan", hotspot_dir=tmp_path / "hotspot")
    eventually(lambda: running.daemon.timeline_store.newest, within_s=20, what="the timeline")
    running.daemon.rounds.plan.wake()
    eventually(lambda: SetPlan(planned=plan) in received, within_s=20, what="the plan")
    running.stop()
    hotspot.stop()


def test_the_portals_certificate_is_requested_reported_and_its_name_advertised(
    server: FakeServer, programme: Programme, start: Start, tmp_path: Path
) -> None:
    (tmp_path / "hotspot").mkdir()
    received: list[SetPlan] = []

    def answer(line: bytes) -> bytes:
        received.append(SetPlan.model_validate_json(line))
        return PlanState().model_dump_json().encode()

    hotspot = LineServer(tmp_path / "hotspot" / PLAN_SOCKET, answer, request_bytes=PLAN_BYTES)
    hotspot.start()
    name = "k7m2pq.box.example.org"
    server.certificate = CertificateAnswer(name=name, chain="chain", again_s=20)
    programme.publish("red", house=["blue"], settings=SETTINGS)
    running = start(hotspot_plan=tmp_path / "plan", hotspot_dir=tmp_path / "hotspot")
    portal = PlayerClient(running.settings.player_dir / PHONES_SOCKET, "http://server.invalid")
    shown(running, programme, "red")
    eventually(lambda: portal.certificate("", CertificateReport()).name, within_s=20, what="the box's name")
    eventually(lambda: portal.certificate("PEM", CertificateReport()).chain, within_s=20, what="the chain")
    assert "PEM" in server.signing_requests
    report = CertificateReport(name=name, starts_ms=1, expires_ms=2)
    assert portal.certificate("", report).chain == ""
    eventually(lambda: SetPlan(planned=None, portal_name=name) in received, within_s=20, what="the name")

    def reported() -> bool:
        return any(status.hotspot and status.hotspot.certificate == report for status in server.statuses)

    eventually(reported, within_s=20, what="the status")
    running.stop()
    hotspot.stop()


def test_a_hotspots_portal_reads_what_the_screen_shows_now(programme: Programme, start: Start, tmp_path: Path) -> None:
    programme.publish("red", house=["blue"], settings=SETTINGS)
    running = start(hotspot_plan=tmp_path / "plan")
    portal = PlayerClient(running.settings.player_dir / PHONES_SOCKET, "http://server.invalid")
    shown(running, programme, "red")
    screen = portal.screen()
    assert isinstance(screen, ScreenAnswer)
    assert (screen.stage.spots[0].item, screen.stage.media_base, screen.has_uplink) == ("red", "", True)
    assert screen.public_base == "http://screens.example.org"
    assert screen.presence == token_at("k" * 32, screen.stage.now_ms)
    before, between, after = running.daemon.clock.now_ms(), portal.now_ms(), running.daemon.clock.now_ms()
    assert before - 2 <= between <= after + 2
    digest = programme.items["red"].screen.digest
    media = portal.media(digest)
    assert media is not None
    assert hashlib.sha256(Path(media.path).read_bytes()).hexdigest() == digest
    assert portal.media("0" * 64) is None


def test_a_hotspot_gives_out_its_lease_while_the_server_is_away_and_reports_it_once(
    server: FakeServer, programme: Programme, start: Start, tmp_path: Path
) -> None:
    now_ms, phone = int(server.now_ms()), "ab" * 32
    validity = (Validity(until_ms=now_ms + 86_400_000, expires_ms=now_ms + 172_800_000),)
    server.leases = (lease(1, 2).model_copy(update={"validity": validity, "expires_ms": now_ms + 86_400_000}),)
    programme.publish("red", house=["blue"], settings=SETTINGS)
    running = start(hotspot_plan=tmp_path / "plan")
    leases = running.daemon.leases
    eventually(lambda: leases.request().holds, within_s=20, what="the lease")
    shown(running, programme, "red")
    server.cut()
    portal = PlayerClient(running.settings.player_dir / PHONES_SOCKET, "http://server.invalid")
    coupon = portal.hand_out("offer", phone=phone, key="k")
    assert isinstance(coupon, Coupon)
    assert portal.hand_out("offer", phone=phone, key="k", only_earlier=True).claim.claim == coupon.claim.claim
    server.start()
    eventually(lambda: portal.coupons_of(phone)[0].reported, within_s=30, what="the report")
    assert [(out.claim, out.phone, out.key) for out in server.hand_outs] == [(coupon.claim.claim, phone, "k")]
