"""Read the text of a code, a QR or a link. Pure; nothing here knows whether a coupon exists.

A text that is no code at all is refused with what is wrong with it. That gives nothing away, because everyone can
compute a check symbol, and so it does not count as guessing.
"""

from __future__ import annotations

from collections.abc import Sequence

from media.coupon_codes import CODE_LENGTH, NUMBER_LENGTH, PROOF_LENGTH, QR_MARK, STEP_LENGTH
from media.symbols import (
    FORMER_CHECK_SYMBOLS,
    are_symbols,
    check_symbol,
    former_check_symbol,
    symbols_number,
)
from server.coupons.codes.derive import HANDLE_LENGTH, ScannedQr, Shown, TypedCode
from server.coupons.codes.layouts import plain_symbols, possible_texts
from server.errors import Invalid, Missing

QR_LENGTH = len(QR_MARK) + HANDLE_LENGTH + STEP_LENGTH + PROOF_LENGTH
CODE_LENGTHS = (CODE_LENGTH + 1, CODE_LENGTH + 1 + NUMBER_LENGTH)


class NoSuchCode(Missing):
    """This code opens nothing. Read it again from the phone, or scan the QR on it."""


class NoSuchLink(Missing):
    """This link opens no coupon. Open the wallet on the phone that claimed it, or ask for the link again."""


class ForeignCharacters(Invalid):
    """This has characters that are in no code.

    Set the keyboard to English letters, switch any input method off, and type the code or scan it again.
    """


class IncompleteCode(Invalid):
    """This is not a whole code. It has 13 letters and digits, and four more digits may follow. Type it again."""


class MisreadCode(Invalid):
    """This code has a typing error. Compare it with the phone, sign by sign, or scan the QR."""


def read_shown(text: str) -> Sequence[Shown]:
    """Possible readings of a text, the likeliest first; at least one.

    More than one where the text makes sense on several keyboards. Raises ForeignCharacters, IncompleteCode or
    MisreadCode.
    """
    readings = [shown for possible in possible_texts(text) if (shown := _read(possible)) is not None]
    if not readings:
        raise _trouble(text)
    return readings


def read_link(token: str) -> tuple[str, str]:
    """Handle and proof of a link's token."""
    symbols = plain_symbols(token)
    if len(symbols) != 2 * HANDLE_LENGTH or not are_symbols(symbols):
        raise NoSuchLink
    return symbols[:HANDLE_LENGTH], symbols[HANDLE_LENGTH:]


def _read(text: str) -> Shown | None:
    if len(text) == QR_LENGTH and text.startswith(QR_MARK):
        return _read_qr(text.removeprefix(QR_MARK))
    return _read_typed(text) if len(text) in CODE_LENGTHS else None


def _read_qr(text: str) -> ScannedQr | None:
    if not are_symbols(text):
        return None
    step_ends = HANDLE_LENGTH + STEP_LENGTH
    step = symbols_number(text[HANDLE_LENGTH:step_ends])
    return ScannedQr(handle=text[:HANDLE_LENGTH], step=step, proof=text[step_ends:])


def _read_typed(text: str) -> TypedCode | None:
    """Codes that were issued, printed or leased before may end in the former check symbol."""
    code, check, number = text[:CODE_LENGTH], text[CODE_LENGTH], text[CODE_LENGTH + 1 :]
    if not are_symbols(code) or check not in (check_symbol(code), former_check_symbol(code)):
        return None
    if number and not (number.isascii() and number.isdigit()):
        return None
    return TypedCode(code=code, number=number or None)


def _trouble(text: str) -> Invalid:
    characters = plain_symbols(text)
    foreign = dict.fromkeys(character for character in characters if character not in FORMER_CHECK_SYMBOLS)
    if foreign:
        return ForeignCharacters(characters=" ".join(foreign))
    return MisreadCode() if len(characters) in (*CODE_LENGTHS, QR_LENGTH) else IncompleteCode()
