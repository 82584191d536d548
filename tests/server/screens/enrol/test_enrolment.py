from __future__ import annotations

import hashlib
import threading
from datetime import timedelta

import pytest
from sqlmodel import col, select

from media.wire.enrolment import EnrolRequest
from server.db import Job, transaction
from server.errors import LiftcastError
from server.screens.enrol.enrolment import (
    CodeExpired,
    CodeTaken,
    EnrolmentExpired,
    NoEnrolment,
    WrongCode,
    enrolment_state,
    request_enrolment,
    take_code,
)
from server.screens.enrol.tokens import TokenRevoked, UnknownToken
from server.screens.models import Enrolment, Player, Screen, Service
from server.screens.players import player_of_token, revoke_player
from server.screens.texts import BadText
from server.screens.venues import NoScreen, ScreenRetired, retire_screen
from tests.factories import NOON, make_player, make_screen, token_of

LATER = NOON + timedelta(minutes=2)
TOKEN = "t" * 43


def request_code(db, *, hardware="pi-0001", token=TOKEN, now=NOON):
    hash_ = hashlib.sha256(token.encode()).hexdigest()
    return request_enrolment(db, EnrolRequest(hardware=hardware, token_sha256=hash_), now=now)


def enrol(db, screen, *, now=NOON, **who):
    return take_code(db, request_code(db, now=now, **who).code, screen.id, by=None, now=now)


def services(db):
    """(player, screen, still running) of each service, in the order they began."""
    rows = db.exec(select(Service).order_by(col(Service.from_at), col(Service.id)))
    return [(row.player_id, row.screen_id, row.until_at is None) for row in rows]


def test_a_box_learns_its_screen_once_the_code_was_typed_at_every_request(db):
    screen = make_screen(db)
    enrolment = request_code(db)
    assert enrolment_state(db, enrolment.id, TOKEN, now=NOON).screen is None
    player = take_code(db, f" {enrolment.code.lower()[:3]}-{enrolment.code[3:]}", screen.id, by=None, now=LATER)
    for _ in range(2):
        assert enrolment_state(db, enrolment.id, TOKEN, now=NOON + timedelta(days=1)).screen == screen.id
    assert player_of_token(db, TOKEN).id == player.id
    assert services(db) == [(player.id, screen.id, True)]
    assert db.exec(select(Job.kind)).one() == "plan"


def test_only_the_hash_of_the_token_is_stored(db):
    enrol(db, make_screen(db))
    stored = [*db.exec(select(Enrolment)), *db.exec(select(Player))]
    assert TOKEN not in str([row.model_dump() for row in stored])


def test_a_repeated_request_gets_the_same_code_until_it_expires(db):
    first = request_code(db)
    assert request_code(db, now=LATER).code == first.code
    assert request_code(db, now=NOON + timedelta(minutes=11)).id != first.id


def test_repeating_a_waiting_boxs_hardware_id_does_not_end_its_code(db):
    """The id is no secret: it is printed on the box, and counts up within a series."""
    waiting = request_code(db)
    other = request_code(db, token="another")
    assert other.code != waiting.code
    assert request_code(db, now=LATER).code == waiting.code
    screen = make_screen(db)
    take_code(db, waiting.code, screen.id, by=None, now=LATER)
    assert enrolment_state(db, waiting.id, TOKEN, now=LATER).screen == screen.id


def test_a_code_is_good_for_ten_minutes(db):
    enrolment = request_code(db)
    late = NOON + timedelta(minutes=10)
    with pytest.raises(CodeExpired) as caught:
        take_code(db, enrolment.code, make_screen(db).id, by=None, now=late)
    assert caught.value.remedy
    with pytest.raises(EnrolmentExpired):
        enrolment_state(db, enrolment.id, TOKEN, now=late)


@pytest.mark.parametrize("typed", ["", "222222", "not a code", "AAAAAA", "\x00"])
def test_a_wrong_code_is_refused(db, typed):
    request_code(db)
    with pytest.raises(WrongCode):
        take_code(db, typed, make_screen(db).id, by=None, now=NOON)


def test_a_code_works_once(db):
    enrolment = request_code(db)
    take_code(db, enrolment.code, make_screen(db).id, by=None, now=NOON)
    with pytest.raises(CodeTaken):
        take_code(db, enrolment.code, make_screen(db).id, by=None, now=NOON)


