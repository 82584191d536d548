"""The captive-portal API (RFC 8908, section 5), by which a phone reads about its own visit. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass

MIME = "application/captive+json"
# Current Android opens the portal in a tab of the browser that names this number or a later one
# (source.android.com/docs/core/connect/android-custom-tabs-captive-portal).
CUSTOM_TABS_SINCE = 361335020
MOST_CHARACTERS = 4096  # Android ignores a longer answer


@dataclass(frozen=True)
class Access:
    """Time and bytes that a joined phone has left; both fall from one answer to the next."""

    seconds_left: int
    bytes_left: int
    can_extend: bool = True


def describe_access(access: Access | None, *, portal_url: str, venue_url: str) -> str:
    """The API's JSON.

    access: None for a phone that has not joined; then the members about a session are left out, as the RFC says
    portal_url, venue_url: both https; the latter is what Android offers a phone that has joined, also a returning one
    """
    members: dict[str, object] = {
        "captive": access is None,
        "user-portal-url": portal_url,
        "venue-info-url": venue_url,
        "x-android-use-custom-tabs": CUSTOM_TABS_SINCE,
    }
    if access:
        members |= {
            "can-extend-session": access.can_extend,
            "seconds-remaining": max(access.seconds_left, 0),
            "bytes-remaining": max(access.bytes_left, 0),
        }
    return json.dumps(members)
