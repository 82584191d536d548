from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from media.wire.leases import HandOutAnswer, LeasedCopy, LeaseRequest, Leases, OfferLease, Validity
from player.portal.upstream.player_messages import NotHandedOut
from player.sync.leases import GivenClaim, LeaseStore

NOW_MS = 1_772_424_000_000
DAY_MS = 86_400_000
NOTHING = LeaseRequest()


def claim_id(nth: int) -> str:
    return f"{nth:026}"


def copies(*nths: int) -> tuple[LeasedCopy, ...]:
    return tuple(
        LeasedCopy(claim=claim_id(nth), secret=f"{nth:020x}", handle="H" * 16, wallet_url=f"https://x.example/w/L{nth}")
        for nth in nths
    )


def lease(*nths: int, offer: str = "offer", per_phone: int = 1, days: int = 8) -> OfferLease:
    """Valid until the end of the day after."""
    spans = tuple(
        Validity(until_ms=NOW_MS + (day + 1) * DAY_MS, expires_ms=NOW_MS + (day + 2) * DAY_MS) for day in range(days)
    )
    return OfferLease(
        offer=offer, title="A bowl", terms="", merchant="Noodle Bar", per_phone=per_phone,
        expires_ms=NOW_MS + days * DAY_MS, validity=spans, claims=copies(*nths),
    )  # fmt: skip


def hash_of(phone: str) -> str:
    return sha256(phone.encode()).hexdigest()


Give = Callable[..., GivenClaim | NotHandedOut]


@pytest.fixture
def store(tmp_path: Path) -> LeaseStore:
    return LeaseStore(tmp_path / "leases.sqlite3")


def give(store: LeaseStore, phone: str = "one", *, key: str = "", offer: str = "offer", now_ms: int = NOW_MS) -> object:
    return store.hand_out(offer, phone=hash_of(phone), key=key or phone, screen="screen-1", now_ms=now_ms)


def accept(
    store: LeaseStore, *leases: OfferLease, give_back: tuple[str, ...] = (), request: LeaseRequest = NOTHING
) -> None:
    store.accept(Leases(leases=leases, give_back=give_back), request=request, now_ms=NOW_MS)


def given(store: LeaseStore, phone: str = "one", **more: object) -> GivenClaim:
    coupon = give(store, phone, **more)  # type: ignore[arg-type]
    assert isinstance(coupon, GivenClaim)
    return coupon


def test_each_phone_gets_a_claim_of_its_own_until_the_lease_is_used_up(store: LeaseStore) -> None:
    accept(store, lease(1, 2))
    assert {given(store, "one").claim, given(store, "two").claim} == {claim_id(1), claim_id(2)}
    assert give(store, "three") is NotHandedOut.USED_UP


def test_the_same_key_gets_the_same_claim(store: LeaseStore) -> None:
    accept(store, lease(1, 2, per_phone=2))
    assert given(store, key="a") == given(store, key="a")
    assert given(store, key="a") != given(store, key="b")


def test_a_phone_gets_no_more_than_one_phone_may_have(store: LeaseStore) -> None:
    accept(store, lease(1, 2), lease(3, 4, 5, offer="other", per_phone=2))
    assert given(store, key="a") == given(store, key="b")
    assert given(store, key="c", offer="other") != given(store, key="d", offer="other")
    assert give(store, key="e", offer="other") is NotHandedOut.LIMIT


def test_a_key_is_for_one_offer(store: LeaseStore) -> None:
    accept(store, lease(1), lease(2, offer="other"))
    given(store, key="a")
    assert give(store, key="a", offer="other") is NotHandedOut.OTHER_REQUEST


def test_a_claim_is_valid_as_one_of_the_day_on_which_it_was_handed_out(store: LeaseStore) -> None:
    accept(store, lease(1, 2))
    assert given(store, "one").expires_ms == NOW_MS + 2 * DAY_MS
    assert given(store, "two", now_ms=NOW_MS + 3 * DAY_MS).expires_ms == NOW_MS + 5 * DAY_MS


def test_nothing_is_handed_out_after_the_lease_or_of_another_offer(store: LeaseStore) -> None:
    assert give(store) is NotHandedOut.NO_LEASE
    accept(store, lease(1))
    assert give(store, now_ms=NOW_MS + 8 * DAY_MS) is NotHandedOut.NO_LEASE
    assert give(store, offer="other") is NotHandedOut.NO_LEASE
    accept(store)
    assert give(store) is NotHandedOut.NO_LEASE


def test_what_a_phone_got_stays_its_own_when_the_offer_is_over(store: LeaseStore) -> None:
    accept(store, lease(1))
    coupon = given(store, key="a")
    accept(store, give_back=(coupon.claim,))
    assert given(store, key="a") == coupon
    assert store.coupons_of(hash_of("one")) == [coupon]
    assert store.coupon_of_link("L1") == coupon
    assert store.request() == NOTHING


