"""Passwords: argon2, and no way to learn from the answer or its time whether an address is known."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.errors import Invalid

SHORTEST = 10
LONGEST = 200

_hasher = PasswordHasher()

# Checked against when there is no such person: an unknown address costs as long as a wrong password. It is of the same
# cost as the hashes that are made now; making it anew would cost every process of the server that at its start.
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$jd7UbKguEy3wkaYkFaA0xQ$wcXP/grAM3NypW2MTAWt1++hqDpo0XEYJfWP/l/xSsM"


class WeakPassword(Invalid):
    """This password is too short. Use at least ten characters; three plain words do well."""


class LongPassword(Invalid):
    """This password is too long. Use at most 200 characters."""


def hash_password(password: str) -> str:
    """Takes some 50 ms of a processor: call it outside of transactions."""
    if len(password) < SHORTEST:
        raise WeakPassword
    if len(password) > LONGEST:
        raise LongPassword
    return _hasher.hash(password)


def fits(password_hash: str | None, password: str) -> bool:
    """Whether the password is the one; costs the same time without a hash."""
    try:
        return _hasher.verify(password_hash or NOBODY, password[:LONGEST]) and bool(password_hash)
    except (VerificationError, InvalidHashError):
        return False
