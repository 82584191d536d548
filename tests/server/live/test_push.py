from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import gevent
import pytest
import time_machine
from flask import Flask
from flask_socketio import SocketIOTestClient
from gevent.event import Event
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlmodel import select

from server.app import create_app
from server.coupons.models import Offer
from server.coupons.offers import announce_stock
from server.db import OutboxRow, post, reading, transaction, utc_now
from server.live import push
from server.live.push import Pusher
from server.live.sockets import Sockets, make_sockets
from server.runtime import loops
from server.screens.commands import ANSWER_WITHIN, CommandState, command_state, send_command
from server.screens.models import CommandKind, Player, PlayerCommand, Screen
from server.screens.players import revoke_player
from server.settings import Settings
from server.timelines.hints import post_version
from tests.factories import make_offer, make_player, make_screen, token_of


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    app = create_app(settings)
    yield app
    app.extensions["liftcast"].engine.dispose()


@pytest.fixture
def sockets(app: Flask, settings: Settings) -> Sockets:
    return make_sockets(app, None)


@pytest.fixture
def pusher(app: Flask, sockets: Sockets) -> Pusher:
    return Pusher(app.extensions["liftcast"].engine, sockets)


@pytest.fixture
def screen(pusher: Pusher) -> Screen:
    with transaction(pusher.engine) as db:
        return make_screen(db)


@pytest.fixture
def player(pusher: Pusher, screen: Screen) -> Player:
    with transaction(pusher.engine) as db:
        return make_player(db, screen=screen)


def phone_at(app: Flask, sockets: Sockets, code: str, *offers: str) -> SocketIOTestClient:
    return sockets.io.test_client(app, namespace="/phone", auth={"screen": code, "offers": offers})


def box(app: Flask, sockets: Sockets, token: str) -> SocketIOTestClient:
    return sockets.io.test_client(app, namespace="/player", auth={"token": token})


def heard(client: SocketIOTestClient, namespace: str) -> list[tuple[str, Any]]:
    return [(event["name"], event["args"][0]) for event in client.get_received(namespace)]


def say(pusher: Pusher, topic: str, target: str, message: dict[str, Any]) -> None:
    with transaction(pusher.engine) as db:
        post(db, topic, target, message, now=utc_now())
    pusher.push_due()


def test_phones_of_a_screen_hear_of_its_new_stage_and_others_do_not(
    app: Flask, sockets: Sockets, pusher: Pusher, screen: Screen
) -> None:
    with transaction(pusher.engine) as db:
        other = make_screen(db)
    here, there = phone_at(app, sockets, screen.code), phone_at(app, sockets, other.code)
    say(pusher, "stage", screen.id, {"version": 7})
    assert heard(here, "/phone") == [("stage", {"version": 7})]
    assert heard(there, "/phone") == []


@pytest.fixture
def offer(pusher: Pusher) -> Offer:
    with transaction(pusher.engine) as db:
        return make_offer(db, stock=12)


def test_phones_that_show_an_offer_hear_how_many_are_left_and_others_do_not(
    app: Flask, sockets: Sockets, pusher: Pusher, screen: Screen, offer: Offer
) -> None:
    shows, shows_another = (phone_at(app, sockets, screen.code, id_) for id_ in (offer.id, "another"))
    say(pusher, "stock", offer.id, {})
    assert heard(shows, "/phone") == [("stock", {"offer": offer.id, "left": 12})]
    assert heard(shows_another, "/phone") == []


def test_a_phone_whose_page_changes_hears_of_the_offers_that_it_shows_now(
    app: Flask, sockets: Sockets, pusher: Pusher, screen: Screen, offer: Offer
) -> None:
    with transaction(pusher.engine) as db:
        later = make_offer(db, stock=7)
    phone = phone_at(app, sockets, screen.code, offer.id)
    assert phone.emit("offers", {"offers": [later.id]}, namespace="/phone", callback=True) is True
    say(pusher, "stock", offer.id, {})
    say(pusher, "stock", later.id, {})
    assert heard(phone, "/phone") == [("stock", {"offer": later.id, "left": 7})]


