"""Enrolment: a new box requests a code, an operator types it, and the box polls until it has a screen."""

from __future__ import annotations

from pydantic import Field

from media.wire.message import Digest, Message


class EnrolRequest(Message):
    """A box's request to be enrolled. The token stays on the box; the server receives its SHA-256 in hex."""

    hardware: str = Field(min_length=4, max_length=128)
    token_sha256: Digest


class EnrolCode(Message):
    enrolment: str
    code: str
    expires_ms: int


class EnrolState(Message):
    """`screen` is None until an operator has typed the code."""

    screen: str | None = None
