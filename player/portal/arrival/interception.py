"""Requests that phones sent to other servers, and that the firewall redirected here: answered before the portal's app.

The host, the method and the version of HTTP do not matter: a probe must fail before its phone has joined, and succeed
after it. No address that a phone requested is written anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from player.hotspot.messages import Answer, VisitAnswer, normal_address
from player.hotspot.plan import HotspotPlan
from player.line_socket import NoAnswer
from player.portal.arrival.probes import redirect, success

WsgiApp = Callable[..., Iterable[bytes]]


class Interception:
    """WSGI middleware: the portal's own hosts pass, all others are answered.

    look: the visit of the phone with this address; may raise NoAnswer
    api_name: the portal's name while it has a certificate
    """

    def __init__(
        self, app: WsgiApp, plan: HotspotPlan, look: Callable[[str], Answer], api_name: Callable[[], str | None]
    ) -> None:
        self._app = app
        self._look = look
        self._api_name = api_name
        self._own = own_hosts(plan)
        self._portal4 = f"http://{plan.address.ip}/"
        self._portal6 = f"http://[{plan.address6.ip}]/" if plan.address6 else self._portal4

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        host, environ["PATH_INFO"] = target_of(environ.get("HTTP_HOST", ""), environ["PATH_INFO"])
        if host in self._own or host == self._api_name():
            return self._app(environ, start_response)
        if (websocket := environ.get("wsgi.websocket")) is not None:
            websocket.close()
            return []
        address = environ.get("REMOTE_ADDR", "")
        answer = (self._joined(address) and success(host, environ["PATH_INFO"])) or redirect(self._portal(address))
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", [*answer.headers.items()])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body.encode()]

    def _joined(self, address: str) -> bool:
        try:
            return isinstance(self._look(address), VisitAnswer)
        except NoAnswer:
            return False

    def _portal(self, address: str) -> str:
        return self._portal6 if ":" in phone_address(address) else self._portal4


def own_hosts(plan: HotspotPlan) -> frozenset[str]:
    """The portal's addresses. A request without a host (HTTP/1.0) can only have meant the portal: a redirect
    would come back without one as well."""
    addresses = [str(plan.address.ip), *([f"[{plan.address6.ip}]"] if plan.address6 else [])]
    return frozenset(["", *addresses])


def target_of(header: str, path: str) -> tuple[str, str]:
    """Host and path of a request: a client that takes the box for a proxy names both in one (RFC 9112, 3.2.2)."""
    if not path.lower().startswith("http://"):
        return host_of(header), path
    host, slash, rest = path[len("http://") :].partition("/")
    return host_of(host), slash + rest or "/"


def host_of(header: str) -> str:
    """The host of a Host header in lower case, without port and final dot; IPv6 in brackets."""
    host = header.strip().lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].rstrip(".")


def phone_address(given: str) -> str:
    """A phone's address as a key: IPv4 also where the socket wraps it into IPv6.

    All phones share one IPv6 network, so each address is counted alone. The firewall limits the connections of a phone
    over all its addresses.
    """
    try:
        return str(normal_address(given))
    except ValueError:
        return given
