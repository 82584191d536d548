"""The status that a player sends to the server, over parts whose state a test sets."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from media.wire.status import CertificateReport, Fault, FaultKind, Hotspot, Status
from media.wire.timeline import Override
from player.status import MISSING_REPORTED, Heartbeat, news_of
from tests.player.timelines import SCREEN, a_timeline, an_item


def heartbeat(folder: Path, **parts: Any) -> Heartbeat:
    healthy: dict[str, Any] = {
        "clock": SimpleNamespace(now_ms=lambda: 5000, offset_ms=1.5, error_ms=2.5, trusted=True),
        "cache": SimpleNamespace(counts=lambda: (3, 4), missing=dict),
        "timeline_store": SimpleNamespace(manifest=a_timeline(version=7).manifest),
        "journal": SimpleNamespace(waiting=lambda: 6),
        "journal_writer": SimpleNamespace(trouble=""),
        "loop": SimpleNamespace(showing=("a", 4000), trouble=("", ""), override=None),
        "item_library": SimpleNamespace(failures=list),
        "phone_counts": SimpleNamespace(report=lambda: None),
        "certificates": SimpleNamespace(report=None),
    }
    return Heartbeat(hardware="box", boot_id="boot", folder=folder, **{**healthy, **parts})


def test_each_status_that_is_sent_has_a_number_of_its_own(tmp_path: Path) -> None:
    beat = heartbeat(tmp_path)
    assert [beat.next().seq, beat.now().seq, beat.next().seq] == [1, 1, 2]


def test_it_says_what_is_shown_and_what_waits(tmp_path: Path) -> None:
    status = heartbeat(tmp_path).now()
    assert (status.screen, status.version, status.showing, status.showing_since_ms) == (SCREEN, 7, "a", 4000)
    assert (status.files_held, status.files_wanted, status.plays_waiting, status.now_ms) == (3, 4, 6, 5000)
    assert (status.clock_trusted, status.clock_offset_ms, status.clock_error_ms) == (True, 1.5, 2.5)
    assert (status.faults, status.display, status.hotspot) == ((), "", None)


def test_a_box_without_a_timeline_that_shows_nothing_reports_so(tmp_path: Path) -> None:
    loop = SimpleNamespace(showing=None, trouble=("", ""), override=None)
    status = heartbeat(tmp_path, timeline_store=SimpleNamespace(manifest=None), loop=loop).now()
    assert (status.screen, status.version, status.showing, status.showing_since_ms) == (None, None, None, None)


@pytest.mark.parametrize(
    ("cause", "kind"),
    [("x_server", FaultKind.X_SERVER), ("process", FaultKind.DISPLAY), ("item", FaultKind.DISPLAY)],
)
def test_a_broken_display_is_a_fault_of_what_broke(tmp_path: Path, cause: str, kind: FaultKind) -> None:
    loop = SimpleNamespace(showing=None, trouble=(cause, "it hangs"), override=None)
    assert heartbeat(tmp_path, loop=loop).now().faults == (Fault(kind=kind, why="it hangs"),)


def test_all_faults_are_named_and_those_of_items_are_not_the_displays(tmp_path: Path) -> None:
    failure = SimpleNamespace(item=an_item("a"), why="VLC could not play it")
    status = heartbeat(
        tmp_path,
        journal_writer=SimpleNamespace(trouble="disk full"),
        item_library=SimpleNamespace(failures=lambda: [failure]),
    ).now()
    assert [(fault.kind, fault.title) for fault in status.faults] == [("journal", ""), ("item", "a")]
    assert status.display == "plays cannot be written: disk full"


def test_of_very_many_missing_files_the_first_are_named(tmp_path: Path) -> None:
    missing = {f"{n:064x}": "the server lacks it" for n in range(500)}
    status = heartbeat(tmp_path, cache=SimpleNamespace(counts=lambda: (0, 500), missing=lambda: missing)).now()
    assert [trouble.digest for trouble in status.files_missing] == [f"{n:064x}" for n in range(MISSING_REPORTED)]


def test_a_hotspots_counts_have_the_portals_certificate_with_them(tmp_path: Path) -> None:
    report = CertificateReport(name="abc.box.example")
    parts = {"phone_counts": SimpleNamespace(report=Hotspot), "certificates": SimpleNamespace(report=report)}
    hotspot = heartbeat(tmp_path, **parts).now().hotspot
    assert hotspot is not None
    assert hotspot.certificate == report


PLAIN = Status(hardware="box", boot_id="boot", seq=1, now_ms=0, showing="a")


@pytest.mark.parametrize(
    ("change", "is_news"),
    [
        ({"version": 2}, True),
        ({"clock_trusted": True}, True),
        ({"showing": None}, True),
        ({"override": Override(starts_ms=0, item=None, why="a is not here")}, True),
        ({"faults": (Fault(kind=FaultKind.JOURNAL, why="full"),)}, True),
        ({"hotspot": Hotspot(certificate=CertificateReport(name="abc.box.example"))}, True),
        ({"showing": "b"}, False),
        ({"seq": 2, "now_ms": 9, "uptime_s": 9, "plays_waiting": 9, "clock_error_ms": 3.0}, False),
        ({"hotspot": Hotspot(age_s=5)}, False),
    ],
)
def test_only_a_change_that_a_person_waits_for_is_news(change: dict[str, Any], is_news: bool) -> None:
    assert (news_of(PLAIN.model_copy(update=change)) != news_of(PLAIN)) is is_news
