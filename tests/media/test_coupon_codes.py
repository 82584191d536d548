from __future__ import annotations

import pytest

from media.coupon_codes import CODE_LENGTH, QR_MARK, live_number, qr_of_handle, qr_proof, static_code
from media.symbols import check_symbol

SECRET, HANDLE = bytes(range(20)), "H" * 16


def test_the_code_stays_and_number_and_qr_change_with_the_half_minute() -> None:
    assert static_code(SECRET) == static_code(SECRET)
    assert len({qr_of_handle(HANDLE, SECRET, step=step) for step in range(100)}) == 100
    assert len({live_number(SECRET, step) for step in range(100)}) > 90


def test_another_secret_gives_another_code_and_another_proof() -> None:
    other = SECRET[:-1] + b"\xff"
    assert static_code(other) != static_code(SECRET)
    assert qr_proof(other, 1) != qr_proof(SECRET, 1)


def test_a_code_ends_with_its_check_symbol() -> None:
    code = static_code(SECRET)
    assert len(code) == CODE_LENGTH + 1
    assert code[-1] == check_symbol(code[:-1])


@pytest.mark.parametrize("step", [0, 1, 59_080_800])
def test_a_qr_holds_37_characters_that_every_scanner_can_type_and_a_number_four_digits(step: int) -> None:
    qr = qr_of_handle(HANDLE, SECRET, step=step)
    assert (len(qr), qr.startswith(QR_MARK + HANDLE), qr.endswith(qr_proof(SECRET, step))) == (37, True, True)
    assert qr.isascii()
    assert qr.isalnum()
    assert (len(live_number(SECRET, step)), live_number(SECRET, step).isdigit()) == (4, True)
