"""Query the availability process of this machine over loopback HTTP."""

from __future__ import annotations

import http.client
import time

from pydantic import ValidationError

from media.wire.errors import ErrorAnswer
from server.campaigns.availability_messages import HOST, QUERY_PATH, AvailabilityAnswer, AvailabilityQuery, shared_key
from server.campaigns.selling import QueryAvailability
from server.errors import Conflict, Invalid, LiftcastError
from server.settings import Settings

PREVIEW_S = 5  # a person who types waits no longer for the figure beside the form
BOOKING_S = 60
CONNECT_S = 5.0
RETRY_S = 0.25


class DeskAway(LiftcastError):
    """The booking desk does not answer, so nobody knows what is still free. Keep it as a draft and book it in a minute;
    if this stays, see that `liftcast-server desk` runs."""

    status = 503
    retry_after_s = 60


def availability_client(settings: Settings) -> QueryAvailability:
    """A function that sends one query and returns the answer.

    It raises DeskAway if the process does not answer, and the process's own Conflict or Invalid if it refuses.
    """
    headers = {"Authorization": f"Bearer {shared_key(settings.secret_key)}", "Content-Type": "application/json"}

    def query(request: AvailabilityQuery) -> AvailabilityAnswer:
        within_s = BOOKING_S if request.newest else PREVIEW_S
        connection = http.client.HTTPConnection(HOST, settings.planner_port, timeout=within_s)
        try:
            _connect(connection, within_s=CONNECT_S if request.newest else 0)
            # As bytes: http.client would write a str as Latin-1, in which most names cannot be written.
            connection.request("POST", QUERY_PATH, request.model_dump_json().encode(), headers)
            answer = connection.getresponse()
            return _read(answer.status, answer.read())
        except (OSError, http.client.HTTPException, ValidationError) as error:
            raise DeskAway from error
        finally:
            connection.close()

    return query


def _connect(connection: http.client.HTTPConnection, *, within_s: float) -> None:
    """Retry until `within_s` has passed: a process that was killed is started again within seconds."""
    until = time.monotonic() + within_s
    while True:
        try:
            return connection.connect()
        except ConnectionRefusedError:
            if time.monotonic() >= until:
                raise
            time.sleep(RETRY_S)


def _read(status: int, raw: bytes) -> AvailabilityAnswer:
    if status == http.client.OK:
        return AvailabilityAnswer.model_validate_json(raw)
    error = ErrorAnswer.model_validate_json(raw).error
    for kind in (Conflict, Invalid):
        if status == kind.status:
            raise kind(error.message, remedy=error.remedy)
    raise DeskAway
