from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from PIL import Image
from pyzbar.pyzbar import decode

from media.wire.enrolment import EnrolCode
from player.setup.network import SetupNetwork
from player.show.enrolment_card import EnrolCard

CODE = EnrolCode(enrolment="e", code="ABC234", expires_ms=0)


def test_the_card_is_drawn_by_a_process_of_its_own_and_only_when_it_changes(tmp_path: Path) -> None:
    changes: list[int] = []
    card = EnrolCard(tmp_path, (640, 360), "http://screens.example.org", on_change=lambda: changes.append(1))
    card.show(CODE, "")
    first = card.picture
    assert first is not None
    assert first.read_bytes().startswith(b"\x89PNG")
    card.show(CODE, "the server cannot be reached")
    assert card.picture == first
    card.show(None, "the server cannot be reached")
    assert card.picture != first
    card.hide()
    assert card.picture is None
    assert len(changes) == 3


def test_a_card_that_could_not_be_drawn_is_drawn_by_the_next_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = EnrolCard(tmp_path, (640, 360), "http://screens.example.org", on_change=lambda: None)
    with monkeypatch.context() as broken:
        broken.setattr("player.show.enrolment_card.sys.executable", "false")
        with pytest.raises(subprocess.CalledProcessError):
            card.show(CODE, "")
    assert card.picture is None
    card.show(CODE, "")
    assert card.picture is not None


def test_of_the_old_pictures_only_the_last_stays_until_the_new_one_is_shown(tmp_path: Path) -> None:
    card = EnrolCard(tmp_path, (64, 36), "http://screens.example.org", on_change=lambda: None)
    for code in ("AAA234", "BBB234", "CCC234"):
        card.show(CODE.model_copy(update={"code": code}), "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["card-2.png", "card-3.png"]


def test_while_the_set_up_wifi_is_open_it_is_on_the_card(tmp_path: Path) -> None:
    network = [SetupNetwork(ssid="Liftcast-ABCD", passphrase="ABCDE23456")]
    card = EnrolCard(
        tmp_path, (1280, 720), "http://screens.example.org", on_change=lambda: None, setup=lambda: network[0]
    )
    card.show(None, "the server cannot be reached")
    closed = card.picture
    network[0] = network[0].model_copy(update={"is_open": True})
    card.show(None, "the server cannot be reached")
    assert card.picture not in (None, closed)
    [found] = decode(Image.open(str(card.picture)))
    assert found.data == b"WIFI:T:WPA;S:Liftcast-ABCD;P:ABCDE23456;;"
    network[0] = network[0].model_copy(update={"is_open": False})
    card.show(CODE, "")
    assert decode(Image.open(str(card.picture))) == []
