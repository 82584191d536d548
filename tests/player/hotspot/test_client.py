from __future__ import annotations

from pathlib import Path

import pytest

from player.hotspot.client import HotspotClient
from player.hotspot.messages import Count, Look, Refusal, Refused
from player.line_socket import LineServer, NoAnswer


def test_an_answer_of_another_version_is_none(tmp_path: Path) -> None:
    server = LineServer(tmp_path / "other", lambda _: b'{"kind": "later"}')
    server.start()
    with pytest.raises(NoAnswer):
        HotspotClient(tmp_path / "other").send(Count())
    server.stop()


def test_a_request_is_sent_as_one_line_and_its_answer_read(tmp_path: Path) -> None:
    heard: list[bytes] = []

    def answer(line: bytes) -> bytes:
        heard.append(line)
        return Refused(why=Refusal.NO_PHONE).model_dump_json().encode()

    server = LineServer(tmp_path / "unit", answer)
    server.start()
    assert HotspotClient(tmp_path / "unit").send(Look(address="10.42.0.20")) == Refused(why=Refusal.NO_PHONE)
    assert [line.strip() for line in heard] == [b'{"kind":"look","address":"10.42.0.20"}']
    server.stop()


def test_a_unit_that_is_not_there_gives_no_answer(tmp_path: Path) -> None:
    with pytest.raises(NoAnswer):
        HotspotClient(tmp_path / "nobody").send(Count())
