"""Normalises typed and sent text to NFC, because systems differ: macOS splits é and 한 into characters.

Otherwise a name would not be found by typing it, and its letters would be drawn beside each other.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

from flask import Flask, Request
from flask.json.provider import DefaultJSONProvider
from werkzeug.datastructures import ImmutableMultiDict

from media import strict_json


def install_nfc(app: Flask) -> None:
    """Forms, queries and JSON of this application."""
    app.request_class = NfcRequest
    app.json = NfcJson(app)


def to_nfc(value: Any) -> Any:
    """The same value with every text in it, keys included, in NFC."""
    if isinstance(value, str):
        return value if value.isascii() else unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {to_nfc(name): to_nfc(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [to_nfc(inner) for inner in value]
    return value


class NfcFields(ImmutableMultiDict[str, str]):
    """The fields of a form or of an address."""

    def __init__(self, fields: Any = None) -> None:
        pairs = fields.items(multi=True) if isinstance(fields, ImmutableMultiDict) else fields
        super().__init__(_pairs_in_nfc(pairs) if isinstance(pairs, Iterable) else pairs)


def _pairs_in_nfc(pairs: Iterable[Any]) -> list[tuple[Any, Any]]:
    return [(to_nfc(name), to_nfc(value)) for name, value in pairs]


class NfcRequest(Request):
    parameter_storage_class = NfcFields


class NfcJson(DefaultJSONProvider):
    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """ASCII without escapes, as players send by the thousand, is not walked through."""
        value = strict_json.loads(s, **kwargs)
        escape = b"\\u" if isinstance(s, bytes) else "\\u"
        return value if s.isascii() and escape not in s else to_nfc(value)  # type: ignore[operator]
