"""Errors that a phone can meet at the portal: a message and a remedy, as JSON for programs."""

from __future__ import annotations

from media.wire.errors import ErrorBody


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
        code="no_internet", message="There is no internet here at the moment.",
        remedy="Your tap is kept: try again in a moment.",
    )  # fmt: skip
    return PortalError(503, body, retry_after="10")


def starting() -> PortalError:
    body = ErrorBody(
        code="starting", message="This box is just starting.", remedy="Load this page again in a few seconds."
    )
    return PortalError(503, body, retry_after="5")
