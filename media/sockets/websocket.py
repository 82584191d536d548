"""A WebSocket whose client can neither fill this process's memory nor keep a closed socket open.

gevent-websocket's own class reads a frame whole, however long it says it is, and a message until its last fragment; it
unmasks and checks each byte in Python, and leaves the connection open after its close frame. This takes its place.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable
from contextlib import suppress
from socket import MSG_DONTWAIT, SHUT_RD, SHUT_RDWR
from typing import Any

import gevent
import gevent.socket
from gevent.lock import BoundedSemaphore
from geventwebsocket.exceptions import FrameTooLargeException, ProtocolError, WebSocketError
from geventwebsocket.websocket import Header

from media.sockets.pace import Pace

MESSAGE_MOST = 100_000  # bytes, over all its fragments
# 100 kB in pieces of a network packet's size are 70 fragments.
FRAGMENTS_MOST = 128
# A box sends its status and a burst of eight pings at once, a phone ten; a pong every 20 s.
FRAMES_BURST, FRAMES_PER_S = 100, 40.0
CLOSE_WITHIN_S = 2.0

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

# Close codes of RFC 6455, section 7.4.1.
GOING, BAD_FRAME, BAD_KIND, BAD_TEXT, TOO_BIG, TRY_LATER = 1000, 1002, 1003, 1007, 1009, 1013


class BadMessage(Exception):
    """A message that ends the connection, with the close code that says why."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class BoundedWebSocket:
    """The parts of a WebSocket that Engine.IO uses. A client may send texts of at most 100 kB, so many a second.

    `version`, `path`, `origin` and `protocol` are what Engine.IO copies from every WebSocket.
    """

    def __init__(self, environ: dict[str, Any], connection: Any, read: Callable[[int], bytes]) -> None:
        self.version = environ.get("HTTP_SEC_WEBSOCKET_VERSION")
        self.path = environ.get("PATH_INFO")
        self.origin = environ.get("HTTP_ORIGIN")
        self.protocol = environ.get("HTTP_SEC_WEBSOCKET_PROTOCOL")
        self.connection = connection
        self.read = read
        self.pace = Pace(FRAMES_BURST, FRAMES_PER_S)
        self.closed = False
        self.turn_to_write = BoundedSemaphore()  # a frame must not begin in the middle of another
        self.writers = 0  # greenlets that write or wait for their turn

    def settimeout(self, seconds: float) -> None:
        """Engine.IO sets this to the longest silence of a client that answers its pings."""
        self.connection.settimeout(seconds)

    def send(self, message: str | bytes) -> None:
        self._write(message_frame(message))

    def send_now(self, frame: bytes) -> bool:
        """Write a frame without waiting; False, and nothing is written, if the line is full or others come first.

        What the line does not take at once is written by a greenlet, and other frames wait for it. Never over TLS,
        whose bytes only its own object may write.
        """
        is_free = not (self.closed or self.writers or self.turn_to_write.locked())
        if not is_free or type(self.connection) is not gevent.socket.socket:
            return False
        try:
            taken = self.connection._sock.send(frame, MSG_DONTWAIT)
        except OSError:  # BlockingIOError is one; the end of a connection is noticed where it is read
            return False
        if taken < len(frame):
            self.turn_to_write.acquire()
            gevent.spawn(self._write_rest, frame[taken:])
        return True

    def receive(self) -> str | None:
        """The next message, or None when the socket is closed. A client that breaks the rules is closed."""
        if self.closed:
            return None
        try:
            return self.read_message()
        except BadMessage as error:
            self.close(error.code)
        except FrameTooLargeException:
            self.close(TOO_BIG)
        except ProtocolError:
            self.close(BAD_FRAME)
        except OSError:  # WebSocketError is one
            self.close()
        return None

    def read_message(self) -> str | None:
        """One message from its fragments; pings between them are answered."""
        parts: list[bytes] = []
        size = 0
        while True:
            header = self._read_header()
            if header.opcode >= CLOSE:
                if self._is_end(header):
                    return None
                continue
            size += header.length
            check_fragment(header, size=size, before=len(parts))
            parts.append(self._read_payload(header))
            if header.fin:
                return decode_text(b"".join(parts))

    def close(self, code: int = GOING) -> None:
        """Say why if the line is free, then end the connection, which wakes the greenlets that still wait for it."""
        if self.closed:
            return
        is_free = not self.turn_to_write.locked()
        with suppress(OSError):
            if is_free:
                self.connection.settimeout(CLOSE_WITHIN_S)
                self._write(framed(struct.pack("!H", code), CLOSE))
        self.closed = True
        with suppress(OSError):
            self.connection.shutdown(SHUT_RD if is_free else SHUT_RDWR)

    def _read_header(self) -> Header:
        if (delay_s := self.pace.delay_s(time.monotonic())) > 0:
            gevent.sleep(delay_s)
        self._see_that_it_is_open()
        header = Header.decode_header(self)
        if header.flags or not header.mask:  # RFC 6455, section 5.1: every client masks
            raise BadMessage(BAD_FRAME)
        return header

    def _is_end(self, header: Header) -> bool:
        """Deal with a control frame; True if the client closed the socket."""
        payload = self._read_payload(header)
        if header.opcode == CLOSE:
            self.close()
            return True
        if header.opcode > PONG:
            raise BadMessage(BAD_FRAME)
        if header.opcode == PING and not self.turn_to_write.locked():
            self._write(framed(payload, PONG))
        return False

    def _read_payload(self, header: Header) -> bytes:
        self._see_that_it_is_open()
        masked = self.read(header.length)
        if len(masked) != header.length:
            raise WebSocketError("the connection ended in a frame")
        return unmask(masked, header.mask)

    def _see_that_it_is_open(self) -> None:
        """Another greenlet may have closed it while this one waited."""
        if self.closed:
            raise WebSocketError("the socket was closed meanwhile")

    def _write(self, frame: bytes) -> None:
        """One greenlet may wait here for a slow client, the others then wait for it."""
        self.writers += 1
        try:
            with self.turn_to_write:
                if self.closed:
                    raise WebSocketError("the socket is closed")
                self.connection.sendall(frame)
        finally:
            self.writers -= 1

    def _write_rest(self, rest: bytes) -> None:
        """It is this greenlet's turn already."""
        try:
            self.connection.sendall(rest)
        except OSError:  # half a frame was sent: nothing can follow it
            self.close()
        finally:
            self.turn_to_write.release()


