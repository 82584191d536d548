"""The page on the installer's phone: server, uplink and country, and the check list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from flask import Flask, redirect, render_template, request
from flask.typing import ResponseReturnValue
from pydantic import SecretStr, ValidationError

from media.hotspot_plan import COUNTRIES
from media.phone.words import say_in
from player.setup.checks import Check
from player.setup.connections import SETUP_ADDRESS
from player.setup.messages import Failed, SetUp, SetupAnswer, SetupRequest, Trouble, Wifi, Wired

HERE = f"http://{SETUP_ADDRESS}"
BODY_BYTES = 8192
WORDS = Path(__file__).with_name("words.json")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; frame-ancestors 'none'"
FIELDS = ("server_url", "country", "uplink", "ssid", "password")


class Step(StrEnum):
    """How far the set-up is."""

    TYPING = "typing"
    APPLYING = "applying"
    DONE = "done"


@dataclass
class SetupState:
    """The installer's input, which survives a change of the WiFi.

    send: to the privileged unit; it may take a minute · checks: reads the check list anew
    start: runs a function beside the page, so that its answer reaches the phone before the WiFi goes
    on_applied: called when the unit has applied it
    """

    send: Callable[[SetupRequest], SetupAnswer]
    checks: Callable[[], list[Check]]
    start: Callable[[Callable[[], None]], object]
    on_applied: Callable[[], None]
    step: Step = Step.TYPING
    typed: dict[str, str] = field(default_factory=dict)
    trouble: Trouble | None = None
    checked: list[Check] = field(default_factory=list)

    def apply(self, set_up: SetUp) -> None:
        if self.step is Step.APPLYING:
            return
        self.step, self.trouble = Step.APPLYING, None
        self.start(lambda: self._apply(set_up))

    def _apply(self, set_up: SetUp) -> None:
        answer = self.send(set_up)
        self.trouble = answer.trouble if isinstance(answer, Failed) else None
        if not self.trouble:
            self.on_applied()
        self.step = Step.TYPING if self.trouble else Step.DONE


def create_setup_page(state: SetupState) -> Flask:
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES

    @app.before_request
    def only_here() -> ResponseReturnValue | None:
        """Each probe of a phone is led to the page; a page of elsewhere can neither read nor send anything."""
        if request.host != SETUP_ADDRESS or request.path != "/":
            return redirect(f"{HERE}/", 302)
        if request.method == "POST" and request.headers.get("Origin", HERE) != HERE:
            return "", 403
        return None

    @app.get("/")
    def page() -> ResponseReturnValue:
        if state.step is not Step.APPLYING:
            state.checked = state.checks()
        return shown(state, {})

    @app.post("/")
    def save() -> ResponseReturnValue:
        state.typed = {name: request.form.get(name, "") for name in FIELDS}
        try:
            set_up = read_set_up(state.typed)
        except ValidationError as error:
            return shown(state, faults_of(error)), 422
        state.apply(set_up)
        return redirect(f"{HERE}/", 303)

    @app.after_request
    def close_to_others(answer: Any) -> Any:
        answer.headers["Content-Security-Policy"] = POLICY
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return app


def read_set_up(typed: Mapping[str, str]) -> SetUp:
    """Raises ValidationError."""
    uplink: Wired | Wifi = Wired()
    if typed["uplink"] == "wifi":
        uplink = Wifi(ssid=typed["ssid"], password=SecretStr(typed["password"]))
    url = typed["server_url"].strip()
    return SetUp(server_url=url if "://" in url else f"https://{url}", country=typed["country"], uplink=uplink)


def faults_of(error: ValidationError) -> dict[str, bool]:
    return {str(fault["loc"][-1]): True for fault in error.errors()}


def shown(state: SetupState, faults: Mapping[str, bool]) -> str:
    language = request.accept_languages.best_match(["zh", "en"], default="en")
    say = say_in("zh" if language == "zh" else "en", WORDS)
    return render_template(
        "setup.html", say=say, language=language, state=state, faults=faults, countries=sorted(COUNTRIES)
    )