def test_a_message_that_names_no_offers_changes_nothing(
    app: Flask, sockets: Sockets, pusher: Pusher, screen: Screen, offer: Offer
) -> None:
    phone = phone_at(app, sockets, screen.code, offer.id)
    assert phone.emit("offers", {"offers": 5}, namespace="/phone", callback=True) is False
    say(pusher, "stock", offer.id, {})
    assert [topic for topic, _ in heard(phone, "/phone")] == ["stock"]


def test_several_sales_between_two_rounds_reach_phones_as_one_push(
    app: Flask, sockets: Sockets, pusher: Pusher, screen: Screen, offer: Offer
) -> None:
    phone = phone_at(app, sockets, screen.code, offer.id)
    for left in (9, 8, 7):
        with transaction(pusher.engine) as db:
            announce_stock(db, offer.id, now=utc_now())
            db.get_one(Offer, offer.id).stock_left = left
    pusher.push_due()
    assert heard(phone, "/phone") == [("stock", {"offer": offer.id, "left": 7})]


def test_a_deleted_offer_is_pushed_to_nobody(app: Flask, sockets: Sockets, pusher: Pusher, screen: Screen) -> None:
    phone = phone_at(app, sockets, screen.code, "never")
    say(pusher, "stock", "never", {})
    assert heard(phone, "/phone") == []


def test_the_player_of_a_screen_hears_of_its_new_timeline(
    app: Flask, sockets: Sockets, pusher: Pusher, screen: Screen, player: Player
) -> None:
    client = box(app, sockets, token_of(player))
    say(pusher, "timeline", screen.id, {"version": 3})
    assert heard(client, "/player") == [("timeline", {"version": 3})]


def test_a_moved_player_hears_of_its_new_screen_at_once(
    app: Flask, sockets: Sockets, pusher: Pusher, player: Player
) -> None:
    client = box(app, sockets, token_of(player))
    with transaction(pusher.engine) as db:
        moved_to = make_screen(db)
        db.get_one(Player, player.id).screen_id = moved_to.id
    say(pusher, "timeline", moved_to.id, {"version": 1})
    assert heard(client, "/player") == [("timeline", {"version": 1})]


def test_a_sent_push_is_deleted_from_the_outbox(pusher: Pusher, screen: Screen) -> None:
    say(pusher, "stage", screen.id, {"version": 1})
    with reading(pusher.engine) as db:
        assert db.exec(select(OutboxRow)).all() == []


def test_a_push_that_cannot_be_sent_is_logged_and_holds_up_no_other(
    app: Flask, sockets: Sockets, pusher: Pusher, screen: Screen, player: Player, caplog: pytest.LogCaptureFixture
) -> None:
    client = box(app, sockets, token_of(player))
    with transaction(pusher.engine) as db:
        post(db, "command", player.id, {"no": "id"}, now=utc_now())
        post(db, "timeline", screen.id, {"version": 3}, now=utc_now())
    assert pusher.push_due() == 2
    assert heard(client, "/player") == [("timeline", {"version": 3})]
    assert "push not sent topic=command" in caplog.text
    assert pusher.push_due() == 0


def test_an_unknown_token_is_not_let_in(app: Flask, sockets: Sockets, player: Player) -> None:
    assert not box(app, sockets, token="made up").is_connected("/player")


def test_an_unknown_screen_is_not_let_in(app: Flask, sockets: Sockets, screen: Screen) -> None:
    assert not phone_at(app, sockets, "NOSUCH").is_connected("/phone")


def test_a_revoked_player_is_put_out(app: Flask, sockets: Sockets, pusher: Pusher, player: Player) -> None:
    client = box(app, sockets, token_of(player))
    now = utc_now()
    with transaction(pusher.engine) as db:
        db.get_one(Player, player.id).revoked_at = now
    pusher.drop_revoked()
    assert not client.is_connected("/player")


