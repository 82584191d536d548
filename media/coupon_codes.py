"""The codes of a coupon: its own, and the number and QR of each half-minute, from the claim's secret. Pure.

The server makes the secret. A box gets the secrets of the claims that it may hand out, and no other.
"""

from __future__ import annotations

import hmac

from media.symbols import check_symbol, number_symbols, symbols_of

STEP_MS = 30_000
QR_MARK = "QC1"
CODE_LENGTH, NUMBER_LENGTH = 12, 4
STEP_LENGTH, PROOF_LENGTH = 6, 12


def static_code(secret: bytes) -> str:
    """Twelve symbols and their check symbol."""
    code = symbols_of(_mac(secret, "code"), CODE_LENGTH)
    return code + check_symbol(code)


def live_number(secret: bytes, step: int) -> str:
    """Four digits to type after the static code."""
    return f"{int.from_bytes(_mac(secret, f'number:{step}')[:8], 'big') % 10_000:04d}"


def qr_of_handle(handle: str, secret: bytes, *, step: int) -> str:
    """37 characters that every scanner can type: mark, handle, half-minute, proof."""
    return QR_MARK + handle + number_symbols(step, STEP_LENGTH) + qr_proof(secret, step)


def qr_proof(secret: bytes, step: int) -> str:
    return symbols_of(_mac(secret, f"qr:{step}"), PROOF_LENGTH)


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
