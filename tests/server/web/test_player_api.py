from __future__ import annotations

import hashlib
import time
from datetime import timedelta

import pytest
from limits import parse
from sqlmodel import func, select

from media.store import MediaStore
from media.wire.enrolment import EnrolCode
from media.wire.plays import PlaysAnswer
from server.db import new_id, reading, to_ms, transaction, utc_now
from server.http import limits
from server.http.limits import try_counter
from server.http.tries import Limit
from server.plays.models import DeliveredDay, PlayRow
from server.screens.enrol.enrolment import take_code
from server.screens.models import Player, Screen
from server.screens.players import revoke_player
from server.timelines.models import PublishedTimeline
from tests.factories import bearer, jpeg_bytes, make_creative, make_player, make_screen
from tests.rig.players.planned import SLOT_MS, publish_spots

TOKEN = "t" * 43
ASK = {"hardware": "pi-0001", "token_sha256": hashlib.sha256(TOKEN.encode()).hexdigest()}
MINE = {"Authorization": f"Bearer {TOKEN}"}
STATUS = {"hardware": "pi-0001", "boot_id": "b", "seq": 1, "now_ms": 0, "version": 1, "clock_trusted": True}


@pytest.fixture
def player(engine):
    with transaction(engine) as db:
        return make_player(db, screen=make_screen(db))


def status_and_code(answer):
    """The error's code; every error also has words and, but for broken JSON shapes, a remedy."""
    error = answer.get_json()["error"]
    assert error["message"]
    return answer.status_code, error["code"]


# --- enrolment


def test_a_box_is_enrolled_by_the_code_that_it_shows(client, engine):
    answer = client.post("/api/v1/players/enrol", json=ASK)
    code = EnrolCode.model_validate(answer.get_json())
    assert answer.status_code == 201
    assert 0 < code.expires_ms - to_ms(utc_now()) <= 600_000
    poll = f"/api/v1/players/enrol/{code.enrolment}"
    assert client.post(poll, headers=MINE).get_json() == {"screen": None}
    with transaction(engine) as db:
        screen = make_screen(db)
        take_code(db, code.code, screen.id, by=None, now=utc_now())
    for _ in range(2):
        assert client.post(poll, headers=MINE).get_json() == {"screen": screen.id}
    assert status_and_code(client.get("/api/v1/player/timeline", headers=MINE)) == (404, "no_timeline")


def test_another_token_cannot_read_an_enrolment(client):
    asked = client.post("/api/v1/players/enrol", json=ASK).get_json()
    answer = client.post(f"/api/v1/players/enrol/{asked['enrolment']}", headers={"Authorization": "Bearer guess"})
    assert status_and_code(answer) == (401, "unknown_token")


def test_an_enrolment_that_is_not_there_has_a_remedy(client):
    answer = client.post("/api/v1/players/enrol/unknown", headers=MINE)
    assert status_and_code(answer) == (404, "no_enrolment")
    assert answer.get_json()["error"]["remedy"] == "Ask for a new code."


def test_a_client_that_invents_enrolments_chooses_neither_the_number_nor_the_length_of_the_counters(app, client):
    own = try_counter(app)._own._counts
    client.post(f"/api/v1/players/enrol/{'x' * 8000}", headers=MINE)
    assert max(map(len, own)) < 100
    many = Limit(parse("1200/minute"), "polling enrolments", "127.0.0.1", counts_as=1199)
    with try_counter(app).taking([many]):
        pass
    before = len(own)
    assert status_and_code(client.post("/api/v1/players/enrol/invented", headers=MINE)) == (429, "too_many_tries")
    assert len(own) == before


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"{", 400), (b"[]", 422), (b"{}", 422), (b'{"hardware": "pi-1", "token_sha256": "secret"}', 422)],
)
def test_a_broken_request_for_a_code_is_refused(client, body, status):
    assert client.post("/api/v1/players/enrol", data=body).status_code == status


def test_one_address_cannot_request_codes_for_ever(client):
    answers = [client.post("/api/v1/players/enrol", json=ASK).status_code for _ in range(31)]
    assert answers == [201] * 30 + [429]


