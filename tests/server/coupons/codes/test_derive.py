from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from media.coupon_codes import live_number, static_code
from media.symbols import are_symbols
from server.coupons.codes.derive import (
    CouponKeys,
    ScannedQr,
    claim_hmacs,
    claim_secret,
    coupon_keys,
    link_epoch,
    link_token,
    number_holds,
    qr_epoch,
    qr_text,
    step_at,
)
from server.db import new_id

CLAIM = "01JTESTTESTTESTTESTTESTTES"
HALF_MINUTE = timedelta(seconds=30)


def secret_of(keys: CouponKeys, epoch: int = 0) -> bytes:
    return claim_secret(keys, CLAIM, epoch)


def test_a_code_and_its_check_symbol_are_letters_and_digits_that_every_keyboard_has(keys: CouponKeys) -> None:
    codes = "".join(static_code(claim_secret(keys, new_id(), 0)) for _ in range(500))
    assert len(codes) == 500 * 13
    assert are_symbols(codes)


def test_claims_share_nothing_they_show(keys: CouponKeys) -> None:
    secrets = [claim_secret(keys, new_id(), 0) for _ in range(500)]
    assert len({static_code(secret) for secret in secrets}) == 500


def test_another_server_key_makes_other_codes(keys: CouponKeys) -> None:
    assert claim_hmacs(keys, CLAIM, 0) != claim_hmacs(coupon_keys("x" * 64), CLAIM, 0)


def test_keys_do_not_show_in_a_log(keys: CouponKeys) -> None:
    assert repr(keys) == "CouponKeys()"


def test_the_number_holds_for_this_half_minute_and_its_neighbours(keys: CouponKeys, now: datetime) -> None:
    number = live_number(secret_of(keys), step_at(now))
    assert all(number_holds(secret_of(keys), number, now + n * HALF_MINUTE) for n in (-1, 0, 1))
    assert not any(number_holds(secret_of(keys), number, now + n * HALF_MINUTE) for n in (-3, -2, 2, 3))


def test_a_qr_is_short_and_a_scanner_can_type_it(keys: CouponKeys, now: datetime) -> None:
    text = qr_text(keys, CLAIM, secret_of(keys), step=step_at(now))
    assert len(text) == 37
    assert text.isalnum()
    assert text.isupper()


def scanned(keys: CouponKeys, now: datetime) -> ScannedQr:
    text = qr_text(keys, CLAIM, secret_of(keys), step=step_at(now))
    return ScannedQr(handle=text[3:19], step=step_at(now), proof=text[25:])


def test_a_qr_proves_its_half_minute_and_its_epoch(keys: CouponKeys, now: datetime) -> None:
    shown = scanned(keys, now)
    assert qr_epoch(keys, CLAIM, shown, newest=0) == 0
    assert qr_epoch(keys, CLAIM, shown, newest=2) == 0
    assert qr_epoch(keys, CLAIM, replace(shown, step=shown.step + 1), newest=0) is None


def test_a_qr_of_another_claim_proves_nothing(keys: CouponKeys, now: datetime) -> None:
    assert qr_epoch(keys, new_id(), scanned(keys, now), newest=0) is None


def test_a_link_names_its_epoch(keys: CouponKeys) -> None:
    proof = link_token(keys, CLAIM, secret_of(keys, 1))[16:]
    assert link_epoch(keys, CLAIM, proof, newest=3) == 1
    assert link_epoch(keys, CLAIM, proof, newest=0) is None


def test_the_stored_hmacs_show_nothing_of_the_code(keys: CouponKeys) -> None:
    code, stored = static_code(secret_of(keys))[:12], claim_hmacs(keys, CLAIM, 0)
    assert code not in "".join(stored.values()).upper()
    assert {len(stored_hmac) for stored_hmac in stored.values()} == {64}