def test_a_screen_that_is_not_there_takes_no_box(db):
    screen = make_screen(db)
    retire_screen(db, screen.id, now=NOON)
    with pytest.raises(ScreenRetired):
        enrol(db, screen)
    with pytest.raises(NoScreen):
        take_code(db, "BBBBBB", "nowhere", by=None, now=NOON)


def test_anyone_elses_token_learns_nothing(db):
    enrolment = request_code(db)
    with pytest.raises(UnknownToken):
        enrolment_state(db, enrolment.id, "a guess", now=NOON)
    with pytest.raises(NoEnrolment):
        enrolment_state(db, "unknown", TOKEN, now=NOON)


def test_a_second_box_on_a_screen_moves_the_first_one_off(db):
    screen = make_screen(db)
    first = enrol(db, screen)
    second = enrol(db, screen, hardware="pi-0002", token="other", now=LATER)
    assert db.get_one(Player, first.id).screen_id is None
    assert services(db) == [(first.id, screen.id, False), (second.id, screen.id, True)]


@pytest.mark.parametrize("token", [TOKEN, "a new token"])
def test_a_box_enrolled_again_moves_and_keeps_its_history(db, token):
    old, new = make_screen(db), make_screen(db)
    first = enrol(db, old)
    moved = enrol(db, new, token=token, now=LATER)
    assert moved.id == first.id
    assert player_of_token(db, token).screen_id == new.id
    assert services(db) == [(first.id, old.id, False), (first.id, new.id, True)]


def test_a_box_enrolled_again_on_its_own_screen_goes_on_serving_it(db):
    screen = make_screen(db)
    player = enrol(db, screen)
    enrol(db, screen, token="a new token", now=LATER)
    assert services(db) == [(player.id, screen.id, True)]


def test_a_card_put_into_another_box_is_the_same_player(db):
    player = enrol(db, make_screen(db))
    again = enrol(db, make_screen(db), hardware="pi-0002", now=LATER)
    assert (again.id, again.hardware) == (player.id, "pi-0002")


def test_a_revoked_token_cannot_be_enrolled_again_but_a_new_one_can(db):
    screen = make_screen(db)
    player = make_player(db, screen=screen, hardware="pi-0001")
    revoke_player(db, player.id, by=None, now=NOON)
    with pytest.raises(TokenRevoked) as caught:
        request_code(db, token=token_of(player))
    assert caught.value.remedy
    assert enrol(db, screen, token="fresh").id != player.id


def test_a_box_taken_off_its_screen_must_request_a_new_code(db):
    screen = make_screen(db)
    enrolment = request_code(db)
    take_code(db, enrolment.code, screen.id, by=None, now=NOON)
    enrol(db, screen, hardware="pi-0002", token="other", now=LATER)
    with pytest.raises(EnrolmentExpired, match="taken off"):
        enrolment_state(db, enrolment.id, TOKEN, now=LATER)


def test_hardware_that_cannot_be_written_down_is_refused(db):
    with pytest.raises(BadText):
        request_code(db, hardware="pi\x00-0001")


def test_two_operators_who_type_one_code_put_the_box_on_one_screen(engine):
    with transaction(engine) as db:
        screens = [make_screen(db).id for _ in range(4)]
        code = request_code(db).code
    results = race(lambda screen_id: take_code_alone(engine, code, screen_id), screens)
    assert sorted(results) == ["code_taken"] * 3 + ["enrolled"]
    with transaction(engine) as db:
        assert len(services(db)) == 1


def test_two_boxes_enrolled_at_once_on_one_screen_leave_one_there(engine):
    with transaction(engine) as db:
        screen = make_screen(db)
        codes = [request_code(db, hardware=f"pi-{n:04}", token=f"token {n}").code for n in range(4)]
    assert race(lambda code: take_code_alone(engine, code, screen.id), codes) == ["enrolled"] * 4
    with transaction(engine) as db:
        assert sum(running for _, _, running in services(db)) == 1
        assert len(db.exec(select(Player).where(Player.screen_id == screen.id)).all()) == 1
        assert db.get_one(Screen, screen.id).retired_at is None


def take_code_alone(engine, code, screen_id):
    try:
        with transaction(engine) as db:
            take_code(db, code, screen_id, by=None, now=LATER)
    except LiftcastError as error:
        return error.code
    return "enrolled"


def race(call, arguments):
    """Call on as many threads at once; returns the results."""
    start, results = threading.Barrier(len(arguments)), []

    def run(argument):
        start.wait()
        results.append(call(argument))

    threads = [threading.Thread(target=run, args=(argument,)) for argument in arguments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