def test_the_look_for_revoked_players_reads_no_whole_table(pusher: Pusher) -> None:
    """Every web process takes it once a second; of 100,000 players it took SQLite 180 ms."""
    if pusher.engine.dialect.name == "sqlite":
        with reading(pusher.engine) as db:
            plan = db.connection().exec_driver_sql(
                "EXPLAIN QUERY PLAN SELECT id FROM player WHERE revoked_at >= '2026'"
            )
            assert "ix_player_revoked_at" in str(plan.all())


def test_a_revocation_that_was_slow_to_be_written_is_not_missed(
    app: Flask, sockets: Sockets, pusher: Pusher, player: Player
) -> None:
    client = box(app, sockets, token_of(player))
    decided_at = utc_now()
    since = pusher.drop_revoked(decided_at)
    with transaction(pusher.engine) as db:
        db.get_one(Player, player.id).revoked_at = decided_at
    pusher.drop_revoked(since)
    assert not client.is_connected("/player")


@pytest.mark.parametrize("off", [timedelta(days=1), timedelta(days=-1)], ids=["ahead", "behind"])
@pytest.mark.parametrize("whose", ["revokes", "holds the socket"])
def test_a_revoked_player_is_put_out_by_processes_whose_clocks_differ(
    app: Flask, sockets: Sockets, pusher: Pusher, player: Player, off: timedelta, whose: str
) -> None:
    client = box(app, sockets, token_of(player))
    elsewhere = time_machine.travel(datetime.now(UTC) + off)
    with elsewhere if whose == "revokes" else nullcontext(), transaction(pusher.engine) as db:
        revoke_player(db, player.id, by=None, now=utc_now())
    with elsewhere if whose == "holds the socket" else nullcontext():
        pusher.drop_revoked()
    assert not client.is_connected("/player")


def test_a_phone_on_an_offers_own_page_hears_of_stock_and_of_no_screen(
    app: Flask, sockets: Sockets, pusher: Pusher, screen: Screen, offer: Offer
) -> None:
    phone = phone_at(app, sockets, "", offer.id)
    with transaction(pusher.engine) as db:
        post(db, "stage", screen.id, {"version": 7}, now=utc_now())
        post(db, "stock", offer.id, {"offer": offer.id, "left": 12}, now=utc_now())
    pusher.push_due()
    assert [topic for topic, _ in heard(phone, "/phone")] == ["stock"]


def test_the_clock_is_answered_with_when_it_came_and_left(app: Flask, sockets: Sockets, screen: Screen) -> None:
    phone = phone_at(app, sockets, screen.code)
    pong = phone.emit("clock", {"t0": 12.5}, namespace="/phone", callback=True)
    assert pong["t0"] == 12.5
    assert pong["t1"] <= pong["t2"]


def test_a_clock_ping_that_is_none_is_not_answered(app: Flask, sockets: Sockets, screen: Screen) -> None:
    phone = phone_at(app, sockets, screen.code)
    assert phone.emit("clock", {"t0": "noon"}, namespace="/phone", callback=True) in (None, [])


@pytest.mark.parametrize("versions", [(3, 4, 5), (5, 3, 4), (4, 5, 3)])
def test_the_greatest_of_many_versions_of_a_screen_is_pushed_in_any_order_of_writing(
    app: Flask, sockets: Sockets, pusher: Pusher, screen: Screen, player: Player, versions: tuple[int, ...]
) -> None:
    box_here, phone = box(app, sockets, token_of(player)), phone_at(app, sockets, screen.code)
    with transaction(pusher.engine) as db:
        for version in versions:
            post_version(db, "timeline", screen.id, version, now=utc_now())
    pusher.push_due()
    assert heard(box_here, "/player") == [("timeline", {"version": 5})]
    assert heard(phone, "/phone") == [("stage", {"version": 5})]


def ask(pusher: Pusher, player: Player, do: CommandKind, *, ago: timedelta = timedelta()) -> str:
    with transaction(pusher.engine) as db:
        return send_command(db, player.id, do, by=None, now=utc_now() - ago).id


def command_of(pusher: Pusher, id_: str) -> PlayerCommand:
    with reading(pusher.engine) as db:
        return db.get_one(PlayerCommand, id_)


