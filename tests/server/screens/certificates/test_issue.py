"""The rows that are written after an order: the certificate, or why there is none and when it is tried again."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlmodel import select, update

from server.screens.certificates import issue
from server.screens.certificates.acme_order import AuthorityAway
from server.screens.certificates.dns_hook import DnsHook, DnsHookFailed
from server.screens.certificates.issue import (
    AFTER_SUCCESS,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    WrongCertificate,
    issue_certificate,
    note_failure,
)
from server.screens.certificates.signing_requests import digest_of_key
from server.screens.models import BoxCertificate
from tests.factories import NOON, make_screen, saved
from tests.rig.certificates import certificate, new_key, signing_request

NAME = "k7m2pq.box.example.org"


class Order:
    """One order of a row; the authority answers `chain`, or raises it."""

    def __init__(self, db, monkeypatch):
        self.db, self.key = db, new_key()
        self.row = saved(
            db,
            BoxCertificate(
                screen_id=make_screen(db).id, name=NAME, signing_request=signing_request(NAME, key=self.key),
                key_digest=digest_of_key(self.key.public_key()), requested_at=NOON,
            ),
        )  # fmt: skip
        self.chain = certificate(NAME, key=self.key, starts_at=NOON)
        self.removed = []
        monkeypatch.setattr(issue, "order_certificate", self.answer)
        monkeypatch.setattr(DnsHook, "remove", lambda hook, *record: self.removed.append(record) or True)

    def answer(self, request, authority, challenge, steps):
        if isinstance(self.chain, Exception):
            raise self.chain
        return self.chain

    def run(self, *, now=NOON, meanwhile=lambda: None):
        ending = issue_certificate(self.row, None, DnsHook(None), transaction=self.transaction, look=lambda: None)
        meanwhile()
        ending(self.db, now)
        self.db.flush()
        self.db.expire_all()
        return self.db.exec(select(BoxCertificate)).one()

    @contextmanager
    def transaction(self):
        yield self.db


@pytest.fixture
def order(db, monkeypatch):
    return Order(db, monkeypatch)


def test_the_chain_is_written_with_its_validity(order):
    order.row.failures, order.row.trouble = 2, "The authority was away."
    written = order.run()
    assert (written.chain, written.starts_at) == (order.chain, NOON)
    assert written.expires_at == NOON + timedelta(days=90)
    assert (written.failures, written.trouble, written.order_after) == (0, "", NOON + AFTER_SUCCESS)


@pytest.mark.parametrize("names", [["abcdef.box.example.org"], [NAME, "screens.example.org"], ["*.box.example.org"]])
def test_a_certificate_for_another_name_is_not_handed_out(order, names):
    order.chain = certificate(*names, key=order.key, starts_at=NOON)
    written = order.run()
    assert (written.chain, written.trouble) == ("", WrongCertificate().message)


def test_a_certificate_for_another_key_is_not_handed_out(order):
    order.chain = certificate(NAME, key=ec.generate_private_key(ec.SECP256R1()), starts_at=NOON)
    assert order.run().trouble == WrongCertificate().message


@pytest.mark.parametrize("chain", ["", "no PEM", "x" * 40_000, "-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_what_is_no_chain_is_not_handed_out(order, chain):
    order.chain = chain
    assert order.run().trouble == WrongCertificate().message


def test_a_failure_is_written_with_its_remedy_and_detail(order):
    order.chain = DnsHookFailed(detail="exit code 3: no such zone")
    written = order.run()
    assert (written.trouble, written.detail) == (DnsHookFailed().message, "exit code 3: no such zone")
    assert "Run it by hand" in written.remedy
    assert (written.failures, written.order_after) == (1, NOON + FIRST_PAUSE)


def test_pauses_between_failures_grow_to_a_day(order):
    order.chain = AuthorityAway()
    pauses = [order.run().order_after - NOON for _ in range(12)]
    assert pauses[:4] == [FIRST_PAUSE, FIRST_PAUSE * 3, FIRST_PAUSE * 9, FIRST_PAUSE * 27]
    assert pauses[5:] == [LONGEST_PAUSE] * 7


def test_a_certificate_that_still_holds_stays_after_a_failure(order):
    order.run()
    order.chain = AuthorityAway()
    assert order.run().chain != ""


def test_a_signing_request_that_was_replaced_meanwhile_gets_no_certificate(db, order):
    def replace():
        db.exec(update(BoxCertificate).values(key_digest="0" * 64))

    written = order.run(meanwhile=replace)
    assert (written.chain, written.order_after) == ("", NOON + AFTER_SUCCESS)


def test_a_record_that_a_killed_worker_left_is_removed_first(order):
    order.row.dns_value = "left"
    assert order.run().dns_value == ""
    assert order.removed == [(f"_acme-challenge.{NAME}", "left")]


def test_a_failure_of_a_row_that_is_gone_breaks_nothing(db):
    note_failure(db, "01J", AuthorityAway(), NOON)
