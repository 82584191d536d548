"""The venue's plan is applied while phones are online: no visit ends, and a plan that fails leaves the old one.

Covers: player.hotspot.plan_store
"""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from media.wire.hotspot import PlannedHotspot, planned_hotspot
from player.hotspot import plan_store
from player.hotspot.configurations import DNSMASQ_CONF, HOSTAPD_CONF, Configurations
from player.hotspot.messages import ANSWER, Answer, Count, Grant, Look, PlanState, Refused, Request, SetPlan
from player.hotspot.plan import HotspotPlan
from player.hotspot.plan_change import PlanChange
from player.hotspot.plan_store import PlanStore
from player.hotspot.radio import Radio
from player.hotspot.unit import HotspotUnit
from tests.player.hotspot.fake_kernel import FakeKernel

OWN = HotspotPlan(ssid="Own", country="DE", visit_minutes=30, visit_megabytes=4, most_phones=2)
A, B, C = "10.42.0.20", "10.42.0.21", "10.42.0.22"
MACS = {A: "02:00:00:00:00:0a", B: "02:00:00:00:00:0b", C: "02:00:00:00:00:0c"}
HOSTAPD_WELL = "Line 19: unknown configuration item\n1 errors found in configuration file\n"


class Killed(BaseException):
    """The process ends here."""


class FakeRadio(Radio):
    """of: hostapd's run; None: it does not run · works: whether the radio starts with the next file"""

    def __init__(self) -> None:
        super().__init__("wlan0")
        self.of: int | None = None
        self.works = True

    def run(self) -> int | None:
        return self.of

    def is_up_after(self, run: int) -> bool:
        assert run == self.of
        return self.works


class Rig:
    """The unit with its plans, over a kernel that is not there. said: by the program that checks a file"""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kernel = FakeKernel()
        self.kernel.neighbours = dict(MACS)
        self.said = {"dnsmasq": "dnsmasq: syntax check OK.\n", "hostapd": HOSTAPD_WELL}
        self.restart()

    def restart(self) -> None:
        store = PlanStore(OWN, self.folder)
        self.unit = HotspotUnit(
            store.current(), self.folder, run=self.kernel, monotonic=self.kernel.monotonic,
            today=lambda: date(2026, 3, 2),
        )  # fmt: skip
        files = Configurations(self.folder, leases=self.folder / "leases", check=self._check)
        self.radio = FakeRadio()
        self.plans = PlanChange(self.unit, store, files, self.radio)
        self.unit.start()
        self.plans.start()

    def _check(self, command: Sequence[str]) -> str:
        return self.said[command[0]]

    def set(self, planned: PlannedHotspot | None, portal_name: str | None = None) -> PlanState:
        sent = SetPlan(planned=planned, portal_name=portal_name)
        answer = ANSWER.validate_json(self.plans.answer(sent.model_dump_json().encode()))
        assert isinstance(answer, PlanState)
        return answer

    def send(self, request: Request) -> Answer:
        return ANSWER.validate_json(self.unit.answer(request.model_dump_json().encode()))

    def file(self, name: str) -> str:
        return (self.folder / name).read_text()


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def planned(**fields: Any) -> PlannedHotspot:
    return planned_hotspot({"ssid": "Lobby", "country": "DE", **fields})


def visits(rig: Rig) -> list[tuple[str, int, int]]:
    return [(visit.mac, visit.seconds_left, visit.bytes_used) for visit in rig.unit.enforcer.table().visits]


def test_a_plan_is_in_force_at_once_and_after_a_restart(rig: Rig) -> None:
    state = rig.set(planned(visit_minutes=5))
    assert state == PlanState(running=planned(visit_minutes=5).digest)
    assert (rig.unit.plan.ssid, rig.unit.plan.visit_minutes) == ("Lobby", 5)
    rig.restart()
    assert rig.unit.plan.visit_minutes == 5
    assert rig.unit.plan_state == state
    assert rig.send(Count()).plan == state  # type: ignore[union-attr]


def test_the_interfaces_and_addresses_of_the_box_stay(rig: Rig) -> None:
    rig.set(planned())
    assert (rig.unit.plan.radio, rig.unit.plan.address) == (OWN.radio, OWN.address)


def test_the_same_plan_again_changes_nothing(rig: Rig) -> None:
    rig.set(planned())
    before = len(rig.kernel.commands)
    assert rig.set(planned()).running == planned().digest
    assert len(rig.kernel.commands) == before


