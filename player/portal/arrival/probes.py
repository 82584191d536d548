"""How phones and computers find out whether they have reached the internet, and what they must be answered. Pure.

Each system asks a fixed address by plain HTTP. Any answer but the expected one means "captive portal", and a redirect
is the one that all of them take so. Sources: Android's NetworkMonitor, Firefox' captivedetect, the documentation of
NetworkManager and of Microsoft's NCSI.
"""

from __future__ import annotations

from dataclasses import dataclass

HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
APPLE = "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>"
FIREFOX = (
    '<meta http-equiv="refresh" content="0;url=https://support.mozilla.org/kb/captive-portal"/>'  # compared as a whole
)


@dataclass(frozen=True)
class Answer:
    """location: for a redirect"""

    status: int
    body: str = ""
    mime: str = TEXT
    location: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """The connection ends with the answer: one that was opened before joining leads to the portal for ever."""
        headers = {"Cache-Control": "no-store", "Connection": "close", "Content-Length": str(len(self.body.encode()))}
        if self.body:
            headers["Content-Type"] = self.mime
        if self.location:
            headers["Location"] = self.location
        return headers


NO_CONTENT = Answer(204)
SUCCESS_BY_PATH = {
    "/hotspot-detect.html": Answer(200, APPLE, HTML),
    "/library/test/success.html": Answer(200, APPLE, HTML),
    "/generate_204": NO_CONTENT,
    "/generate204": NO_CONTENT,
    "/gen_204": NO_CONTENT,
    "/captiveportal/generate_204": NO_CONTENT,
    "/connecttest.txt": Answer(200, "Microsoft Connect Test"),
    "/ncsi.txt": Answer(200, "Microsoft NCSI"),
    "/canonical.html": Answer(200, FIREFOX, HTML),
    "/success.txt": Answer(200, "success\n"),
    "/check_network_status.txt": Answer(200, "NetworkManager is online\n"),
    "/nm": Answer(200, "NetworkManager is online\n"),
    "/static/hotspot.txt": Answer(200, "OK"),
}
NO_CONTENT_HOSTS = frozenset({"connectivity-check.ubuntu.com"})  # at every path


def redirect(portal_url: str) -> Answer:
    """The answer to every request of a phone that has not joined.

    302 without a body: Android takes a 200 with less than five bytes for a failure, and no client looks for status 511.
    """
    return Answer(302, location=portal_url)


def success(host: str, path: str) -> Answer | None:
    """The answer of this address on the internet; None if it is no probe that is known.

    For a phone that has joined and still sends its requests to the portal, over a connection that it opened before.
    """
    if host.lower().partition(":")[0] in NO_CONTENT_HOSTS:
        return NO_CONTENT
    return SUCCESS_BY_PATH.get(path.lower())
