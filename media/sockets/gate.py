"""The gate in front of Socket.IO: how many sockets an address may hold, how fast they send, and who is closed.

It stands between Engine.IO, which carries messages, and Socket.IO, which reads them. An address may hold the sockets of
a whole lobby, which costs memory for each; what they send is limited for all of them together, so that a flood from
many sockets costs no more processor time than one from a few.
"""

from __future__ import annotations

import io
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import gevent
from socketio import Server

from media.networks import network_of
from media.sockets.pace import Pace
from media.sockets.packets import BadPacket

logger = logging.getLogger(__name__)

# A socket that joins no namespace belongs to no client: it was refused, or never said who it is.
NAMELESS_S = 20.0
LOOK_S = 5.0
MESSAGES_BURST, MESSAGES_PER_S = 100, 20.0
# Of an address: 300 phones that send five inputs a second in a game, and as much again for clock pings, when all
# of them come back at once. At some 100 µs each, a flood leaves most of the process to the others.
ADDRESS_BURST, ADDRESS_PER_S = 3000, 3000.0


@dataclass
class OpenSocket:
    """`network`: who holds it, see `client_of` · `opened_at`: monotonic seconds."""

    network: str
    opened_at: float
    pace: Pace = field(default_factory=lambda: Pace(MESSAGES_BURST, MESSAGES_PER_S))


class SocketGate:
    """`open` maps the Engine.IO ids of this process's sockets; a socket that is closed is in it no more.

    client_of: from an address, who is counted
    """

    def __init__(
        self, server: Server, *, namespaces: Sequence[str], most_each: int, clock: Callable[[], float] = time.monotonic,
        client_of: Callable[[str], str] = network_of,
    ) -> None:  # fmt: skip
        self.server = server
        self.namespaces = namespaces
        self.most_each = most_each
        self.clock = clock
        self.client_of = client_of
        self.open: dict[str, OpenSocket] = {}
        self.held: Counter[str] = Counter()
        self.paces: dict[str, Pace] = {}
        for event in ("connect", "message", "disconnect"):
            self._wrap(event, getattr(self, f"on_{event}"))

    def is_full(self, address: str) -> bool:
        """Whether this address holds as many sockets as it may."""
        return self.held[self.client_of(address)] >= self.most_each

    def on_connect(self, inner: Callable[..., Any], id_: str, environ: dict[str, Any]) -> Any:
        network = self.client_of(environ.get("REMOTE_ADDR", ""))
        self.open[id_] = OpenSocket(network, self.clock())
        self.held[network] += 1
        self.paces.setdefault(network, Pace(ADDRESS_BURST, ADDRESS_PER_S))
        environ["wsgi.input"] = io.BytesIO()  # no event's handler may read the connection as a request's body
        return inner(id_, environ)

    def on_message(self, inner: Callable[..., Any], id_: str, data: object) -> Any:
        """A flood is slowed down: the next message is not read before this one had its turn."""
        if (delay_s := self.delay_s(id_)) > 0:
            gevent.sleep(delay_s)
        try:
            if not data:
                raise BadPacket("it is empty")
            return inner(id_, data)
        except BadPacket as error:
            logger.warning("socket closed why=%s", error)
            self.close(id_)
        finally:
            if id_ not in self.open:
                self._forget(id_)

    def on_disconnect(self, inner: Callable[..., Any], id_: str, reason: str) -> Any:
        if (closed := self.open.pop(id_, None)) is not None:
            self.held -= Counter((closed.network,))  # and forget networks that hold none
            if closed.network not in self.held:
                del self.paces[closed.network]
        return inner(id_, reason)

    def delay_s(self, id_: str) -> float:
        """For how long this socket waits before its message is read: for its own pace, or for that of its address."""
        if (socket := self.open.get(id_)) is None:
            return 0.0
        now = self.clock()
        return max(socket.pace.delay_s(now), self.paces[socket.network].delay_s(now))

    def close_nameless(self) -> None:
        """Close the sockets that are open for a while and belong to nobody."""
        before = self.clock() - NAMELESS_S
        for id_, socket in list(self.open.items()):
            if socket.opened_at < before and not self._is_named(id_):
                self.close(id_)

    def close(self, id_: str) -> None:
        """Without waiting, as Engine.IO's own `disconnect` does, for a client that may never read its last packet."""
        if (socket := self.server.eio.sockets.get(id_)) is not None:
            socket.close(wait=False, reason=self.server.reason.SERVER_DISCONNECT)

    def _forget(self, id_: str) -> None:
        """A socket that was closed while it was joining would be in its rooms for good."""
        manager = self.server.manager
        for namespace in self.namespaces:
            if (sid := manager.sid_from_eio_sid(id_, namespace)) is not None:
                manager.disconnect(sid, namespace, ignore_queue=True)

    def _is_named(self, id_: str) -> bool:
        manager = self.server.manager
        return any(manager.sid_from_eio_sid(id_, namespace) is not None for namespace in self.namespaces)

    def _wrap(self, event: str, handler: Callable[..., Any]) -> None:
        inner = self.server.eio.handlers[event]
        self.server.eio.on(event, lambda *args: handler(inner, *args))


def watch_gate(gate: SocketGate, sleep: Callable[[float], object]) -> NoReturn:
    while True:
        sleep(LOOK_S)
        gate.close_nameless()
