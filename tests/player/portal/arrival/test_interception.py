"""Every system's probe, before its phone has joined and after it: by any host, method and version of HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from player.portal.arrival.interception import host_of
from player.portal.arrival.probes import SUCCESS_BY_PATH
from tests.player.portal.conftest import PHONE, STRANGER, Browser, PortalRig

PROBES = [
    ("captive.apple.com", "/hotspot-detect.html", 200),
    ("www.apple.com", "/library/test/success.html", 200),
    ("connectivitycheck.gstatic.com", "/generate_204", 204),
    ("connect.rom.miui.com", "/generate_204", 204),
    ("connectivitycheck.platform.hicloud.com", "/generate_204", 204),
    ("wifi.vivo.com.cn", "/generate_204", 204),
    ("clients3.google.com", "/gen_204", 204),
    ("edge-http.microsoft.com", "/captiveportal/generate_204", 204),
    ("www.msftconnecttest.com", "/connecttest.txt", 200),
    ("ipv6.msftconnecttest.com", "/connecttest.txt", 200),
    ("www.msftncsi.com", "/ncsi.txt", 200),
    ("detectportal.firefox.com", "/canonical.html", 200),
    ("detectportal.firefox.com", "/success.txt?ipv4", 200),
    ("nmcheck.gnome.org", "/check_network_status.txt", 200),
    ("network-test.debian.org", "/nm", 200),
    ("connectivity-check.ubuntu.com", "/", 204),
    ("fedoraproject.org", "/static/hotspot.txt", 200),
]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(("host", "path", "status"), PROBES)
def test_a_probe_fails_before_joining_and_succeeds_after_it(
    rig: PortalRig, host: str, path: str, status: int, method: str
) -> None:
    probe = Browser(rig.app, host=host)
    before = probe.open(method, path)
    assert (before.status_code, before.headers["Location"], before.data) == (302, "http://10.42.0.1/", b"")
    assert (before.headers["Cache-Control"], before.headers["Connection"]) == ("no-store", "close")
    Browser(rig.app).post("/join")
    after = probe.open(method, path)
    assert (after.status_code, after.headers["Connection"]) == (status, "close")
    expected = SUCCESS_BY_PATH.get(path.partition("?")[0])
    assert after.data == (expected.body.encode() if expected and method == "GET" else b"")
    assert int(after.headers["Content-Length"]) == (len(expected.body) if expected else 0)


@pytest.mark.parametrize(
    "host",
    ["example.com", "EXAMPLE.com.", "10.42.0.2", "203.0.113.9:80", "[2001:db8::1]", "a b", "\0", "ü", "10.42.0.1.evil"],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "OPTIONS", "BREW"])
def test_any_request_to_another_host_is_sent_to_the_portal(rig: PortalRig, host: str, method: str) -> None:
    status, headers, body = raw(rig, HTTP_HOST=host, REQUEST_METHOD=method, PATH_INFO="/socket.io/")
    assert (status, headers["Location"], body) == ("302 Found", "http://10.42.0.1/", b"")


def test_without_a_host_the_portal_is_meant(rig: PortalRig) -> None:
    """As of HTTP/1.0: a redirect would come back without a host again."""
    status, _, body = raw(rig, SERVER_PROTOCOL="HTTP/1.0")
    assert status == "200 OK"
    assert b"Go online" in body


def test_over_ipv6_the_portal_is_named_by_its_ipv6_address(rig: PortalRig) -> None:
    for address, portal in (("fe80::1%wlan0", "http://[fd4c:6966:7463::1]/"), (f"::ffff:{PHONE}", "http://10.42.0.1/")):
        _, headers, _ = raw(rig, HTTP_HOST="example.com", REMOTE_ADDR=address)
        assert headers["Location"] == portal
    assert Browser(rig.app, host="[fd4c:6966:7463::1]").get("/").status_code == 200


def test_a_client_outside_the_hotspot_is_redirected(rig: PortalRig) -> None:
    assert raw(rig, HTTP_HOST="example.com", REMOTE_ADDR=STRANGER)[0] == "302 Found"


def test_while_the_unit_is_away_probes_are_redirected(rig: PortalRig) -> None:
    rig.unit_is_away = True
    assert raw(rig, HTTP_HOST="example.com")[0] == "302 Found"


def test_a_phone_that_hammers_costs_the_unit_one_request_a_second(rig: PortalRig) -> None:
    before = len(rig.kernel.commands)
    for _ in range(200):
        raw(rig, HTTP_HOST="example.com")
    assert len(rig.kernel.commands) - before <= 3
    Browser(rig.app).post("/join")
    rig.kernel.now_s += 1801
    assert raw(rig, HTTP_HOST="example.com")[0] == "302 Found"


@pytest.mark.parametrize(
    ("header", "host"),
    [("Example.COM:80", "example.com"), ("example.com.", "example.com"), ("[FD00::1]:8080", "[fd00::1]"), ("", "")],
)
def test_a_host_is_read_without_port_and_case(header: str, host: str) -> None:
    assert host_of(header) == host


def raw(rig: PortalRig, **environ: Any) -> tuple[str, dict[str, str], bytes]:
    """A request as the server passes it on, without a client that would refuse to send it."""
    given: dict[str, Any] = {
        "REQUEST_METHOD": "GET", "PATH_INFO": "/generate_204", "QUERY_STRING": "", "REMOTE_ADDR": PHONE,
        "SERVER_NAME": "box", "SERVER_PORT": "8080", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http",
    }  # fmt: skip
    given |= {"PATH_INFO": "/"} if environ.get("SERVER_PROTOCOL") else {}
    answered: list[Any] = []
    body = rig.app.wsgi_app({**given, **environ}, lambda status, headers, *_: answered.extend([status, dict(headers)]))
    return answered[0], answered[1], b"".join(body)
