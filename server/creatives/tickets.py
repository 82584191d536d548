"""Upload tickets: who may bring files to the media process, for which owner, for one hour."""

from __future__ import annotations

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer
from pydantic import BaseModel, ConfigDict

from server.errors import Denied
from server.settings import Settings

GOOD_FOR_S = 3600
PURPOSE = "liftcast upload ticket"


class TicketExpired(Denied):
    """This upload ticket is older than an hour. Load the upload page again and repeat the upload."""


class TicketRefused(Denied):
    """This upload ticket is not one of ours. Load the upload page again and repeat the upload."""


class Ticket(BaseModel):
    """The uploader, and whose the creatives will be: an advertiser's, a venue's, or (neither) the network's own."""

    model_config = ConfigDict(frozen=True)

    person_id: str
    advertiser_id: str | None = None
    venue_id: str | None = None


def issue_ticket(
    settings: Settings, *, person_id: str, advertiser_id: str | None = None, venue_id: str | None = None
) -> str:
    """A signed ticket for the path of `PUT /uploads/<ticket>`; it opens nothing else."""
    ticket = Ticket(person_id=person_id, advertiser_id=advertiser_id, venue_id=venue_id)
    return _signer(settings).dumps(ticket.model_dump(exclude_none=True))


def read_ticket(settings: Settings, ticket: str) -> Ticket:
    try:
        return Ticket.model_validate(_signer(settings).loads(ticket, max_age=GOOD_FOR_S))
    except SignatureExpired:
        raise TicketExpired from None
    except BadSignature:
        raise TicketRefused from None


def _signer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.secret_key, salt=PURPOSE)
