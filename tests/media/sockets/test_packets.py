"""A packet that no client of ours sends is refused, even where python-socketio would accept it."""

from __future__ import annotations

import pytest
from socketio.packet import CONNECT, EVENT

from media.sockets.packets import BadPacket, ClientPacket

BAD = {
    "a reserved event": '2/player,["disconnect"]',
    "another one": '2/player,7["connect",null,{"token":"x"}]',
    "an event without a name": "2/player,[]",
    "an event without data": "2/player,",
    "a name that is none": "2/player,[5]",
    "an event that is no list": '2/player,{"a":1}',
    "a number": "2/player,5",
    "an answer numbered 0": "3/player,0[]",
    "an answer without a number": "3/player,[]",
    "an answer that is no list": '3/player,1{"ok":true}',
    "a refusal to connect": '4/player,{"message":"no"}',
    "attachments": '51-/player,["status",{"_placeholder":true,"num":0}]',
    "attachments without end": '59999999999-/player,["status"]',
    "an answer with attachments": "61-/player,1[]",
    "an unknown kind": "9/player,[]",
    "no kind": "x",
    "a long namespace": f"0/{'x' * 50_000},",
    "half of JSON": '2/player,["status",{"a":',
    "deep JSON": f'2/player,["status",{"[" * 40_000}',
    "JSON that is too deep": f'2/player,["status",{"[" * 60}{"]" * 60}]',
    "infinity": '2/player,["clock",{"t0":1e999}]',
    "no number": '2/player,["clock",{"t0":NaN}]',
    "a long id": f'2/player,{"1" * 500}["clock"]',
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_a_bad_packet_is_refused(text: str) -> None:
    with pytest.raises(BadPacket):
        ClientPacket(encoded_packet=text)


def test_bytes_are_no_packet() -> None:
    with pytest.raises(BadPacket):
        ClientPacket(encoded_packet=b"2[]")


@pytest.mark.parametrize(
    ("text", "kind", "data"),
    [
        ('0/player,{"token":"x"}', CONNECT, {"token": "x"}),
        ("0/phone,", CONNECT, None),
        ('2/phone,3["clock",{"t0":1.5}]', EVENT, ["clock", {"t0": 1.5}]),
    ],
)
def test_packets_of_clients_are_read(text: str, kind: int, data: object) -> None:
    packet = ClientPacket(encoded_packet=text)
    assert (packet.packet_type, packet.data) == (kind, data)


def test_packets_of_the_server_are_not_checked() -> None:
    assert (
        ClientPacket(EVENT, ["stage", {"version": 1}], namespace="/phone").encode() == '2/phone,["stage",{"version":1}]'
    )
