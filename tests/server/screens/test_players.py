from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import select

from media.wire.status import Fault, FaultKind, FileTrouble, Status
from media.wire.timeline import Override
from server.db import JobKind, OutboxRow
from server.db.jobs import Job
from server.screens.enrol.tokens import TokenRevoked, UnknownToken
from server.screens.health import Trouble
from server.screens.models import Player, Screen, Service
from server.screens.players import (
    AlreadyRevoked,
    NoPlayer,
    UnknownProtocol,
    player_of_token,
    record_status,
    revoke_player,
    screen_health,
)
from tests.factories import NOON, make_player, make_screen, token_of


def status(**more):
    defaults = {"hardware": "pi-0001", "boot_id": "b1", "seq": 1, "version": 3, "now_ms": 0, "clock_trusted": True}
    return Status.model_validate({**defaults, "showing": "item-1", **more})


@pytest.fixture
def player(db):
    return make_player(db, screen=make_screen(db))


@pytest.fixture
def report(db, player):
    """Records a status at so many seconds after noon; the sequence counts itself."""
    reports = []

    def record(*, at_s=0, **more):
        reports.append(None)
        now = NOON + timedelta(seconds=at_s)
        record_status(db, player, status(**{"seq": len(reports), **more}), now=now)
        return screen_health(db, screen_of(db, player), now)

    return record


def screen_of(db, player):
    return db.get_one(Screen, player.screen_id)


def pushed(db):
    topics = [row.topic for row in db.exec(select(OutboxRow).order_by(OutboxRow.id))]
    for row in db.exec(select(OutboxRow)):
        db.delete(row)
    db.flush()
    return topics


def test_a_status_is_recorded(db, player, report):
    report(showing="film", disk_free_bytes=7)
    assert (player.seen_at, player.held_version, player.boot_id) == (NOON, 3, "b1")
    assert player.status["showing"] == "film"


def test_phones_get_a_hint_of_another_version_or_override_and_of_nothing_else(db, report):
    report()
    assert pushed(db) == ["stage"]
    report(plays_waiting=9, now_ms=15_000)
    assert pushed(db) == []
    report(version=4)
    assert pushed(db) == ["stage"]
    report(version=4, override=Override(starts_ms=1, item=None, why="no media"))
    assert pushed(db) == ["stage"]


def test_a_status_that_was_overtaken_on_its_way_only_proves_life(db, player, report):
    report(seq=10, version=5)
    report(seq=9, version=4, at_s=1)
    assert player.held_version == 5
    assert player.seen_at == NOON + timedelta(seconds=1)


def test_a_daemon_that_starts_anew_within_one_boot_is_believed(player, report):
    report(seq=40, version=5)
    report(seq=1, version=6)
    assert player.held_version == 6


def test_a_moved_box_reports_its_old_screen_without_effect_on_the_new_one(player, report):
    report(screen="the old one", version=9, override=Override(starts_ms=1, item=None, why=""))
    assert player.held_version is None
    assert player.status["override"] is None
    report(screen=player.screen_id, version=1)
    assert player.held_version == 1


def test_a_reboot_is_no_clone(report):
    assert report(boot_id="b1").troubles == ()
    assert report(boot_id="b2").troubles == ()
    assert report(boot_id="b3").troubles == ()


def test_two_boots_that_interleave_are_a_clone_until_they_stop(db, player, report):
    report(boot_id="b1")
    report(boot_id="b2")
    assert report(boot_id="b1").why == "clone"
    assert report(boot_id="b2", at_s=15).why == "clone"
    assert report(boot_id="b2", at_s=700).why == ""
    assert player.clone_at == NOON + timedelta(seconds=15)


def test_another_protocol_is_refused_with_the_ones_that_are_spoken(db, player):
    with pytest.raises(UnknownProtocol, match="protocols 1, not 7") as caught:
        record_status(db, player, status(protocol=7), now=NOON)
    assert caught.value.status == 426


def test_a_bad_status_that_was_stored_before_statuses_were_cleaned_is_read_as_a_clean_one(engine, db, player):
    bad = {"display": "a\ud800b\u202e\0c" * 1000, "clock_error_ms": float("inf"), "faults": [{"why": "\ud800"}] * 99}
    bad = {name: value for name, value in bad.items() if name != "clock_error_ms" or db.get_bind().name == "sqlite"}
    raw = json.dumps(bad)
    db.connection().execute(text("UPDATE player SET status = :raw"), {"raw": raw})
    read = db.exec(select(Player.status)).one()
    assert set(read["display"]) == set("ab\ufffdc")
    assert len(read["display"]) == 300
    assert read.get("clock_error_ms") is None
    assert read["faults"] == [{"why": "\ufffd"}] * 50


