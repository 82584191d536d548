"""Handing out: a box gets the certificate for its own name and key, and orders are queued only when they are due."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select, update

from media.wire.certificates import LATEST_S, SOONEST_S, CertificateAnswer, CertificateRequest
from server.db import Job
from server.screens.certificates.hand_out import certificate_of, hand_out_certificate
from server.screens.certificates.signing_requests import OtherName
from server.screens.models import BoxCertificate
from server.screens.players import OnNoScreen
from tests.factories import NOON, make_player, make_screen
from tests.rig.certificates import new_key, signing_request

ZONE = "box.example.org"
NAME = f"k7m2pq.{ZONE}"
LIFE = timedelta(days=90)


class Box:
    """Requests again and again with one key."""

    def __init__(self, db, screen, player=None):
        self.db, self.screen = db, screen
        self.player = player or make_player(db, screen=screen)
        self.key = new_key()

    def request(self, name=NAME, *, now=NOON, zone=ZONE):
        pem = signing_request(name, key=self.key)
        return hand_out_certificate(
            self.db, self.player, CertificateRequest(signing_request=pem), zone=zone, now=now
        )  # fmt: skip

    def certificate(self):
        found = certificate_of(self.db, self.screen.id)
        self.db.refresh(found)
        return found

    def change(self, **values):
        self.db.exec(update(BoxCertificate).values(**values))

    def orders(self):
        return [(job.kind, job.subject) for job in self.db.exec(select(Job))]

    def begin_anew(self):
        for job in self.db.exec(select(Job)).all():
            self.db.delete(job)
        self.db.flush()


@pytest.fixture
def box(db):
    return Box(db, make_screen(db, code="K7M2PQ"))


@pytest.fixture
def certified(box):
    """With a certificate of 90 days from noon on."""
    box.request()
    box.change(chain="PEM", starts_at=NOON, expires_at=NOON + LIFE, order_after=NOON + timedelta(hours=36))
    box.begin_anew()
    return box


def test_a_box_learns_its_name(db, box):
    answer = hand_out_certificate(db, box.player, CertificateRequest(), zone=ZONE, now=NOON)
    assert answer == CertificateAnswer(name=NAME)
    assert certificate_of(db, box.screen.id) is None


def test_without_a_zone_there_is_no_name(box):
    assert box.request(zone="") == CertificateAnswer()
    assert box.orders() == []


def test_a_box_on_no_screen_has_no_name(db):
    with pytest.raises(OnNoScreen):
        hand_out_certificate(db, make_player(db), CertificateRequest(), zone=ZONE, now=NOON)


def test_a_first_request_is_ordered_once(box):
    assert box.request() == CertificateAnswer(name=NAME, again_s=SOONEST_S)
    box.request()
    assert box.orders() == [("certificate", box.certificate().id)]


def test_another_name_is_refused_and_nothing_is_ordered(db, box):
    with pytest.raises(OtherName):
        box.request("abcdef.box.example.org")
    assert certificate_of(db, box.screen.id) is None


def test_the_chain_is_handed_out_until_it_is_due(certified):
    assert certified.request(now=NOON + LIFE / 2) == CertificateAnswer(name=NAME, chain="PEM", again_s=LATEST_S)
    assert certified.orders() == []


def test_in_the_last_third_of_its_life_it_is_renewed_and_still_handed_out(certified):
    for at, orders in ((LIFE * 2 / 3 - timedelta(seconds=1), 0), (LIFE * 2 / 3, 1)):
        assert certified.request(now=NOON + at).chain == "PEM"
        assert len(certified.orders()) == orders


def test_an_expired_chain_is_not_handed_out(certified):
    assert certified.request(now=NOON + LIFE).chain == ""
    assert len(certified.orders()) == 1


def test_a_new_key_gets_no_certificate_of_the_former(certified):
    certified.key = new_key()
    assert certified.request(now=NOON + timedelta(days=60)).chain == ""
    assert (certified.certificate().chain, certified.certificate().expires_at) == ("", None)
    assert len(certified.orders()) == 1


def test_a_box_that_makes_new_keys_uses_up_no_limit_of_the_authority(certified):
    certified.key = new_key()
    answer = certified.request(now=NOON + timedelta(hours=35, minutes=50))
    assert (answer.chain, answer.again_s) == ("", 600)
    assert certified.orders() == []
    certified.request(now=NOON + timedelta(hours=36))
    assert len(certified.orders()) == 1


def test_a_renamed_zone_orders_anew(certified):
    later = NOON + timedelta(hours=36)
    answer = certified.request("k7m2pq.other.example.org", zone="other.example.org", now=later)
    assert (answer.name, answer.chain) == ("k7m2pq.other.example.org", "")
    assert certified.certificate().name == "k7m2pq.other.example.org"


def test_a_box_that_returns_after_a_failure_gets_the_time_of_the_next_try(box):
    box.request()
    box.change(order_after=NOON + timedelta(days=1), failures=5)
    box.begin_anew()
    assert box.request().again_s == LATEST_S
    assert box.orders() == []


def test_a_clock_that_is_set_back_hands_out_what_is_there(certified):
    assert certified.request(now=NOON - timedelta(days=400)).chain == "PEM"
    assert certified.orders() == []
