"""The four kinds of error. A particular one lives beside its rule; its docstring is its message.

The first sentence of the docstring says what is wrong, the rest what to do about it.
"""

from __future__ import annotations

import re


class LiftcastError(Exception):
    """Something went wrong. Try again; if it stays, tell the person who runs the server."""

    status = 500
    retry_after_s: int | None = None  # when to try again, where that is known

    def __init__(
        self,
        message: str | None = None,
        *,
        remedy: str | None = None,
        retry_after_s: int | None = None,
        **facts: object,
    ) -> None:
        default_message, default_remedy = _sentences(type(self).__doc__ or "")
        self.message = message if message is not None else default_message
        self.remedy = remedy if remedy is not None else default_remedy
        self.facts = facts
        if retry_after_s is not None:
            self.retry_after_s = retry_after_s
        super().__init__(self.message)

    @property
    def code(self) -> str:
        """The code of `AlreadyRedeemed` is `already_redeemed`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()


class Invalid(LiftcastError):
    """This input cannot be used. Correct it and send it again."""

    status = 422


class Denied(LiftcastError):
    """You may not do this. Ask an owner for the right, or sign in as someone who has it."""

    status = 403


class Missing(LiftcastError):
    """There is no such thing here. It may have been removed; go back and choose again."""

    status = 404


class Conflict(LiftcastError):
    """Something changed in the meantime. Look at the present state and decide again."""

    status = 409


def _sentences(text: str) -> tuple[str, str]:
    words = " ".join(text.split())
    first, _, rest = words.partition(". ")
    return (first.rstrip(".") + "." if first else ""), rest