def message_frame(message: str | bytes) -> bytes:
    """One message as a client receives it. Bytes are what Socket.IO attaches to a message."""
    return framed(message, BINARY) if isinstance(message, bytes) else framed(message.encode(), TEXT)


def framed(payload: bytes, opcode: int) -> bytes:
    return bytes(Header.encode_header(True, opcode, b"", len(payload), 0)) + payload


def check_fragment(header: Header, *, size: int, before: int) -> None:
    """`size`: of the message with this fragment · `before`: how many fragments it had so far.

    Raises BadMessage.
    """
    if size > MESSAGE_MOST or before >= FRAGMENTS_MOST:
        raise BadMessage(TOO_BIG)
    if header.opcode == BINARY:  # nothing that a client sends is binary
        raise BadMessage(BAD_KIND)
    if header.opcode != (CONTINUATION if before else TEXT):
        raise BadMessage(BAD_FRAME)


def unmask(masked: bytes, mask: bytes) -> bytes:
    """RFC 6455, section 5.3, as one operation on large integers: byte by byte, 100 kB would hold the hub for 10 ms."""
    size = len(masked)
    repeated = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(masked, "big") ^ int.from_bytes(repeated, "big")).to_bytes(size, "big")


def decode_text(raw: bytes) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise BadMessage(BAD_TEXT) from error
    if not is_packet(text):
        raise BadMessage(BAD_FRAME)
    return text


def is_packet(text: str) -> bool:
    """Whether this may be an Engine.IO packet of a client: closing, a probe, a pong, a message, or an upgrade."""
    return text[:1] in ("1", "2", "3", "4", "5")
