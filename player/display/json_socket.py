"""JSON lines over a socket between the daemon and its display child; both ends are ours."""

import json
import select
import socket
from typing import Any

Message = dict[str, Any]


class HungUp(Exception):
    """The other end of the socket is gone."""


class JsonSocket:
    """One end of the socket: whole messages, never waiting."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._end = end
        self._heard = bytearray()

    def fileno(self) -> int:
        return self._end.fileno()

    def send(self, message: Message, *, patience_s: float = 1.0) -> None:
        """Send it whole, or hang up: half a line would make nonsense of the next."""
        rest = memoryview(json.dumps(message).encode() + b"\n")
        while rest:
            try:
                rest = rest[self._end.send(rest) :]
            except BlockingIOError:
                if not select.select([], [self._end], [], patience_s)[1]:
                    raise HungUp("the other end no longer reads") from None
            except OSError as error:
                raise HungUp(str(error)) from error

    def take(self) -> list[Message]:
        """Every message that has arrived whole."""
        try:
            more = self._end.recv(1 << 20)
        except BlockingIOError:
            return []
        except OSError as error:
            raise HungUp(str(error)) from error
        if not more:
            raise HungUp("the other end closed")
        self._heard += more
        *whole, rest = bytes(self._heard).split(b"\n")
        self._heard = bytearray(rest)
        return [json.loads(line) for line in whole]

    def close(self) -> None:
        self._end.close()