def test_a_venue_without_a_plan_has_the_boxs_own(rig: Rig) -> None:
    rig.set(planned())
    assert rig.set(None) == PlanState()
    assert rig.unit.plan == OWN
    rig.restart()
    assert rig.unit.plan == OWN


def test_other_limits_reach_the_firewall_and_end_no_visit(rig: Rig) -> None:
    rig.send(Grant(address=A))
    rig.kernel.now_s += 60
    rig.kernel.use(1, 3000)
    rig.set(planned(most_phones=2, visit_megabytes=50, phone_kbit=500))
    assert visits(rig) == [(MACS[A], 1740, 3000)]
    rules = [line for line in rig.kernel.commands if line[:2] == ["nft", "-f"]]
    assert rules
    assert rig.send(Look(address=A)).bytes_left == 50_000_000 - 3000  # type: ignore[union-attr]


@pytest.mark.parametrize("most_phones", [1, 9])
def test_more_or_fewer_places_end_no_visit(rig: Rig, most_phones: int) -> None:
    for address in (A, B):
        rig.send(Grant(address=address))
    rig.kernel.use(2, 700)
    rig.kernel.now_s += 10
    rig.set(planned(most_phones=most_phones))
    assert visits(rig) == [(MACS[A], 1790, 0), (MACS[B], 1790, 700)]


def test_with_fewer_places_a_new_phone_waits_until_one_is_free(rig: Rig) -> None:
    for address in (A, B):
        rig.send(Grant(address=address))
    rig.set(planned(most_phones=1))
    assert isinstance(rig.send(Grant(address=C)), Refused)
    rig.restart()
    assert len(visits(rig)) == 2
    for address in (A, B):
        rig.unit.enforcer.revoke(MACS[address])
    assert rig.send(Grant(address=C)).kind == "visit"


def test_only_the_program_whose_file_differs_gets_another(rig: Rig) -> None:
    rig.set(planned())
    before = {name: (rig.folder / name).stat().st_ino for name in (HOSTAPD_CONF, DNSMASQ_CONF)}
    rig.set(planned(visit_minutes=7))
    rig.set(planned(visit_minutes=7, channel=11))
    after = {name: (rig.folder / name).stat().st_ino for name in (HOSTAPD_CONF, DNSMASQ_CONF)}
    assert before[DNSMASQ_CONF] == after[DNSMASQ_CONF]
    assert before[HOSTAPD_CONF] != after[HOSTAPD_CONF]
    assert "channel=11" in rig.file(HOSTAPD_CONF)
    assert list(rig.folder.glob("*.draft")) == []


HOSTILE: list[dict[str, Any]] = [
    {"ssid": "x" * 33},
    {"ssid": "大" * 11},
    {"ssid": "a\0b"},
    {"ssid": "Lobby\nwpa=2\nwpa_passphrase=guessable"},
    {"ssid": "👨\u200d👩"},  # joined by a character that nobody sees
    {"ssid": 7},
    {"country": "XX"},
    {"country": "DE\ndriver=none"},
    {"country": "US", "channel": 14},
    {"country": "US", "channel": 13},
    {"channel": 52},
    {"channel": "six"},
    {"most_phones": 0},
    {"most_phones": 251},
    {"most_phones": 200},  # more than the box's own network has addresses for
    {"visit_minutes": -1},
    {"phone_kbit": -4000},
    {"all_kbit": 10**12},
    {"visit_megabytes": 1.5},
    {"idle_minutes": None},
    {"open_names": ["a\0b.example.org"]},
    {"open_names": ["*.example.org"]},
    {"open_names": ["shop.example.org/4#inet#liftcast#open4\nserver=203.0.113.1"]},
    {"open_names": ["captive.apple.com"]},
    {"open_names": [f"shop{number}.example.org" for number in range(5000)]},
    {"open_names": "shop.example.org"},
]


@pytest.mark.parametrize("fields", HOSTILE, ids=lambda fields: "_".join(fields))
def test_a_bad_plan_is_refused_with_its_reason_and_the_old_one_goes_on(rig: Rig, fields: dict[str, Any]) -> None:
    rig.set(planned(visit_minutes=5))
    rig.send(Grant(address=A))
    before = rig.file(HOSTAPD_CONF), rig.file(DNSMASQ_CONF)
    state = rig.plans.apply(planned(**fields))
    assert state.running == planned(visit_minutes=5).digest
    assert state.refused == planned(**fields).digest
    assert state.why
    assert rig.unit.plan.visit_minutes == 5
    assert len(visits(rig)) == 1
    assert (rig.file(HOSTAPD_CONF), rig.file(DNSMASQ_CONF)) == before


