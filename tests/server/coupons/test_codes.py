from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from server.coupons.codes import (
    CouponKeys,
    NoSuchCode,
    NoSuchLink,
    ScannedQr,
    TypedCode,
    claim_hmacs,
    claim_secret,
    coupon_keys,
    link_epoch,
    link_token,
    live_number,
    number_holds,
    qr_epoch,
    qr_text,
    read_link,
    read_shown,
    static_code,
    step_at,
)
from server.db import new_id

CLAIM = "01JTESTTESTTESTTESTTESTTES"
HALF_MINUTE = timedelta(seconds=30)


def secret_of(keys: CouponKeys, epoch: int = 0) -> bytes:
    return claim_secret(keys, CLAIM, epoch)


def scanned(keys: CouponKeys, now: datetime, epoch: int = 0) -> ScannedQr:
    shown = read_shown(qr_text(keys, CLAIM, secret_of(keys, epoch), step=step_at(now)))
    assert isinstance(shown, ScannedQr)
    return shown


def test_a_code_has_twelve_symbols_and_a_check_symbol(keys: CouponKeys) -> None:
    code = static_code(secret_of(keys))
    assert len(code) == 13
    assert read_shown(code) == TypedCode(code[:12])


def test_a_code_is_read_however_it_is_typed(keys: CouponKeys) -> None:
    code = static_code(secret_of(keys))
    sloppy = f" {code[:4].lower()} {code[4:8].replace('0', 'o').replace('1', 'l')}-{code[8:]}"
    assert read_shown(sloppy) == TypedCode(code[:12])


def test_the_live_number_may_follow_the_code(keys: CouponKeys, now: datetime) -> None:
    number = live_number(secret_of(keys), step_at(now))
    shown = read_shown(f"{static_code(secret_of(keys))} {number}")
    assert isinstance(shown, TypedCode)
    assert shown.number == number


@pytest.mark.parametrize(
    "typed", ["", "7", "ABCD", "A" * 12, "A" * 13, "A" * 200, "中文", "0" * 13 + "12", "QC1", "QC1ABC"]
)
def test_what_is_no_code_is_told_in_the_same_words(typed: str) -> None:
    with pytest.raises(NoSuchCode):
        read_shown(typed)


def test_a_code_with_a_typo_opens_nothing(keys: CouponKeys) -> None:
    code = static_code(secret_of(keys))
    wrong = "2" if code[3] != "2" else "3"
    with pytest.raises(NoSuchCode):
        read_shown(code[:3] + wrong + code[4:])


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


def test_a_qr_proves_its_half_minute_and_its_epoch(keys: CouponKeys, now: datetime) -> None:
    shown = scanned(keys, now)
    assert shown.step == step_at(now)
    assert qr_epoch(keys, CLAIM, shown, newest=0) == 0
    assert qr_epoch(keys, CLAIM, shown, newest=2) == 0
    assert qr_epoch(keys, CLAIM, replace(shown, step=shown.step + 1), newest=0) is None


def test_a_qr_of_another_claim_proves_nothing(keys: CouponKeys, now: datetime) -> None:
    assert qr_epoch(keys, new_id(), scanned(keys, now), newest=0) is None


def test_a_link_names_its_epoch(keys: CouponKeys) -> None:
    _, proof = read_link(link_token(keys, CLAIM, secret_of(keys, 1)))
    assert link_epoch(keys, CLAIM, proof, newest=3) == 1
    assert link_epoch(keys, CLAIM, proof, newest=0) is None


@pytest.mark.parametrize("token", ["", "abc", "!" * 32, "A" * 33])
def test_what_is_no_link_opens_nothing(token: str) -> None:
    with pytest.raises(NoSuchLink):
        read_link(token)


def test_what_is_stored_shows_nothing_of_the_code(keys: CouponKeys) -> None:
    code, stored = static_code(secret_of(keys))[:12], claim_hmacs(keys, CLAIM, 0)
    assert code not in "".join(stored.values()).upper()
    assert {len(one) for one in stored.values()} == {64}
