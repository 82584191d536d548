"""The claims that this box may hand out while the uplink is down, and the phones that got them.

A claim is on the disk as given to a phone before the phone sees it. So a power cut gives no claim to two phones, and
loses none: the phone repeats its request, and the same key gets the same claim.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from media.wire.leases import MOST_HANDED_OUT, HandOut, HandOutAnswer, LeaseRequest, Leases, OfferLease
from player.journal.journal import is_broken
from player.portal.upstream.player_messages import NotHandedOut

logger = logging.getLogger(__name__)

# Unused, given to a phone, given and reported, or deleted as the server requested: kept until it has heard so.
SCHEMA = """
CREATE TABLE IF NOT EXISTS offer (
    id TEXT PRIMARY KEY, open INTEGER NOT NULL, title TEXT NOT NULL, terms TEXT NOT NULL, merchant TEXT NOT NULL,
    per_phone INTEGER NOT NULL, expires_ms INTEGER NOT NULL, validity TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS claim (
    id TEXT PRIMARY KEY, offer TEXT NOT NULL, state TEXT NOT NULL, secret TEXT NOT NULL, handle TEXT NOT NULL,
    wallet_url TEXT NOT NULL, link TEXT NOT NULL, phone TEXT NOT NULL DEFAULT '', key TEXT NOT NULL DEFAULT '',
    screen TEXT NOT NULL DEFAULT '', claimed_ms INTEGER NOT NULL DEFAULT 0, expires_ms INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS claim_of_phone ON claim (phone, offer);
CREATE INDEX IF NOT EXISTS claim_of_link ON claim (link);
"""
COUPONS = """
SELECT claim.id, claim.offer, claim.state, claim.secret, claim.handle, claim.wallet_url, claim.key, claim.claimed_ms,
    claim.expires_ms, offer.title, offer.terms, offer.merchant
FROM claim JOIN offer ON offer.id = claim.offer
"""
GIVEN = "claim.state IN ('given', 'reported')"
NEW_OFFER = """
INSERT INTO offer (id, open, title, terms, merchant, per_phone, expires_ms, validity) VALUES (?, 1, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET open = 1, title = excluded.title, terms = excluded.terms, merchant = excluded.merchant,
    per_phone = excluded.per_phone, expires_ms = excluded.expires_ms, validity = excluded.validity
"""
NEW_CLAIM = """
INSERT OR IGNORE INTO claim (id, offer, state, secret, handle, wallet_url, link) VALUES (?, ?, 'unused', ?, ?, ?, ?)
"""
DELETED_CLAIM = """
INSERT INTO claim (id, offer, state, secret, handle, wallet_url, link) VALUES (?, '', 'deleted', '', '', '', '')
ON CONFLICT (id) DO UPDATE SET state = 'deleted', secret = '' WHERE state = 'unused'
"""
GIVE = """
UPDATE claim SET state = 'given', phone = ?, key = ?, screen = ?, claimed_ms = ?, expires_ms = ?
WHERE id = (SELECT id FROM claim WHERE offer = ? AND state = 'unused' ORDER BY id LIMIT 1)
"""
REPORTED = "UPDATE claim SET state = 'reported' WHERE id = ? AND state = 'given'"


@dataclass(frozen=True)
class GivenClaim:
    """A claim that a phone got here. reported: the server knows it"""

    claim: str
    offer: str
    title: str
    terms: str
    merchant: str
    secret: bytes
    handle: str
    wallet_url: str
    key: str
    claimed_ms: int
    expires_ms: int
    reported: bool


class LeaseStore:
    """One file; each call has a connection of its own, so it is safe from any thread.

    A disk that takes nothing hands out nothing. A broken file is set aside: its unused claims return to the stock when
    they have expired, and those that phones have are good at any till.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    # --- phones

    def hand_out(self, offer: str, *, phone: str, key: str, screen: str, now_ms: int) -> GivenClaim | NotHandedOut:
        """A claim for this phone, or the one that the same key, or a limit of one, already gave it.

        phone: the hash of its token
        """
        try:
            with self._changing() as db:
                return self._hand_out(db, offer, phone, key, screen, now_ms)
        except (sqlite3.Error, OSError) as error:
            logger.error("claim not handed out why=%s", error)
            return NotHandedOut.NO_LEASE

    def coupons_of(self, phone: str) -> list[GivenClaim]:
        """The newest first; none if the file cannot be read."""
        return self._read(f"{COUPONS} WHERE claim.phone = ? AND {GIVEN} ORDER BY claimed_ms DESC, claim.id DESC", phone)

    def coupon_of_link(self, link: str) -> GivenClaim | None:
        """The coupon that a link opens, if a phone got it here. link: the last part of its address"""
        return next(iter(self._read(f"{COUPONS} WHERE claim.link = ? AND {GIVEN}", link)), None)

    # --- the server

    def unreported(self, most: int = MOST_HANDED_OUT) -> list[HandOut]:
        """Oldest first."""
        query = "SELECT id AS claim, phone, key, screen, claimed_ms, expires_ms FROM claim WHERE state = 'given'"
        with self._reading() as db:
            rows = db.execute(f"{query} ORDER BY claimed_ms, id LIMIT ?", (most,)).fetchall()
        return [HandOut.model_validate(dict(row)) for row in rows]

    def settle(self, answers: Iterable[HandOutAnswer]) -> int:
        """Mark the claims that the server has answered as reported; returns how many."""
        answers = list(answers)
        for answer in answers:
            if answer.status == "refused":
                logger.warning("handed-out claim refused claim=%s why=%s", answer.claim, answer.why)
        settled = [(answer.claim,) for answer in answers]
        with self._changing() as db:
            return db.executemany(REPORTED, settled).rowcount if settled else 0

    def request(self) -> LeaseRequest:
        with self._reading() as db:
            unused, deleted = (
                tuple(id_ for (id_,) in db.execute("SELECT id FROM claim WHERE state = ? ORDER BY id", (state,)))
                for state in ("unused", "deleted")
            )
        return LeaseRequest(holds=unused, returned=deleted)

    def accept(self, leases: Leases, *, request: LeaseRequest, now_ms: int) -> None:
        """Store the answer to a request. Offers that it does not name are handed out no more."""
        with self._changing() as db:
            db.executemany("DELETE FROM claim WHERE id = ? AND state = 'deleted'", [(id_,) for id_ in request.returned])
            db.execute("UPDATE offer SET open = 0")
            for lease in leases.leases:
                _store(db, lease)
            db.executemany(DELETED_CLAIM, [(id_,) for id_ in leases.give_back])
            db.execute("DELETE FROM claim WHERE state = 'reported' AND expires_ms < ?", (now_ms,))
            db.execute("DELETE FROM offer WHERE open = 0 AND id NOT IN (SELECT offer FROM claim)")

    def clear(self) -> None:
        """Delete all but what is still to be reported: this box is on no screen any more."""
        with self._changing() as db:
            db.execute("UPDATE offer SET open = 0")
            db.execute("UPDATE claim SET state = 'deleted', secret = '' WHERE state = 'unused'")

    # --- one transaction

    def _hand_out(
        self, db: sqlite3.Connection, offer: str, phone: str, key: str, screen: str, now_ms: int
    ) -> GivenClaim | NotHandedOut:
        earlier = _coupons(db, f"{COUPONS} WHERE claim.phone = ? AND {GIVEN} ORDER BY claim.claimed_ms", phone)
        repeated = next((coupon for coupon in earlier if coupon.key == key), None) if key else None
        if repeated is not None:
            return repeated if repeated.offer == offer else NotHandedOut.OTHER_REQUEST
        lease = db.execute(
            "SELECT * FROM offer WHERE id = ? AND open = 1 AND expires_ms > ?", (offer, now_ms)
        ).fetchone()
        if lease is None:
            return NotHandedOut.NO_LEASE
        mine = [coupon for coupon in earlier if coupon.offer == offer]
        if len(mine) >= lease["per_phone"]:
            return mine[0] if lease["per_phone"] == 1 else NotHandedOut.LIMIT
        expires_ms = _expiry(lease["validity"], now_ms)
        if expires_ms is None:
            return NotHandedOut.NO_LEASE
        if db.execute(GIVE, (phone, key, screen, now_ms, expires_ms, offer)).rowcount != 1:
            return NotHandedOut.USED_UP
        given = _coupons(db, f"{COUPONS} WHERE claim.phone = ? AND claim.offer = ? AND {GIVEN}", phone, offer)
        before = {coupon.claim for coupon in mine}
        return next(coupon for coupon in given if coupon.claim not in before)

    def _read(self, query: str, *values: str) -> list[GivenClaim]:
        try:
            with self._reading() as db:
                return _coupons(db, query, *values)
        except sqlite3.Error as error:
            logger.warning("coupons not read why=%s", error)
            return []

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(self._opened()) as db:
                yield db
        except sqlite3.DatabaseError as error:
            if is_broken(error):
                self._set_aside(error)
            raise

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, synced at its end. What is not committed is rolled back when the connection closes."""
        with self._reading() as db:
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")

    def _opened(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, isolation_level=None, timeout=10)
        db.row_factory = sqlite3.Row
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.executescript(SCHEMA)
        except sqlite3.Error:
            db.close()
            raise
        return db

    def _set_aside(self, error: sqlite3.Error) -> None:
        names = (self._path.with_name(f"{self._path.name}.broken-{number}") for number in count(1))
        aside = next(path for path in names if not path.exists())
        self._path.rename(aside)
        for end in ("-wal", "-shm"):
            self._path.with_name(self._path.name + end).unlink(missing_ok=True)
        logger.error("leases broken and set aside as=%s why=%s", aside.name, error)


def _store(db: sqlite3.Connection, lease: OfferLease) -> None:
    validity = json.dumps([[span.until_ms, span.expires_ms] for span in lease.validity])
    terms = (lease.title, lease.terms, lease.merchant, lease.per_phone, lease.expires_ms, validity)
    db.execute(NEW_OFFER, (lease.offer, *terms))
    links = (copy.wallet_url.rpartition("/")[2] for copy in lease.claims)
    rows = [
        (copy.claim, lease.offer, copy.secret, copy.handle, copy.wallet_url, link)
        for copy, link in zip(lease.claims, links, strict=True)
    ]
    db.executemany(NEW_CLAIM, rows)


def _expiry(validity: str, now_ms: int) -> int | None:
    """Until when a claim is valid that is handed out now."""
    return next((expires_ms for until_ms, expires_ms in json.loads(validity) if now_ms < until_ms), None)


def _coupons(db: sqlite3.Connection, query: str, *values: str) -> list[GivenClaim]:
    return [
        GivenClaim(
            claim=row["id"],
            offer=row["offer"],
            title=row["title"],
            terms=row["terms"],
            merchant=row["merchant"],
            secret=bytes.fromhex(row["secret"]),
            handle=row["handle"],
            wallet_url=row["wallet_url"],
            key=row["key"],
            claimed_ms=row["claimed_ms"],
            expires_ms=row["expires_ms"],
            reported=row["state"] == "reported",
        )
        for row in db.execute(query, values)
    ]
