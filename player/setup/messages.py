"""The requests that the privileged unit of the set-up understands, and its answers."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, field_serializer, field_validator

from media.hotspot_plan import COUNTRIES, SSID_BYTES

WRITTEN = re.compile(r"[\x21-\x7e]+")
MOST_URL = 200


class Strict(BaseModel):
    """Frozen, and a field that is not known is refused: it may have been meant to restrict the request."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Wired(Strict):
    """By cable, with an address from the building's DHCP server."""

    kind: Literal["wired"] = "wired"


class Wifi(Strict):
    """By a WiFi of the building, open or with WPA2."""

    kind: Literal["wifi"] = "wifi"
    ssid: str
    password: SecretStr = SecretStr("")

    @field_validator("ssid")
    @classmethod
    def _fits_a_beacon(cls, ssid: str) -> str:
        if not 1 <= len(ssid.encode(errors="replace")) <= SSID_BYTES or "\0" in ssid or not ssid.isprintable():
            raise ValueError("ssid")
        return ssid

    @field_validator("password")
    @classmethod
    def _a_passphrase(cls, password: SecretStr) -> SecretStr:
        """IEEE 802.11i, annex H.4: 8 to 63 characters of printable ASCII."""
        given = password.get_secret_value()
        if given and not re.fullmatch(r"[\x20-\x7e]{8,63}", given):
            raise ValueError("password")
        return password

    @field_serializer("password", when_used="json")
    def _write(self, password: SecretStr) -> str:
        """The request carries it to the unit; a log of the message never does."""
        return password.get_secret_value()


class SetUp(Strict):
    """The installer's input: all of it is applied, or nothing."""

    kind: Literal["set_up"] = "set_up"
    server_url: Annotated[str, Field(max_length=MOST_URL)]
    country: str
    uplink: Annotated[Wired | Wifi, Field(discriminator="kind")]

    @field_validator("server_url")
    @classmethod
    def _whole_url(cls, given: str) -> str:
        try:
            url = urlsplit(given)
            well = url.scheme in ("http", "https") and bool(url.hostname) and not (url.username or url.password)
            well = well and (url.port is None or url.port > 0) and not (url.query or url.fragment)
        except ValueError:
            well = False
        if not well or not WRITTEN.fullmatch(given) or set(given) & set("\"'\\$`#"):
            raise ValueError("server_url")
        return given.rstrip("/")

    @field_validator("country")
    @classmethod
    def _known_country(cls, country: str) -> str:
        if country not in COUNTRIES:
            raise ValueError("country")
        return country


class Open(Strict):
    """Open the set-up WiFi."""

    kind: Literal["open"] = "open"


class Close(Strict):
    """Close it."""

    kind: Literal["close"] = "close"


class Trouble(StrEnum):
    """Why a request failed."""

    BAD_REQUEST = "bad_request"
    NO_RADIO = "no_radio"  # the box has no WiFi of its own
    RADIO_IS_HOTSPOT = "radio_is_hotspot"  # its only WiFi is the one for phones
    NOT_JOINED = "not_joined"  # wrong password, or out of reach
    NOT_REACHED = "not_reached"  # no Liftcast server answers at the address
    FAILED = "failed"  # the log says what
    DISK = "disk"


class Done(Strict):
    kind: Literal["done"] = "done"


class Failed(Strict):
    kind: Literal["failed"] = "failed"
    trouble: Trouble


SetupRequest = Annotated[SetUp | Open | Close, Field(discriminator="kind")]
SetupAnswer = Annotated[Done | Failed, Field(discriminator="kind")]
SETUP_REQUEST: TypeAdapter[SetupRequest] = TypeAdapter(SetupRequest)
SETUP_ANSWER: TypeAdapter[SetupAnswer] = TypeAdapter(SetupAnswer)