def test_an_emoji_is_a_name_like_any_other(rig: Rig) -> None:
    assert rig.set(planned(ssid="☕ Lobby")).refused == ""
    assert "ssid2=" + "☕ Lobby".encode().hex() in rig.file(HOSTAPD_CONF)


def test_a_field_of_a_newer_server_is_ignored_and_another_format_refused(rig: Rig) -> None:
    assert rig.set(planned(mesh=True)).refused == ""
    newer = planned().model_copy(update={"format": 2, "digest": "2" * 64})
    assert "update its software" in rig.set(newer).why


@pytest.mark.parametrize("program", ["dnsmasq", "hostapd"])
def test_a_file_that_its_program_refuses_is_never_installed(rig: Rig, program: str) -> None:
    well = rig.said[program]
    rig.said[program] = "Line 3: bad option\n2 errors found in configuration file\n"
    state = rig.set(planned())
    assert (state.running, state.refused) == ("", planned().digest)
    assert f"{program} refuses" in state.why
    assert rig.unit.plan == OWN
    assert list(rig.folder.glob("*.draft")) == []
    rig.said[program] = well
    assert rig.set(planned(visit_minutes=1)).running == planned(visit_minutes=1).digest


def test_a_program_that_is_not_installed_checks_nothing(rig: Rig) -> None:
    rig.said = {"dnsmasq": "", "hostapd": ""}
    assert rig.set(planned()).running == planned().digest


def test_a_kernel_that_refuses_is_tried_again_with_the_old_plan_in_force(rig: Rig) -> None:
    rig.send(Grant(address=A))
    rig.kernel.failing = {"tc"}
    assert "tc is failing" in rig.plans.apply(planned()).why
    assert rig.unit.plan == OWN
    rig.kernel.failing = set()
    assert rig.set(planned()) == PlanState(running=planned().digest)
    assert len(visits(rig)) == 1


@pytest.mark.parametrize("before", [None, planned(channel=1)])
def test_a_radio_that_does_not_start_with_the_plan_gets_the_one_before(rig: Rig, before: PlannedHotspot | None) -> None:
    rig.set(before)
    rig.send(Grant(address=A))
    rig.radio.of, rig.radio.works, conf = 7, False, rig.file(HOSTAPD_CONF)
    state = rig.set(planned(channel=48))
    assert (state.running, state.refused) == (before.digest if before else "", planned(channel=48).digest)
    assert "the radio does not start" in state.why
    assert rig.file(HOSTAPD_CONF) == conf
    assert len(visits(rig)) == 1
    rig.restart()
    assert rig.unit.plan.channel == (1 if before else OWN.channel)


def test_limits_do_not_concern_the_radio(rig: Rig) -> None:
    rig.set(planned())
    rig.radio.of, rig.radio.works = 7, False
    assert rig.set(planned(visit_minutes=5)).refused == ""


