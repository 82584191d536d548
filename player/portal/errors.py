"""Errors that a phone can meet at the portal: a message and a remedy, as JSON for programs."""

from __future__ import annotations

from media.wire.errors import ErrorBody

NO_INTERNET = "no_internet"


class PortalError(Exception):
    """Answered with this status and body."""

    def __init__(self, status: int, body: ErrorBody, retry_after: str = "") -> None:
        super().__init__(body.code)
        self.status = status
        self.body = body
        self.retry_after = retry_after


def no_screen() -> PortalError:
    body = ErrorBody(
        code="no_such_screen",
        message="This box does not play that screen.",
        remedy="Scan the code on the screen again.",
    )
    return PortalError(404, body)


def no_internet() -> PortalError:
    body = ErrorBody(
        code=NO_INTERNET, message="There is no internet here at the moment.",
        remedy="Your tap is kept: try again in a moment.",
    )  # fmt: skip
    return PortalError(503, body, retry_after="10")


def lease_used_up() -> PortalError:
    body = ErrorBody(
        code="lease_used_up", message="All coupons that this box may give out without internet are taken.",
        remedy="Try again when the internet is back.",
    )  # fmt: skip
    return PortalError(409, body)


def already_claimed() -> PortalError:
    body = ErrorBody(
        code="already_claimed", message="This phone has as many of these as one phone may have.",
        remedy="Open your wallet to use them.",
    )  # fmt: skip
    return PortalError(409, body)


def key_reused() -> PortalError:
    body = ErrorBody(
        code="key_reused", message="This Idempotency-Key was used for another request.",
        remedy="Send a new key with a new request.",
    )  # fmt: skip
    return PortalError(422, body)


def too_many_new_phones() -> PortalError:
    body = ErrorBody(
        code="too_many_new_phones", message="This phone has claimed as several phones without internet.",
        remedy="Try again when the internet is back.",
    )  # fmt: skip
    return PortalError(429, body)


def starting() -> PortalError:
    body = ErrorBody(
        code="starting", message="This box is just starting.", remedy="Load this page again in a few seconds."
    )
    return PortalError(503, body, retry_after="5")
