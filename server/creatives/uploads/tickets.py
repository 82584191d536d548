"""Upload tickets: the right to send files to the media process, for one owner and one hour."""

from __future__ import annotations

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server.accounts.access import Access
from server.creatives.accept import STANDS_MS
from server.creatives.notices import LONGEST_MS, SHORTEST_MS
from server.creatives.uploads.game_file import GameSetup
from server.errors import Denied
from server.settings import Settings

GOOD_FOR_S = 3600
RESUMED_WITHIN_S = 24 * 3600  # an upload that was begun in time may take a day
PURPOSE = "liftcast upload ticket"


class TicketExpired(Denied):
    """This upload ticket is older than an hour. Load the upload page again and repeat the upload."""


class TicketRefused(Denied):
    """This upload ticket is not one of ours. Load the upload page again and repeat the upload."""


class Ticket(BaseModel):
    """The uploader, and the owner of the creatives: an advertiser, a venue, or (neither) the network.

    access: the session or key of the uploader · replaces: the creative whose file is replaced ·
    stands_ms: how long pictures are shown · game: the custom game whose zip is sent
    """

    model_config = ConfigDict(frozen=True)

    access: Access
    advertiser_id: str | None = None
    venue_id: str | None = None
    replaces: str | None = None
    stands_ms: int = Field(STANDS_MS, ge=SHORTEST_MS, le=LONGEST_MS)
    game: GameSetup | None = None


def issue_ticket(
    settings: Settings,
    *,
    access: Access,
    advertiser_id: str | None = None,
    venue_id: str | None = None,
    replaces: str | None = None,
    stands_ms: int = STANDS_MS,
    game: GameSetup | None = None,
) -> str:
    """A signed ticket for the path of `PUT /uploads/<ticket>`; it opens nothing else."""
    owner = {"advertiser_id": advertiser_id, "venue_id": venue_id}
    ticket = Ticket.model_validate(
        {"access": access, **owner, "replaces": replaces, "stands_ms": stands_ms, "game": game}
    )
    return _signer(settings).dumps(ticket.model_dump(mode="json", exclude_defaults=True))


def read_ticket(settings: Settings, ticket: str, *, good_for_s: int = GOOD_FOR_S) -> Ticket:
    try:
        return Ticket.model_validate(_signer(settings).loads(ticket, max_age=good_for_s))
    except SignatureExpired:
        raise TicketExpired from None
    except (BadSignature, ValidationError):  # the latter: signed by an earlier version
        raise TicketRefused from None


def _signer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.secret_key, salt=PURPOSE)