def full_disk(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_on_a_full_disk_the_old_plan_goes_on_and_the_new_one_is_tried_again(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(plan_store, "write_whole", full_disk)
        assert "No space left on device" in rig.set(planned()).why
        assert rig.unit.plan == OWN
    assert rig.set(planned()) == PlanState(running=planned().digest)


def killed(*_: object, **__: object) -> None:
    raise Killed


KILLS: list[Callable[[Rig], tuple[object, str]]] = [
    lambda rig: (rig.plans._files, "prepare"),
    lambda rig: (rig.unit, "change_plan"),
    lambda rig: (rig.plans._store, "write"),
    lambda rig: (rig.plans._files, "install"),
]


@pytest.mark.parametrize("step", range(len(KILLS)))
def test_a_unit_that_is_killed_within_a_change_has_one_of_the_plans_whole(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    rig.set(planned(ssid="Old", most_phones=2))
    rig.send(Grant(address=A))
    with monkeypatch.context() as patch:
        patch.setattr(*KILLS[step](rig), killed)
        with pytest.raises(Killed):
            rig.plans.apply(planned(ssid="New", most_phones=3))
    rig.restart()
    ssid = "New" if step == 3 else "Old"
    assert rig.unit.plan.ssid == ssid
    assert f"ssid2={ssid.encode().hex()}" in rig.file(HOSTAPD_CONF)
    assert f"max_num_sta={rig.unit.plan.most_phones}" in rig.file(HOSTAPD_CONF)
    assert len(visits(rig)) == 1
    assert rig.set(planned(ssid="New", most_phones=3)).running == planned(ssid="New", most_phones=3).digest


@pytest.mark.parametrize("raw", [b"", b"\0" * 100, b'{"digest": "x"}'])
def test_a_stored_plan_that_is_not_ours_is_none(rig: Rig, raw: bytes) -> None:
    (rig.folder / plan_store.PLAN_FILE).write_bytes(raw)
    rig.restart()
    assert rig.unit.plan == OWN


def test_a_stored_plan_that_no_longer_goes_with_the_boxs_own_is_reported(rig: Rig) -> None:
    too_many = planned(most_phones=200)
    PlanStore(OWN, rig.folder).write(too_many)
    rig.restart()
    assert rig.unit.plan == OWN
    assert rig.unit.plan_state.refused == too_many.digest
    assert "use a shorter prefix" in rig.unit.plan_state.why


def test_a_start_on_a_full_disk_goes_on_with_the_files_that_are_there(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("player.hotspot.configurations.write_whole", full_disk)
    rig.restart()
    assert rig.send(Grant(address=A)).kind == "visit"


@pytest.mark.parametrize("line", [b"", b"{", b'{"kind": "set_plan"}', b'{"kind": "set_plan", "planned": 7}'])
def test_a_line_that_is_no_plan_is_refused(rig: Rig, line: bytes) -> None:
    assert isinstance(ANSWER.validate_json(rig.plans.answer(line)), Refused)
    assert rig.unit.plan == OWN


# --- the portal's name


NAME = "k7m2pq.box.example.org"


def advertised(rig: Rig) -> bool:
    return f"dhcp-option=114,https://{NAME}/captive-portal/api" in rig.file(DNSMASQ_CONF)


def test_the_api_is_advertised_while_the_portal_has_a_certificate(rig: Rig) -> None:
    assert not advertised(rig)
    rig.send(Grant(address=A))
    rig.set(planned(), NAME)
    assert advertised(rig)
    assert rig.unit.plan.portal_name == NAME
    assert rig.set(planned(), "") == PlanState(running=planned().digest)
    assert not advertised(rig)
    assert rig.unit.plan.portal_name is None
    assert rig.send(Look(address=A)).kind == "visit"


def test_a_name_that_is_not_known_yet_leaves_the_one_before(rig: Rig) -> None:
    rig.set(None, NAME)
    rig.set(planned(visit_minutes=7), None)
    assert advertised(rig)
    assert rig.unit.plan.visit_minutes == 7


def test_after_a_restart_the_name_is_advertised_at_once(rig: Rig) -> None:
    rig.set(planned(), NAME)
    (rig.folder / DNSMASQ_CONF).unlink()
    rig.restart()
    assert advertised(rig)


def test_a_name_that_cannot_be_stored_is_tried_again(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object, **_more: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr(plan_store, "write_whole", full)
        rig.set(None, NAME)
    assert (advertised(rig), rig.unit.plan.portal_name) == (False, None)
    rig.set(None, NAME)
    assert advertised(rig)


def test_a_name_is_advertised_although_the_plan_is_refused(rig: Rig) -> None:
    assert rig.set(planned(country="Germany"), NAME).refused
    assert advertised(rig)


@pytest.mark.parametrize("name", ["captive.apple.com", "apple.com", "com"])
def test_no_probe_becomes_the_portals_name(rig: Rig, name: str) -> None:
    line = json.dumps({"kind": "set_plan", "planned": None, "portal_name": name}).encode()
    assert isinstance(ANSWER.validate_json(rig.plans.answer(line)), Refused)


@pytest.mark.parametrize("raw", [b"", b"\xff", b"not a name", b"x" * 300])
def test_a_stored_name_that_is_none_is_not_advertised(rig: Rig, raw: bytes) -> None:
    (rig.folder / plan_store.NAME_FILE).write_bytes(raw)
    rig.restart()
    assert rig.unit.plan.portal_name is None
