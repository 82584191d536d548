"""The page on the installer's phone: nothing that was typed is lost, and nobody from elsewhere reaches it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from player.setup.checks import Check, Part
from player.setup.connections import SETUP_ADDRESS
from player.setup.messages import Done, Failed, SetUp, SetupAnswer, SetupRequest, Trouble, Wifi
from player.setup.page import HERE, WORDS, SetupState, Step, create_setup_page

TYPED = {
    "server_url": "screens.example.org", "country": "CN", "uplink": "wifi", "ssid": "大堂", "password": "long enough",
}  # fmt: skip


class Rig:
    def __init__(self) -> None:
        self.answer: SetupAnswer = Done()
        self.sent: list[SetupRequest] = []
        self.waiting: list[Callable[[], None]] = []
        self.state = SetupState(
            self._send, lambda: [Check(part, None if part is Part.CLOCK else part is Part.DISK) for part in Part],
            self.waiting.append, lambda: None,
        )  # fmt: skip
        self.client: FlaskClient = create_setup_page(self.state).test_client()

    def _send(self, request: SetupRequest) -> SetupAnswer:
        self.sent.append(request)
        return self.answer

    def get(self, path: str = "/", host: str = SETUP_ADDRESS, **headers: str) -> str:
        return self.client.get(path, base_url=f"http://{host}", headers=headers).text

    def post(self, **changes: str) -> int:
        return self.client.post("/", data={**TYPED, **changes}, base_url=HERE).status_code


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_what_is_typed_reaches_the_unit_after_the_answer_has_reached_the_phone(rig: Rig) -> None:
    assert rig.post() == 303
    assert rig.sent == []
    assert rig.state.step is Step.APPLYING
    assert "Working" in rig.get()
    rig.waiting.pop()()
    [sent] = rig.sent
    assert isinstance(sent, SetUp)
    assert isinstance(sent.uplink, Wifi)
    assert (sent.server_url, sent.country, sent.uplink.ssid) == ("https://screens.example.org", "CN", "大堂")
    assert sent.uplink.password.get_secret_value() == "long enough"
    assert "The box is set up." in rig.get()


def test_a_second_tap_while_it_works_sends_nothing(rig: Rig) -> None:
    rig.post()
    rig.post()
    assert len(rig.waiting) == 1


@pytest.mark.parametrize("trouble", Trouble)
def test_what_failed_is_said_in_plain_words_and_all_stays_typed(rig: Rig, trouble: Trouble) -> None:
    rig.answer = Failed(trouble=trouble)
    rig.post()
    rig.waiting.pop()()
    for language in ("en", "zh"):
        page = rig.get(**{"Accept-Language": language})
        assert json.loads(WORDS.read_text())[language][f"trouble_{trouble}"] in page.replace("&#39;", "'")
        assert 'value="screens.example.org"' in page
        assert 'value="大堂"' in page
        assert "<option selected>CN" in page


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"server_url": ""}, "server_url"),
        ({"server_url": "https://a.example.org\nX=1"}, "server_url"),
        ({"country": "XX"}, "country"),
        ({"ssid": ""}, "ssid"),
        ({"ssid": "大" * 11}, "ssid"),
        ({"password": "short"}, "password"),
    ],
)
def test_a_bad_field_is_named_and_the_others_stay(rig: Rig, wrong: dict[str, str], field: str) -> None:
    answer = rig.client.post("/", data={**TYPED, **wrong}, base_url=HERE)
    assert answer.status_code == 422
    assert re.findall(r'id="(\w+)-fault"', answer.text) == [field]
    assert f'aria-describedby="{field}-fault"' in answer.text
    assert rig.waiting == []
    assert all(f'value="{value}"' in answer.text for name, value in TYPED.items() if name in {"ssid"} - wrong.keys())


def test_the_check_list_names_what_is_to_be_mended_with_its_remedy(rig: Rig) -> None:
    page = rig.get()
    assert page.count("to be mended") == len(Part) - 2
    assert "put its HDMI cable" in page
    assert "Use a larger card" not in page
    assert "not known yet" in page


@pytest.mark.parametrize(
    ("host", "path"),
    [("captive.apple.com", "/hotspot-detect.html"), ("connectivitycheck.gstatic.com", "/generate_204"),
     (SETUP_ADDRESS, "/anything"), ("evil.example.org", "/")],
)  # fmt: skip
def test_every_probe_and_every_other_name_is_led_to_the_page(rig: Rig, host: str, path: str) -> None:
    answer = rig.client.get(path, base_url=f"http://{host}")
    assert (answer.status_code, answer.location) == (302, f"{HERE}/")


def test_a_page_of_elsewhere_sends_nothing(rig: Rig) -> None:
    answer = rig.client.post("/", data=TYPED, base_url=HERE, headers={"Origin": "https://evil.example.org"})
    assert answer.status_code == 403
    assert rig.waiting == []
    assert rig.client.post("/", data="x" * 10_000, base_url=HERE).status_code == 413


def test_both_languages_have_the_same_words() -> None:
    words = json.loads(WORDS.read_text())
    assert words["en"].keys() == words["zh"].keys()
    parts = {f"{part}_remedy" for part in Part} | {f"trouble_{trouble}" for trouble in Trouble}
    assert parts <= words["en"].keys()
