"""The Socket.IO packets that a box or a phone may send; python-socketio would also read what only servers send."""

from __future__ import annotations

from socketio.packet import ACK, CONNECT, DISCONNECT, EVENT, Packet

from media import strict_json

# Names that a client may not emit: python-socketio would run the handlers of a connection's beginning and end.
RESERVED = frozenset(("connect", "disconnect", "connect_error"))
NAMESPACE_CHARS = 20


class BadPacket(ValueError):
    """A packet that no client of ours sends; its message says why."""


class ClientPacket(Packet):  # type: ignore[misc]  # python-socketio has no types
    """Text only: connecting, disconnecting, an event with a name of its own, the answer to an event."""

    json = strict_json

    def decode(self, encoded_packet: object) -> int:
        if not isinstance(encoded_packet, str):
            raise BadPacket("it is not text")
        try:
            attachments = super().decode(encoded_packet)
        except (ValueError, TypeError, IndexError) as error:
            raise BadPacket("it cannot be read") from error
        if attachments or self.packet_type not in CHECKS:
            raise BadPacket("it is of a kind that no client sends")
        if len(self.namespace or "") > NAMESPACE_CHARS:
            raise BadPacket("its namespace is too long")
        CHECKS[self.packet_type](self)
        return 0


def check_event(packet: Packet) -> None:
    data = packet.data
    if not isinstance(data, list) or not data or not isinstance(data[0], str):
        raise BadPacket("it is an event without a name")
    if data[0] in RESERVED:
        raise BadPacket("it is an event that only the server may raise")


def check_answer(packet: Packet) -> None:
    """Answers are counted from 1: python-socketio keeps something else at 0."""
    if not packet.id or not isinstance(packet.data, list):
        raise BadPacket("it is an answer to nothing")


def check_nothing(_packet: Packet) -> None:
    """A namespace's handler checks what a client sends to connect."""


CHECKS = {CONNECT: check_nothing, DISCONNECT: check_nothing, EVENT: check_event, ACK: check_answer}
