"""The golden messages: every reader of a timeline or a stage answers these the same, in Python and in TypeScript."""

from __future__ import annotations

import json
from typing import Any

import pytest

from media.timeline import Timeline
from media.wire.message import PROTOCOL
from media.wire.phone import Stage
from media.wire.timeline import Manifest
from tests.wire import golden

KNOWN, FILE = golden.read_timeline()
STAGE = json.loads((golden.FOLDER / "stage.json").read_text())


def test_the_golden_files_are_what_the_wire_says_today() -> None:
    made = golden.timeline()
    assert golden.timeline_file(made) == FILE
    assert golden.stage_file(made) == STAGE


@pytest.mark.parametrize("answer", FILE["answers"], ids=lambda answer: str(answer["now_ms"]))
def test_the_spot_of_each_instant_and_its_next_one_are_the_golden_ones(answer: dict[str, Any]) -> None:
    now = answer["now_ms"]
    assert KNOWN.spot_at(now).model_dump() == answer["spot"]
    assert KNOWN.ends_at(now) == answer["ends_ms"]
    assert KNOWN.next_after(now).model_dump() == answer["next"]


def test_the_stage_of_the_golden_timeline() -> None:
    assert golden.stage_of(KNOWN).model_dump(mode="json") == FILE["stage"] == STAGE["stage"]


def test_tables_come_back_byte_for_byte() -> None:
    assert {day.digest for day in KNOWN.manifest.days} - set(KNOWN.tables) == {KNOWN.manifest.days[2].digest}
    assert all(table.digest == digest for digest, table in KNOWN.tables.items())


@pytest.mark.parametrize("answer", STAGE["answers"], ids=lambda answer: str(answer["now_ms"]))
def test_a_phone_finds_the_same_in_the_stage_alone(answer: dict[str, Any]) -> None:
    stage = Stage.model_validate(STAGE["stage"])
    index = next(n for n, spot in enumerate(stage.spots) if spot.starts_ms <= answer["now_ms"] < spot.ends_ms)
    assert stage.spots[index].model_dump() == answer["spot"]
    assert stage.spots[index].ends_ms == answer["changes_ms"]
    assert stage.spots[index + 1].model_dump() == answer["next"]
    assert KNOWN.spot_at(answer["now_ms"]).item == answer["spot"]["item"]


def test_fields_that_a_reader_does_not_know_are_ignored() -> None:
    extended = {**FILE["manifest"], "mood": "sunny"}
    extended["items"] = {id_: {**item, "colour": "red"} for id_, item in extended["items"].items()}
    manifest = Manifest.model_validate(extended)
    assert manifest == KNOWN.manifest
    assert manifest.protocol == PROTOCOL
    assert Timeline(manifest, KNOWN.tables).spot_at(golden.FIRST_MS) == KNOWN.spot_at(golden.FIRST_MS)
