"""The operators' API does what its published document says.

Schemathesis makes requests from the document, such as it allows and such as it forbids. It reports what is allowed and
refused, what is forbidden and accepted, answers of another shape, and every status of 500 or more. It takes a minute,
so it runs in `make test-long`.
"""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from media.store import MediaStore
from server.accounts.keys import KeyForm, make_key
from server.accounts.models import Role
from server.app import create_app
from server.availability.server import AvailabilityService
from server.context import Services
from server.db import make_engine, transaction, utc_now
from server.http import tries
from server.settings import Settings
from server.upkeep.migrate import prepare_database
from tests.factories import make_campaign, make_creative, make_offer, make_player, make_screen

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

# Refusals of what the document allows, by their code, and why no schema can say so.
RULES = {
    "bad_hours": "spans lie in order and apart, which compares several numbers",
    "bad_offer": "an end lies in the future",
    "bad_span": "the last day is not before the first, and at most a year after it",
    "bad_text": "some characters cannot be shown; by their Unicode category, which no schema's pattern names",
    "empty_notice": "a text of such characters alone is empty",
    "interrupt_ends_before_it_begins": "an end lies in the future",
    "no_creative_chosen": "a draft may be empty, a booking may not",
    "no_such_screen_code": "depends on the rows",
    "not_the_advertisers_creative": "depends on the rows",
    "too_much_text": "how much can be read depends on the letters' widths",
    "undrawable_text": "depends on the fonts that are installed",
    "reason_asked": "a text of spaces alone is no reason",
    "unknown_zone": "the time zones are those of the installed tz database",
    "year_too_far": "a moment may be written in two ways, and one of them is a number",
}
ACROSS_FIELDS = {
    "POST /api/v1/redemptions": "either code or qr",
    "POST /api/v1/offers": "valid until an instant, or for some days",
    "PUT /api/v1/offers/{offer_id}": "valid until an instant, or for some days",
}
# OPTIONS of /campaigns/availability also allows what /campaigns/{campaign_id} does: the address fits both.
SHARED_ADDRESSES = {
    "/campaigns/availability",
    *("/creatives/coupons", "/creatives/emergencies", "/creatives/notices", "/creatives/tickets"),
}


class Api(NamedTuple):
    url: str
    key: str


class QuietHandler(WSGIRequestHandler):
    def log_request(self, *_given: object) -> None:
        pass


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    settings = Settings(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path / 'a.sqlite3'}", secret_key="k" * 64)
    prepare_database(settings)
    engine, store = make_engine(settings.database_url), MediaStore(settings.media_dir)
    with transaction(engine) as db:
        make_player(db, screen=make_screen(db))
        make_campaign(db, creatives=[make_creative(db, store)])
        make_offer(db)
        _row, secret = make_key(db, KeyForm(name="a machine", role=Role.OPERATOR), now=utc_now())
    app, desk = create_app(settings), AvailabilityService(engine, settings)
    app.extensions["liftcast"] = Services(settings, engine, store, lambda ask: desk.answer(ask, now=utc_now()))
    monkeypatch.setattr(tries.TryCounter, "_count", lambda counter, limit: counter._own)  # it tries as fast as it can
    server = make_server("127.0.0.1", 0, app, request_handler=QuietHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Api(f"http://127.0.0.1:{server.server_port}", secret)
    server.shutdown()
    engine.dispose()


def run_schemathesis(api: Api, report: Path) -> list[tuple[str, str]]:
    """Operation and finding, one for each that differs."""
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "run", f"{api.url}/api/v1/openapi.json"),
        *("-H", f"Authorization: Bearer {api.key}", "--exclude-path-regex", "/players/enrol|/player/"),
        *("--phases", "coverage,fuzzing", "--max-examples", "15", "--seed", "1", "--no-color"),
        *("--report-junit-path", str(report)),
    ]
    subprocess.run(command, cwd=report.parent, check=False, stdout=subprocess.DEVNULL, timeout=540)
    cases = ElementTree.parse(report).getroot().iter("testcase")
    findings = ((case.get("name", ""), failure.text or "") for case in cases for failure in case.iter("failure"))
    return [(name, part) for name, text in findings for part in re.split(r"\n(?=- ST\d+)", text) if part[:4] == "- ST"]


def is_explained(operation: str, finding: str) -> bool:
    if finding.startswith("- ST202"):
        code = re.search(r'"code":"(\w+)"', finding)
        return operation in ACROSS_FIELDS or (code is not None and code[1] in RULES)
    if finding.startswith("- ST205"):
        return operation.partition("/api/v1")[2] in SHARED_ADDRESSES
    return False


def test_the_api_does_what_its_document_says(api: Api, tmp_path: Path) -> None:
    findings = run_schemathesis(api, tmp_path / "report.xml")
    assert [finding for finding in findings if not is_explained(*finding)] == []
    assert findings, "the list of explained findings is not needed any more, or nothing was tried"
