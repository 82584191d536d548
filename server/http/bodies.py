"""Request bodies whose end never arrives: the client was cut off, closed its page, or promised more than it sent."""

from __future__ import annotations

import logging
import sys
from typing import IO, cast

from flask import request
from werkzeug.wsgi import LimitedStream

from server.errors import Invalid

logger = logging.getLogger(__name__)


class BodyCutOff(Invalid):
    """The transfer broke off before its end, and nothing was kept. Send it again."""

    status = 400


def body_cut_off(_error: Exception) -> BodyCutOff:
    """The answer to a body that ends early, and its line in the log: by endpoint, for a path may hold a token."""
    logger.warning("request body cut off method=%s endpoint=%s", request.method, request.endpoint)
    return BodyCutOff()


def counted_body(*, silent_s: float) -> IO[bytes]:
    """The body of a request to gunicorn, which misses a lost chunk but not a lost part of a body of known length.

    Reading raises ClientDisconnected where the body ends early or nothing arrives for `silent_s` seconds.
    """
    stream, length = request.environ["wsgi.input"], request.content_length
    if (connection := request.environ.get("gunicorn.socket")) is not None:
        connection.settimeout(silent_s)
    most, is_most = (sys.maxsize, True) if length is None else (length, False)
    return cast(IO[bytes], LimitedStream(stream, most, is_max=is_most))
