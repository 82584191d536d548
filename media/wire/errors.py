"""The error answer of every HTTP interface."""

from __future__ import annotations

from media.wire.message import Message


class ErrorBody(Message):
    """`code` is stable, for programs; `message` and `remedy` are sentences for people."""

    code: str
    message: str
    remedy: str = ""


class ErrorAnswer(Message):
    """`{"error": {…}}`, with the status that fits."""

    error: ErrorBody
