"""The conformance table: what each system asks, and what it must be answered before and after joining."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from player.portal.arrival.probes import redirect, success

APPLE = "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>"
FIREFOX = '<meta http-equiv="refresh" content="0;url=https://support.mozilla.org/kb/captive-portal"/>'

PROBES = [
    ("http://captive.apple.com/hotspot-detect.html", 200, APPLE),
    ("http://www.apple.com/library/test/success.html", 200, APPLE),
    ("http://connectivitycheck.gstatic.com/generate_204", 204, ""),
    ("http://www.gstatic.com/generate_204", 204, ""),
    ("http://clients3.google.com/generate_204", 204, ""),
    ("http://play.googleapis.com/generate_204", 204, ""),
    ("http://www.google.com/gen_204", 204, ""),
    ("http://connect.rom.miui.com/generate_204", 204, ""),
    ("http://connectivitycheck.platform.hicloud.com/generate_204", 204, ""),
    ("http://wifi.vivo.com.cn/generate_204", 204, ""),
    ("http://conn1.oppomobile.com/generate_204", 204, ""),
    ("http://www.qualcomm.cn/generate_204", 204, ""),
    ("http://edge-http.microsoft.com/captiveportal/generate_204", 204, ""),
    ("http://www.msftconnecttest.com/connecttest.txt", 200, "Microsoft Connect Test"),
    ("http://ipv6.msftconnecttest.com/connecttest.txt", 200, "Microsoft Connect Test"),
    ("http://www.msftncsi.com/ncsi.txt", 200, "Microsoft NCSI"),
    ("http://detectportal.firefox.com/canonical.html", 200, FIREFOX),
    ("http://detectportal.firefox.com/success.txt?ipv4", 200, "success\n"),
    ("http://nmcheck.gnome.org/check_network_status.txt", 200, "NetworkManager is online\n"),
    ("http://network-test.debian.org/nm", 200, "NetworkManager is online\n"),
    ("http://connectivity-check.ubuntu.com/", 204, ""),
    ("http://fedoraproject.org/static/hotspot.txt", 200, "OK"),
]


@pytest.mark.parametrize(("url", "status", "body"), PROBES)
def test_a_phone_that_has_joined_is_answered_as_the_internet_would(url: str, status: int, body: str) -> None:
    parts = urlsplit(url)
    answer = success(parts.netloc, parts.path)
    assert answer is not None
    assert (answer.status, answer.body) == (status, body)
    assert answer.headers["Content-Length"] == str(len(body))
    assert ("Content-Type" in answer.headers) == bool(body)


@pytest.mark.parametrize(
    "url", ["http://www.example.com/", "http://www.msftconnecttest.com/redirect", "http://10.42.0.1/"]
)
def test_another_address_is_no_probe(url: str) -> None:
    parts = urlsplit(url)
    assert success(parts.netloc, parts.path) is None


def test_before_joining_every_request_is_redirected_and_its_connection_ends() -> None:
    answer = redirect("http://10.42.0.1/")
    assert (answer.status, answer.body) == (302, "")
    assert answer.headers == {
        "Cache-Control": "no-store",
        "Connection": "close",
        "Content-Length": "0",
        "Location": "http://10.42.0.1/",
    }


def test_ports_and_capitals_in_the_host_make_no_difference() -> None:
    assert (
        success("Connectivity-Check.ubuntu.com:80", "/x") == success("connectivity-check.ubuntu.com", "/x") is not None
    )
