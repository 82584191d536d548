"""The player's words over HTTP, against a real server with faults."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import pytest

from media.wire.certificates import CertificateAnswer
from player.sync.link import WAIT_LONGEST_S, WAIT_S, FetchFailed, GaveWay, Link, NotEnrolled, ServerAway, TooOften
from player.sync.media_needs import Need
from tests.player.timelines import a_timeline
from tests.rig.servers.fake_server import FakeServer

TOKEN = "t" * 64
MEDIA = b"0123456789" * 1000


@pytest.fixture
def link(server: FakeServer) -> Link:
    server.enrol(hashlib.sha256(TOKEN.encode()).hexdigest())
    return Link(server.url, lambda: TOKEN, lambda: time.monotonic() * 1000)


def fetch(server: FakeServer, link: Link, part: Path, *, size: int = len(MEDIA)) -> None:
    link.fetch(server.url, Need(server.add_media(MEDIA), size, 0), part)


def test_an_unchanged_timeline_is_not_sent_again(server: FakeServer, link: Link) -> None:
    server.publish(a_timeline())
    fetched = link.manifest("")
    assert fetched is not None
    assert fetched.manifest.version == 1
    assert link.manifest(fetched.etag) is None


def test_a_screen_without_a_timeline_has_none(link: Link) -> None:
    assert link.manifest("") is None
    assert link.knows_us()


def test_a_server_that_is_older_than_certificates_gives_none_and_is_not_away(server: FakeServer, link: Link) -> None:
    assert link.request_certificate("") == CertificateAnswer()
    server.certificate = CertificateAnswer(name="k7m2pq.box.example.org", again_s=20)
    assert link.request_certificate("PEM") == server.certificate
    assert server.signing_requests == ["", "PEM"]


def test_an_unknown_token_is_not_enrolled(server: FakeServer, link: Link) -> None:
    server.known.clear()
    with pytest.raises(NotEnrolled):
        link.manifest("")
    assert not link.knows_us()


def test_a_server_that_is_down_or_gone_is_away(server: FakeServer, link: Link) -> None:
    server.down = True
    with pytest.raises(ServerAway, match="503"):
        link.manifest("")
    server.cut()
    with pytest.raises(ServerAway, match="cannot be reached"):
        link.manifest("")


@pytest.mark.parametrize(
    ("retry_after", "wait_s"), [("37", 37.0), ("", WAIT_S), ("Mon, 30 Nov 2026", WAIT_S), ("99999", WAIT_LONGEST_S)]
)
def test_a_server_that_takes_no_more_for_now_says_when_to_come_back(
    server: FakeServer, link: Link, retry_after: str, wait_s: float
) -> None:
    server.too_often = retry_after
    with pytest.raises(TooOften) as caught:
        link.send_plays([])
    assert caught.value.wait_s == wait_s


def test_the_page_of_a_captive_portal_is_no_server(server: FakeServer, link: Link) -> None:
    server.portal = True
    with pytest.raises(ServerAway, match="not a Liftcast server"):
        link.manifest("")


def test_pings_over_http_measure_the_server_clock(server: FakeServer, link: Link) -> None:
    server.offset_ms = 3_600_000
    sample = link.ping()
    before_ms, now_ms, after_ms = time.monotonic() * 1000, server.now_ms(), time.monotonic() * 1000
    may_err_ms = sample.error_ms + 1
    assert now_ms - after_ms - may_err_ms <= sample.offset_ms <= now_ms - before_ms + may_err_ms


def test_a_file_comes_whole(server: FakeServer, link: Link, tmp_path: Path) -> None:
    fetch(server, link, tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == MEDIA


def test_a_cut_download_goes_on_where_it_ended(server: FakeServer, link: Link, tmp_path: Path) -> None:
    server.faults[server.add_media(MEDIA)] = "cut"
    with pytest.raises(ServerAway):
        fetch(server, link, tmp_path / "part")
    assert 0 < (tmp_path / "part").stat().st_size < len(MEDIA)
    fetch(server, link, tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == MEDIA
    assert server.ranges[-1] == "bytes=5000-"


def test_a_download_that_gives_way_keeps_what_it_has(server: FakeServer, link: Link, tmp_path: Path) -> None:
    need = Need(server.add_media(MEDIA * 100), len(MEDIA) * 100, 0)
    with pytest.raises(GaveWay):
        link.fetch(server.url, need, tmp_path / "part", lambda: False)
    assert 0 < (tmp_path / "part").stat().st_size < need.bytes
    link.fetch(server.url, need, tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == MEDIA * 100


def test_a_file_larger_than_promised_is_not_taken(server: FakeServer, link: Link, tmp_path: Path) -> None:
    server.faults[server.add_media(MEDIA)] = "larger"
    with pytest.raises(FetchFailed, match="larger"):
        fetch(server, link, tmp_path / "part")
    assert not (tmp_path / "part").exists()


def test_a_missing_file_is_reported(server: FakeServer, link: Link, tmp_path: Path) -> None:
    server.faults[server.add_media(MEDIA)] = "missing"
    with pytest.raises(FetchFailed, match="does not have"):
        fetch(server, link, tmp_path / "part")


def test_a_part_that_is_longer_than_the_file_is_begun_anew(server: FakeServer, link: Link, tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(b"x" * 20_000)
    fetch(server, link, tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == MEDIA
