"""How many new phones may claim from one address: whoever keeps no cookie is a new phone each time."""

from __future__ import annotations

from typing import Never

from server.errors import LiftcastError
from server.web.context import house, reading
from server.web.limits import limiter
from server.web.phone_identity import known_phone


class TooManyNewPhones(LiftcastError):
    """So many new phones have claimed from this network that no more may for now.

    Turn WiFi off and claim over mobile data, or try again in an hour.
    """

    status = 429


def new_phones_allowed() -> str:
    return f"{house().settings.new_phones_per_hour}/hour"


def is_known() -> bool:
    with reading() as db:
        return known_phone(db) is not None


def refuse(_breached: object) -> Never:
    raise TooManyNewPhones


# Counted before the claim is tried, so that many at once are no way around it.
limit_new_phones = limiter.limit(new_phones_allowed, exempt_when=is_known, on_breach=refuse)