def test_a_claim_is_reported_until_the_server_has_answered(store: LeaseStore) -> None:
    accept(store, lease(1, 2))
    first, _second = given(store, "one"), given(store, "two", now_ms=NOW_MS + 1)
    [out, _] = store.unreported()
    assert (out.claim, out.phone, out.key, out.screen) == (first.claim, hash_of("one"), "one", "screen-1")
    assert (out.claimed_ms, out.expires_ms) == (NOW_MS, first.expires_ms)
    answers = [HandOutAnswer(claim=out.claim, status="accepted"), HandOutAnswer(claim="unknown", status="refused")]
    assert store.settle(answers) == 1
    assert [out.claim for out in store.unreported()] == [claim_id(2)]
    assert store.coupons_of(hash_of("one"))[0].reported


def test_claims_that_the_server_requests_are_deleted_and_named_until_it_has_heard_it(store: LeaseStore) -> None:
    accept(store, lease(1, 2))
    accept(store, lease(), give_back=(claim_id(1), claim_id(9)))  # one that never arrived is not here either
    request = store.request()
    assert (request.holds, request.returned) == ((claim_id(2),), (claim_id(1), claim_id(9)))
    assert store.request() == request
    accept(store, lease(), request=request)
    assert store.request().returned == ()
    assert given(store).claim == claim_id(2)


def test_an_answer_that_arrives_twice_adds_nothing(store: LeaseStore) -> None:
    accept(store, lease(1))
    given(store)
    accept(store, lease(1))
    assert store.request().holds == ()


def test_a_box_on_no_screen_returns_what_it_has_and_still_reports(store: LeaseStore) -> None:
    accept(store, lease(1, 2))
    given(store)
    store.clear()
    assert give(store, "two") is NotHandedOut.NO_LEASE
    assert store.request().returned == (claim_id(2),)
    assert len(store.unreported()) == 1


def test_reported_claims_are_forgotten_when_they_have_expired(store: LeaseStore) -> None:
    accept(store, lease(1, 2))
    given(store, "one")
    given(store, "two")
    store.settle([HandOutAnswer(claim=claim_id(1), status="accepted")])
    store.accept(Leases(leases=()), request=NOTHING, now_ms=NOW_MS + 9 * DAY_MS)
    assert (store.coupons_of(hash_of("one")), len(store.coupons_of(hash_of("two")))) == ([], 1)


def test_phones_that_tap_at_once_get_claims_of_their_own(store: LeaseStore) -> None:
    accept(store, lease(*range(5)))
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda nth: give(store, f"phone {nth}"), range(8)))
    claims = [result.claim for result in results if isinstance(result, GivenClaim)]
    assert (len(set(claims)), results.count(NotHandedOut.USED_UP)) == (5, 3)


def test_a_power_cut_gives_no_claim_to_two_phones_and_loses_none(store: LeaseStore, tmp_path: Path) -> None:
    """The process is killed as soon as a phone sees its claim."""
    accept(store, lease(*range(6)))
    script = (
        "import sys; from pathlib import Path; from player.sync.leases import LeaseStore\n"
        "given = LeaseStore(Path(sys.argv[1])).hand_out("
        "'offer', phone=sys.argv[2], key='k', screen='s', now_ms=int(sys.argv[3]))\n"
        "print(given.claim, flush=True); sys.stdin.read()"
    )
    seen = []
    for nth in range(4):
        arguments = [
            sys.executable,
            "-c",
            script,
            str(tmp_path / "leases.sqlite3"),
            hash_of(f"phone {nth}"),
            str(NOW_MS),
        ]
        with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            seen.append(process.stdout.readline().strip())
            os.kill(process.pid, signal.SIGKILL)
    assert len(set(seen)) == 4
    assert sorted(out.claim for out in store.unreported()) == sorted(seen)
    assert given(store, "phone 0", key="k").claim == seen[0]


def test_a_full_disk_hands_out_nothing_and_loses_nothing(store: LeaseStore, monkeypatch: pytest.MonkeyPatch) -> None:
    accept(store, lease(1))
    opened = store._opened

    def full() -> sqlite3.Connection:
        db = opened()
        db.execute("PRAGMA query_only = ON")
        return db

    monkeypatch.setattr(store, "_opened", full)
    assert give(store) is NotHandedOut.NO_LEASE
    monkeypatch.undo()
    assert given(store).claim == claim_id(1)


def test_a_broken_file_is_set_aside(store: LeaseStore, tmp_path: Path) -> None:
    (tmp_path / "leases.sqlite3").write_bytes(b"no database" * 1000)
    assert give(store) is NotHandedOut.NO_LEASE
    accept(store, lease(1))
    assert given(store).claim == claim_id(1)
    assert (tmp_path / "leases.sqlite3.broken-1").exists()