# --- tokens


def test_a_player_is_known_by_its_token_alone(db, player):
    assert player_of_token(db, token_of(player)).id == player.id
    for guess in ("", "a guess", player.token_hash, "\ud800"):
        with pytest.raises(UnknownToken):
            player_of_token(db, guess)


def test_a_revoked_player_is_off_its_screen_and_its_token_opens_nothing(db, player):
    revoke_player(db, player.id, by=None, now=NOON)
    with pytest.raises(TokenRevoked):
        player_of_token(db, token_of(player))
    assert db.get_one(Player, player.id).screen_id is None
    assert db.exec(select(Service.until_at)).one() == NOON
    with pytest.raises(AlreadyRevoked):
        revoke_player(db, player.id, by=None, now=NOON)
    with pytest.raises(NoPlayer):
        revoke_player(db, "nobody", by=None, now=NOON)


# --- health


def test_a_screen_without_a_player_was_never_enrolled(db):
    health = screen_health(db, make_screen(db), NOON)
    assert (health.online, health.why) == (False, "never_enrolled")


def test_a_player_without_a_status_has_the_trouble_never_seen(db, player):
    assert screen_health(db, screen_of(db, player), NOON).why == "never_seen"


def test_a_screen_is_online_for_45_seconds_after_it_was_seen(db, player, report):
    screen = screen_of(db, player)
    assert report() == screen_health(db, screen, NOON + timedelta(seconds=45))
    gone = screen_health(db, screen, NOON + timedelta(seconds=46))
    assert (gone.online, gone.why, gone.troubles[0].facts) == (False, "last_seen", {"seen_at": NOON})


@pytest.mark.parametrize(
    ("reported", "why", "facts"),
    [
        ({"version": None}, "no_timeline", {}),
        ({"clock_trusted": False}, "clock_untrusted", {}),
        ({"display": "VLC does not start"}, "display", {"reason": "VLC does not start"}),
        (
            {"files_wanted": 8, "files_missing": (FileTrouble(digest="0" * 64, why="404"),)},
            "files_missing",
            {"missing": 1, "all": 8, "first": "404"},
        ),
        ({"override": Override(starts_ms=1, item=None, why="there is no house content")}, "nothing_to_show", {}),
    ],
)
def test_an_online_screen_names_its_trouble(report, reported, why, facts):
    health = report(**reported)
    assert health.online
    assert (health.why, health.troubles[0].facts) == (why, facts)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (FaultKind.X_SERVER, "x_server"),
        (FaultKind.DISPLAY, "display_process"),
        (FaultKind.ITEM, "item_failed"),
        (FaultKind.JOURNAL, "journal"),
        ("panel", "display"),  # a newer player's word
    ],
)
def test_each_fault_of_a_player_has_a_code_of_its_own(report, kind, code):
    health = report(display="it broke", faults=(Fault(kind=kind, why="it broke", title="Fire"),))
    assert health.troubles == (Trouble(code, {"reason": "it broke", "title": "Fire"}),)


def test_a_screen_with_a_broken_display_has_no_trouble_about_content(report):
    black = Override(starts_ms=1, item=None, why="no house content can be shown")
    broken = report(override=black, faults=(Fault(kind=FaultKind.X_SERVER, why="away"),))
    assert [trouble.code for trouble in broken.troubles] == ["x_server"]
    failed = report(override=black, faults=(Fault(kind=FaultKind.ITEM, why="broken", title="Fire"),))
    assert [trouble.code for trouble in failed.troubles] == ["item_failed", "nothing_to_show"]


def test_a_replacement_item_is_no_trouble_of_the_screen(report):
    assert report(override=Override(starts_ms=1, item="house", why="red is not here")).troubles == ()


@pytest.mark.parametrize("before", [None, False])
def test_the_next_timeline_says_whether_the_box_referees_games(db, player, report, before):
    """Planning is queued once for each change."""
    if before is not None:
        report(hotspot={"referees": before})
    report(hotspot={"referees": True})
    assert (screen_of(db, player).box_referees, plans(db)) == (True, 1)
    report(hotspot={"referees": True})
    assert plans(db) == 0
    report()
    assert (screen_of(db, player).box_referees, plans(db)) == (False, 1)


def plans(db):
    db.expire_all()
    jobs = db.exec(select(Job).where(Job.kind == JobKind.PLAN)).all()
    for job in jobs:
        db.delete(job)
    db.flush()
    return len(jobs)