# --- timeline


def publish(engine, player, version):
    with transaction(engine) as db:
        manifest = {"version": version, "title": "电梯"}
        db.add(
            PublishedTimeline(
                screen_id=player.screen_id,
                version=version,
                manifest=manifest,
                etag=f"v{version}",
                published_at=utc_now(),
                ends_at=utc_now() + timedelta(days=14),
            )
        )


def test_the_newest_timeline_is_sent_once(client, engine, player):
    publish(engine, player, 1)
    publish(engine, player, 2)
    first = client.get("/api/v1/player/timeline", headers=bearer(player))
    assert first.get_json() == {"version": 2, "title": "电梯"}
    again = client.get("/api/v1/player/timeline", headers=bearer(player) | {"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    publish(engine, player, 3)
    newer = client.get("/api/v1/player/timeline", headers=bearer(player) | {"If-None-Match": first.headers["ETag"]})
    assert newer.get_json()["version"] == 3


def test_a_player_without_a_screen_learns_that(client, engine):
    with transaction(engine) as db:
        spare = make_player(db)
    assert status_and_code(client.get("/api/v1/player/timeline", headers=bearer(spare))) == (409, "on_no_screen")


@pytest.mark.parametrize("given", [{}, {"Authorization": "Bearer"}, {"Authorization": "Basic YTpi"}, MINE])
def test_nobody_elses_token_opens_anything(client, given):
    for method, path in (("GET", "timeline"), ("POST", "plays"), ("POST", "picture")):
        answer = client.open(f"/api/v1/player/{path}", method=method, headers=given, json={"plays": []})
        assert status_and_code(answer) == (401, "unknown_token")


def test_a_revoked_token_opens_nothing(client, engine, player):
    with transaction(engine) as db:
        revoke_player(db, player.id, by=None, now=utc_now())
    assert status_and_code(client.get("/api/v1/player/timeline", headers=bearer(player))) == (401, "token_revoked")


# --- status and clock


def test_a_status_is_kept(client, engine, player):
    assert client.post("/api/v1/player/status", json=STATUS, headers=bearer(player)).status_code == 204
    with reading(engine) as db:
        kept = db.get_one(Player, player.id)
        assert (kept.held_version, kept.boot_id) == (1, "b")


def test_an_unknown_protocol_is_answered_with_the_known_ones(client, player):
    answer = client.post("/api/v1/player/status", json={"protocol": 2}, headers=bearer(player))
    assert status_and_code(answer) == (426, "unknown_protocol")
    assert "speaks protocols 1" in answer.get_json()["error"]["message"]
    named = client.get("/api/v1/player/timeline", headers=bearer(player) | {"Liftcast-Protocol": "9"})
    assert status_and_code(named) == (426, "unknown_protocol")


def test_the_clock_gives_four_timestamps(client):
    before = time.time() * 1000
    pong = client.get("/api/v1/player/clock?t0=12.5").get_json()
    assert pong["t0"] == 12.5
    assert before <= pong["t1"] <= pong["t2"] <= time.time() * 1000


@pytest.mark.parametrize("query", ["", "?t0=", "?t0=noon"])
def test_a_clock_ping_without_a_time_is_refused(client, query):
    assert client.get(f"/api/v1/player/clock{query}").status_code == 422


# --- picture


def send_picture(client, player, raw):
    return client.post("/api/v1/player/picture", data=raw, headers=bearer(player), content_type="image/jpeg")


def test_the_newest_picture_replaces_the_one_before(client, engine, player, settings):
    store = MediaStore(settings.media_dir)
    for seed in ("one", "two"):
        assert send_picture(client, player, jpeg_bytes(seed)).status_code == 204
    with reading(engine) as db:
        digest = db.get_one(Player, player.id).picture_digest
    assert list(store.digests()) == [digest]


def test_a_picture_that_is_none_leaves_no_file(client, player, settings):
    answer = send_picture(client, player, jpeg_bytes("one")[:-20] + b"x" * 10)
    assert status_and_code(answer) == (422, "bad_picture")
    assert list(MediaStore(settings.media_dir).digests()) == []


def test_a_player_that_sends_a_creatives_bytes_cannot_make_us_forget_them(client, engine, player, settings):
    store = MediaStore(settings.media_dir)
    with transaction(engine) as db:
        creative = make_creative(db, store)
    send_picture(client, player, jpeg_bytes(creative.id))
    send_picture(client, player, jpeg_bytes("another"))
    assert len(list(store.digests())) == 2


def test_nor_forget_an_original(client, engine, player, settings):
    original = MediaStore(settings.media_dir).put([jpeg_bytes("original")])
    with transaction(engine) as db:
        make_creative(db, original_digest=original)
    for seed in ("original", "another"):
        send_picture(client, player, jpeg_bytes(seed))
    assert MediaStore(settings.media_dir).has(original)


# --- plays


@pytest.fixture
def play(engine, settings, player):
    began = to_ms(utc_now()) // SLOT_MS * SLOT_MS - 60_000
    with transaction(engine) as db:
        creative, screen = make_creative(db), db.get_one(Screen, player.screen_id)
        spots = [(began + nth * 10_000, creative.id, 2) for nth in range(3)]
        publish_spots(db, MediaStore(settings.media_dir), screen, spots)

    def make(nth=0, **more):
        starts = began + nth * 10_000
        defaults = {"kind": "spot", "screen": player.screen_id, "item": creative.id, "version": 1, "result": "played"}
        times = {"starts_ms": starts, "began_ms": starts, "ended_ms": starts + 10_000}
        return {"id": new_id(), **defaults, **times, **more}

    return make


def send(client, player, plays):
    answer = client.post("/api/v1/player/plays", json={"plays": plays}, headers=bearer(player))
    return [(play.id, play.status) for play in PlaysAnswer.model_validate(answer.get_json()).plays]


def test_plays_are_answered_one_by_one_in_order_and_counted_once(client, engine, player, play):
    batch = [play(0), play(1), play(2, screen="elsewhere")]
    ids = [play["id"] for play in batch]
    assert send(client, player, batch) == list(zip(ids, ("accepted", "accepted", "refused"), strict=True))
    assert send(client, player, batch) == list(zip(ids, ("duplicate", "duplicate", "refused"), strict=True))
    with reading(engine) as db:
        assert sum(day.plays for day in db.exec(select(DeliveredDay))) == 2


def test_one_broken_play_does_not_hold_up_the_others(client, player, play):
    good, broken = play(0), {"id": "7" * 26, "kind": "spot"}
    answers = send(client, player, [broken, good, "nonsense", {"id": 5}])
    assert answers == [("7" * 26, "refused"), (good["id"], "accepted"), ("", "refused"), ("5", "refused")]


def test_a_box_that_invents_house_content_without_end_must_try_later(client, engine, player, play, monkeypatch):
    """Plays that are sent again, or refused, are no more house content."""
    monkeypatch.setattr(limits, "STORED_PLAYS", "4/day")
    batch = [play(0, kind="house"), play(1, kind="house", screen="elsewhere")]
    assert [send(client, player, batch)[0][1] for _ in range(3)] == ["accepted", "duplicate", "duplicate"]
    more = {"plays": [play(nth, kind="house") for nth in range(3)]}
    refused = client.post("/api/v1/player/plays", json=more, headers=bearer(player))
    assert (status_and_code(refused), refused.headers["Retry-After"] > "") == ((429, "too_many_tries"), True)
    assert send(client, player, [play(2)])[0][1] == "accepted"
    with reading(engine) as db:
        assert db.exec(select(func.count()).select_from(PlayRow)).one() == 2


@pytest.mark.parametrize("body", [{"plays": {}}, {}, [], {"plays": [{}] * 1001}])
def test_a_body_that_is_no_batch_is_refused_whole(client, player, body):
    assert status_and_code(client.post("/api/v1/player/plays", json=body, headers=bearer(player))) == (422, "bad_batch")
