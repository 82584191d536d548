"""Messages written to idle sockets at once, and framed once for all of a room.

Engine.IO puts every message into a queue of each socket; a greenlet of each socket takes it from there, and frames it
once more. For a thousand phones of one lobby, these are a thousand switches and a thousand frames of the same bytes.
Here the bytes go from the sender's greenlet to every socket that has nothing else to send. The rest goes through the
queue, as without this module: a socket whose line is full, that is polled, or that is about to change from polling.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from engineio.packet import Packet
from socketio import Server

from media.sockets.websocket import BoundedWebSocket, message_frame


class DirectSends:
    """Takes over how one Socket.IO server sends. Order and time-outs of pings stay as they were."""

    def __init__(self, server: Server) -> None:
        self._eio = server.eio
        self._send_by_queue = self._eio.send_packet
        self._wrap_websocket = self._eio._async["websocket"]
        self._eio.send_packet = self.send_packet
        self._eio._async = {**self._eio._async, "websocket": self._noted}
        self._websockets: dict[str, BoundedWebSocket] = {}
        self._packet = Packet()
        self._frame = b""

    def send_packet(self, id_: str, packet: Packet) -> None:
        """Called by python-socketio for each socket of a room with the same packet."""
        websocket = self._websockets.get(id_)
        if websocket is None or not self._is_next(id_) or not websocket.send_now(self._framed(packet)):
            self._send_by_queue(id_, packet)

    def _is_next(self, id_: str) -> bool:
        """Whether nothing that was sent before still waits, and the client answered its last ping in time."""
        socket = self._eio.sockets.get(id_)
        if socket is None or socket.closing or socket.closed or not socket.upgraded or socket.upgrading:
            return False
        return bool(socket.queue.empty() and socket.check_ping_timeout())

    def _framed(self, packet: Packet) -> bytes:
        if packet is not self._packet:
            self._packet, self._frame = packet, message_frame(packet.encode())
        return self._frame

    def _noted(self, handler: Callable[..., Any], server: Any) -> Callable[..., Iterable[bytes]]:
        """Engine.IO's WebSocket, known here by the id of its socket for as long as it is open."""
        wrapped, id_ = self._wrap_websocket(handler, server), handler.__self__.sid  # type: ignore[attr-defined]

        def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            self._websockets[id_] = environ["wsgi.websocket"]
            try:
                answer: Iterable[bytes] = wrapped(environ, start_response)
                return answer
            finally:
                del self._websockets[id_]

        return application