def test_every_command_is_sent(app: Flask, sockets: Sockets, pusher: Pusher, player: Player) -> None:
    client = box(app, sockets, token_of(player))
    first, second = (ask(pusher, player, do) for do in (CommandKind.IDENTIFY, CommandKind.PICTURE))
    pusher.push_due()
    sent = [{"id": first, "do": "identify"}, {"id": second, "do": "picture"}]
    assert heard(client, "/player") == [("command", message) for message in sent]


def test_a_command_that_waited_too_long_is_not_sent_any_more(
    app: Flask, sockets: Sockets, pusher: Pusher, player: Player
) -> None:
    client = box(app, sockets, token_of(player))
    ask(pusher, player, CommandKind.RESTART_DISPLAY, ago=ANSWER_WITHIN + timedelta(seconds=1))
    assert pusher.push_due() == 1
    assert heard(client, "/player") == []


def test_the_acknowledgement_of_a_player_is_stored(pusher: Pusher, player: Player) -> None:
    id_ = ask(pusher, player, CommandKind.PICTURE)
    pusher.on_answer(id_, {"ok": True})
    command = command_of(pusher, id_)
    assert (command_state(command, utc_now()), command.why) == (CommandState.ACKNOWLEDGED, "")


@pytest.mark.parametrize("said", [(), (None,), ("yes",), ({"ok": "perhaps"},)])
def test_an_acknowledgement_that_says_nothing_is_none(pusher: Pusher, player: Player, said: tuple[Any, ...]) -> None:
    id_ = ask(pusher, player, CommandKind.PICTURE)
    pusher.on_answer(id_, *said)
    assert command_of(pusher, id_).answered_at is None


def test_pushing_goes_on_after_a_time_without_a_free_connection(
    pusher: Pusher, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: Iterator[BaseException] = iter([NoConnection("the pool is empty"), gevent.GreenletExit()])

    def push_due() -> int:
        raise next(tries)

    monkeypatch.setattr(pusher, "push_due", push_due)
    monkeypatch.setattr(gevent, "sleep", lambda _seconds: None)
    with pytest.raises(gevent.GreenletExit):
        pusher._push_for_ever()


def test_a_box_learns_that_its_status_cannot_be_stored(app: Flask, sockets: Sockets, player: Player) -> None:
    status = {"hardware": "pi-0001", "boot_id": "boot", "seq": 2**40, "now_ms": 1}
    answer = box(app, sockets, token_of(player)).emit("status", status, namespace="/player", callback=True)
    assert answer["ok"] is False
    assert "less than" in answer["why"]


@pytest.mark.parametrize("turn", ["push_due", "drop_revoked"])
def test_pushing_goes_on_after_an_error_that_nobody_expected(
    pusher: Pusher, turn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    went_on, errors = Event(), iter([KeyError("a fault of ours")])

    def fail_once(*_: object) -> None:
        for error in errors:
            raise error
        went_on.set()
        gevent.sleep(60)

    monkeypatch.setattr(pusher, turn, fail_once)
    # Only in the hub's process does psycopg wait as gevent does: here the listening loop would never let the other run.
    monkeypatch.setattr(pusher.wakeups, "wait", lambda: gevent.sleep(0.01))
    monkeypatch.setattr(loops, "PAUSE_S", 0.0)
    monkeypatch.setattr(push, "REVOKED_LOOK_S", 0.0)
    pusher.start()
    assert went_on.wait(timeout=10)
    pusher.stop()


def test_a_pusher_stops_although_the_end_reaches_it_as_an_error_of_the_database(
    pusher: Pusher, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking = Event()

    def look(*_: object) -> None:
        """As SQLAlchemy does while it tidies up a connection in use."""
        looking.set()
        try:
            gevent.sleep(60)
        except gevent.GreenletExit as error:
            raise NoConnection from error

    monkeypatch.setattr(pusher, "push_due", look)
    pusher.start()
    assert looking.wait(timeout=10)
    with gevent.Timeout(10):
        pusher.stop()
    assert all(greenlet.dead for greenlet in pusher.greenlets)
