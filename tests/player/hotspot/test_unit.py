"""The privileged unit: what it grants, what survives, and what never leaves it.

Covers: player.hotspot.enforcer
"""

from __future__ import annotations

import json
import logging
from datetime import date, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from player.hotspot import enforcer as enforcer_module
from player.hotspot.arrivals import Arrival, Change
from player.hotspot.messages import (
    ANSWER,
    Answer,
    Count,
    Counts,
    Ending,
    Extend,
    Grant,
    Look,
    NoVisit,
    Refusal,
    Refused,
    Request,
    Revoke,
    VisitAnswer,
)
from player.hotspot.plan import HotspotPlan
from player.hotspot.unit import HotspotUnit
from tests.player.hotspot.fake_kernel import FakeKernel

PLAN = HotspotPlan(ssid="Lobby", country="DE", visit_minutes=30, visit_megabytes=4, idle_minutes=40, most_phones=2)
HOUR_S = 3600
A, B, C = "10.42.0.20", "10.42.0.21", "10.42.0.22"
MACS = {A: "02:00:00:00:00:0a", B: "02:00:00:00:00:0b", C: "02:00:00:00:00:0c"}
SIX = "fd4c:6966:7463::20"


class Rig:
    """A unit over a kernel that is not there; `restart` is one of the process, after `kernel.boot()` of the box."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.day = date(2026, 3, 2)
        self.kernel = FakeKernel()
        self.kernel.neighbours = {**MACS, SIX: MACS[A]}
        self.restart()

    def restart(self) -> None:
        self.unit = HotspotUnit(
            PLAN, self.folder, run=self.kernel, monotonic=self.kernel.monotonic, today=lambda: self.day
        )
        self.unit.start()

    def send(self, request: Request) -> Answer:
        return ANSWER.validate_json(self.unit.answer(request.model_dump_json().encode()))

    def visit(self, request: Request) -> VisitAnswer:
        answer = self.send(request)
        assert isinstance(answer, VisitAnswer)
        return answer

    def no_visit(self, request: Request) -> NoVisit:
        answer = self.send(request)
        assert isinstance(answer, NoVisit)
        return answer


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_a_phone_is_let_in_by_its_address_and_sees_what_it_has_left(rig: Rig) -> None:
    rig.no_visit(Look(address=A))
    assert rig.visit(Grant(address=A)).seconds_left == 1800
    rig.kernel.now_s += 60
    rig.kernel.use(1, 1_000_000)
    left = rig.visit(Look(address=A))
    assert (left.seconds_left, left.bytes_left) == (1740, 3_000_000)
    rig.no_visit(Look(address=B))


def test_a_second_tap_changes_nothing(rig: Rig) -> None:
    rig.visit(Grant(address=A))
    rig.kernel.now_s += 60
    rig.kernel.use(1, 10)
    before = len(rig.kernel.commands)
    again = rig.visit(Grant(address=A))
    assert (again.seconds_left, again.bytes_left) == (1740, PLAN.visit_bytes - 10)
    assert not [command for command in rig.kernel.commands[before:] if command[0] == "conntrack"]


def test_extending_gives_minutes_and_bytes_anew_to_a_phone_that_is_online(rig: Rig) -> None:
    rig.no_visit(Extend(address=A))
    rig.visit(Grant(address=A))
    rig.kernel.now_s += 600
    rig.kernel.use(1, 1000)
    extended = rig.visit(Extend(address=A))
    assert (extended.seconds_left, extended.bytes_left) == (1800, PLAN.visit_bytes)


def test_a_phone_has_the_plans_visits_of_a_day_and_each_extension_is_one(rig: Rig) -> None:
    rig.unit.enforcer.plan = PLAN.model_copy(update={"visits_a_day": 3})
    assert rig.visit(Grant(address=A)).can_extend
    assert rig.visit(Grant(address=A)).can_extend
    assert rig.visit(Extend(address=A)).can_extend
    rig.no_visit(Revoke(address=A))
    assert not rig.visit(Grant(address=A)).can_extend
    assert not rig.visit(Look(address=A)).can_extend
    assert rig.send(Extend(address=A)) == Refused(why=Refusal.DAY)
    rig.no_visit(Revoke(address=A))
    assert rig.send(Grant(address=A)) == Refused(why=Refusal.DAY)
    assert rig.visit(Grant(address=B)).can_extend
    assert rig.send(Count()).refusals == 0


def test_a_restart_gives_no_visits_back_and_a_new_day_does(rig: Rig) -> None:
    for day, refused in ((0, False), (0, True), (1, False)):
        rig.day += timedelta(days=day)
        rig.restart()
        rig.unit.enforcer.plan = PLAN.model_copy(update={"visits_a_day": 1})
        assert (rig.send(Grant(address=A)) == Refused(why=Refusal.DAY)) == refused
        rig.send(Revoke(address=A))


def test_a_phone_that_leaves_is_offline(rig: Rig) -> None:
    rig.visit(Grant(address=A))
    assert rig.no_visit(Revoke(address=A)).ended is None
    rig.no_visit(Look(address=A))


def test_both_address_families_are_the_same_phone(rig: Rig) -> None:
    name = rig.visit(Grant(address=SIX)).phone
    assert rig.visit(Look(address=A)).phone == name
    assert rig.visit(Look(address=f"::ffff:{A}")).phone == name
    assert list(rig.kernel.elements["visits4"]) == [f"{MACS[A]} . {A}"]


def test_an_address_that_is_on_no_phone_is_refused(rig: Rig) -> None:
    assert rig.send(Grant(address="10.42.0.99")) == Refused(why=Refusal.NO_PHONE)


def test_one_phone_too_many_is_refused_and_counted(rig: Rig) -> None:
    rig.visit(Grant(address=A))
    rig.visit(Grant(address=B))
    assert rig.send(Grant(address=C)) == Refused(why=Refusal.FULL)
    counts = rig.send(Count())
    assert (counts.present, counts.online, counts.joins, counts.refusals) == (3, 2, 2, 1)


@pytest.mark.parametrize("ending", list(Ending))
def test_the_phone_learns_why_its_visit_ended(rig: Rig, ending: Ending) -> None:
    rig.unit.enforcer.plan = PLAN.model_copy(update={"idle_minutes": 20 if ending is Ending.IDLE else 40})
    rig.visit(Grant(address=A))
    rig.unit.step()
    match ending:
        case Ending.TIME:
            rig.kernel.now_s += 1801
        case Ending.BYTES:
            rig.kernel.use(1, PLAN.visit_bytes)
        case Ending.IDLE:
            rig.kernel.now_s += 1201
    rig.unit.step()
    assert rig.no_visit(Look(address=A)).ended is ending
    assert rig.send(Count()).ended == {other: int(other is ending) for other in Ending}
    assert rig.visit(Grant(address=A)).is_returning
    assert rig.no_visit(Revoke(address=A)).ended is None


def test_only_the_latest_endings_are_remembered(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("player.hotspot.unit.MOST_ENDINGS", 1)
    for address in (A, B, A):
        rig.visit(Grant(address=address))
        rig.kernel.now_s += 1801
        rig.unit.step()
    assert (rig.no_visit(Look(address=A)).ended, rig.no_visit(Look(address=B)).ended) == (Ending.TIME, None)


def test_a_returning_phone_passes_under_its_new_address_without_a_tap(rig: Rig) -> None:
    rig.visit(Grant(address=A))
    rig.unit.arrive(Arrival(Change.LEFT, MACS[A], IPv4Address(A), True))
    rig.unit.arrive(Arrival(Change.JOINED, MACS[A], IPv4Address(C), True))
    rig.unit.arrive(Arrival(Change.JOINED, MACS[B], IPv4Address(B), True))
    assert list(rig.kernel.elements["visits4"]) == [f"{MACS[A]} . {C}"]


def test_a_phone_that_changed_its_address_unseen_passes_after_one_request(rig: Rig) -> None:
    rig.visit(Grant(address=A))
    rig.kernel.neighbours = {C: MACS[A]}
    rig.visit(Look(address=C))
    assert list(rig.kernel.elements["visits4"]) == [f"{MACS[A]} . {C}"]


def test_a_restart_of_the_unit_changes_no_visit(rig: Rig) -> None:
    before = rig.visit(Grant(address=A))
    rig.kernel.now_s += 100
    rig.restart()
    after = rig.visit(Look(address=A))
    assert (after.phone, after.seconds_left) == (before.phone, before.seconds_left - 100)


def test_after_a_power_cut_visits_have_what_was_left_at_the_last_step(rig: Rig) -> None:
    rig.visit(Grant(address=A))
    rig.kernel.now_s += 100
    rig.kernel.use(1, 500)
    rig.unit.step()
    rig.kernel.boot()
    rig.kernel.now_s = 7
    rig.restart()
    after = rig.visit(Look(address=A))
    assert (after.seconds_left, after.bytes_left) == (1700, PLAN.visit_bytes - 500)


@pytest.mark.parametrize("cut_after", range(1, 5))
def test_a_power_cut_during_a_grant_costs_no_other_phone_its_visit(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, cut_after: int
) -> None:
    """The file is written whole or not at all, whichever step of writing it is the last one."""
    rig.visit(Grant(address=A))
    steps = iter(range(1, 5))

    def cut(name: str) -> None:
        real = getattr(enforcer_module.write_whole.__globals__["os"], name)

        def call(*args: object, **more: object) -> object:
            if next(steps, 9) >= cut_after:
                raise PowerCut
            return real(*args, **more)

        monkeypatch.setattr(f"player.files.os.{name}", call)

    for name in ("open", "fsync", "replace"):
        cut(name)
    with pytest.raises(PowerCut):
        rig.send(Grant(address=B))
    monkeypatch.undo()
    rig.kernel.boot()
    rig.restart()
    assert rig.visit(Look(address=A)).seconds_left == 1800
    assert rig.send(Grant(address=B)).kind == "visit"


class PowerCut(BaseException):
    """Nothing that the program does after this happens."""


@pytest.mark.parametrize("stored", [b"", b"[", b'[{"number": 1}]', b"{}", b"\xff\0"])
def test_a_spoilt_file_costs_visits_and_no_start(rig: Rig, stored: bytes) -> None:
    rig.visit(Grant(address=A))
    for name in ("visits", "pseudonyms"):
        (rig.folder / name).write_bytes(stored)
    rig.kernel.boot()
    rig.restart()
    rig.visit(Grant(address=A))


def test_a_clock_that_is_set_back_an_hour_changes_no_visit_and_no_name(rig: Rig) -> None:
    """Over midnight: the date goes back too."""
    before = rig.visit(Grant(address=A))
    rig.day -= timedelta(days=1)
    rig.kernel.now_s += 1
    rig.unit.step()
    after = rig.visit(Look(address=A))
    assert (after.phone, after.seconds_left) == (before.phone, before.seconds_left - 1)


def test_a_full_disk_stops_nobody(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("player.files.os.replace", full)
    rig.visit(Grant(address=A))
    rig.unit.step()
    rig.visit(Look(address=A))


def test_a_firewall_that_somebody_flushed_is_put_back(rig: Rig) -> None:
    rig.visit(Grant(address=A))
    rig.kernel.boot()
    rig.unit.step()
    rig.visit(Look(address=A))


def test_a_phone_has_another_name_each_day_and_is_then_new(rig: Rig) -> None:
    name = rig.visit(Grant(address=A)).phone
    rig.no_visit(Revoke(address=A))
    assert rig.no_visit(Look(address=A)).is_returning
    rig.restart()
    assert rig.no_visit(Look(address=A)).phone == name
    assert rig.no_visit(Look(address=A)).is_returning
    rig.day += timedelta(days=1)
    next_day = rig.no_visit(Look(address=A))
    assert next_day.phone != name
    assert not next_day.is_returning


def test_no_mac_leaves_the_unit_and_none_is_logged(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    requests = (Grant(address=A), Look(address=A), Extend(address=A), Count(), Revoke(address=A))
    answers = [rig.unit.answer(request.model_dump_json().encode()).decode() for request in requests]
    rig.kernel.failing = {"nft"}
    answers.append(rig.unit.answer(Grant(address=A).model_dump_json().encode()).decode())
    rig.kernel.failing = set()
    stored = (rig.folder / "pseudonyms").read_text()
    assert not [text for text in (*answers, caplog.text, stored) if MACS[A] in text or MACS[A].replace(":", "") in text]
    assert json.loads(answers[-1]) == {"kind": "refused", "why": "failed"}


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"{}",
        b'{"kind": "shell", "command": "id"}',
        b'{"kind": "grant"}',
        b'{"kind": "grant", "address": "10.42.0.20", "minutes": 600}',
        b'{"kind": "grant", "address": "10.42.0.20; nft flush ruleset"}',
        b'{"kind": "grant", "address": "10.42.0.20\\u0000"}',
        b'{"kind": "grant", "address": "10.42.0.20\0"}',
        b'{"kind": "grant", "address": "\\ud800"}',
        b'{"kind": "grant", "address": 170524692}',
        b'{"kind": "grant", "address": ["10.42.0.20"]}',
        b'{"kind": "count", "address": "10.42.0.20"}',
        b"[" * 4000,
        b'{"a":' * 800,
        b"\xff\xfe",
        b"1e999999",
    ],
)
def test_a_request_that_is_not_one_of_the_five_is_refused(rig: Rig, line: bytes) -> None:
    before = len(rig.kernel.commands)
    assert json.loads(rig.unit.answer(line)) == {"kind": "refused", "why": "bad_request"}
    assert rig.kernel.commands[before:] == []


def test_counts_have_the_places_the_uplink_and_how_long_joining_takes(rig: Rig) -> None:
    rig.unit.arrive(Arrival(Change.JOINED, MACS[A], IPv4Address(A), True))
    rig.kernel.now_s += 7
    rig.visit(Grant(address=A))
    counts = rig.send(Count())
    assert isinstance(counts, Counts)
    assert (counts.most_phones, counts.join_s, counts.uplink_bytes) == (2, 7, 1000)


def test_each_process_counts_under_a_name_of_its_own(rig: Rig) -> None:
    before = rig.send(Count())
    rig.restart()
    after = rig.send(Count())
    assert isinstance(before, Counts)
    assert isinstance(after, Counts)
    assert before.run != after.run
