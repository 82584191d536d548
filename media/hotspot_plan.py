"""The plan of a venue's hotspots, as an operator sets it. Console, operator API and box check it by this one class.

A box adds what only it can know: its interfaces and addresses (player/hotspot/plan.py).
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator

from media.wire.plays import MOST_PHONES

SSID_BYTES = 32  # IEEE 802.11
MOST_OPEN_NAMES = 64

Name = Annotated[
    str,
    StringConstraints(
        to_lower=True,
        max_length=253,
        pattern=r"^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]$",
    ),
]

CHANNELS_2_4_GHZ = range(1, 14)
CHANNELS_5_GHZ = (36, 40, 44, 48)  # the ones without radar detection, so that no phone waits for it
CHANNELS = (*CHANNELS_2_4_GHZ, *CHANNELS_5_GHZ)
# Where 2.4 GHz ends at channel 11: the USA with its territories, and Canada (FCC 15.247, RSS-247).
LAST_CHANNEL_11 = frozenset(["AS", "CA", "GU", "MP", "PR", "UM", "US", "VI"])
ISO_3166 = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY
    BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK
    FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR
    IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK
    ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM
    PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF
    TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
COUNTRIES = frozenset(re.findall("[A-Z]{2}", ISO_3166))

# A phone asks these whether it has reached the internet. A portal must intercept them, so none can be open.
PROBE_NAMES = frozenset(
    {
        "apple.com", "gstatic.com", "google.com", "google.cn", "googleapis.cn", "msftconnecttest.com", "msftncsi.com",
        "detectportal.firefox.com", "nmcheck.gnome.org", "network-test.debian.org", "connectivity-check.ubuntu.com",
        "fedoraproject.org", "miui.com", "hicloud.com", "vivo.com.cn", "oppomobile.com", "qualcomm.cn",
        "edge-http.microsoft.com", "spectrum.s3.amazonaws.com",
    }
)  # fmt: skip


class VenueHotspotPlan(BaseModel):
    """The WiFi of a venue's boxes. Rates are in kbit/s, sizes in megabytes (10⁶ bytes), both for the two directions
    together or each as the field says.

    Raises pydantic's ValidationError for a plan that no radio could carry out, or that would hide the portal.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ssid: str = Field(max_length=SSID_BYTES, description="Name of the network, at most 32 bytes of UTF-8.")
    country: str = Field(pattern=r"^[A-Z]{2}$", description="Country whose radio rules apply, like DE or CN.")
    channel: int = Field(6, description="1–13 on 2.4 GHz, or 36, 40, 44 or 48 on 5 GHz.")
    most_phones: int = Field(8, ge=1, le=MOST_PHONES, description="Phones at one time. A Pi's own radio takes 7 to 10.")
    open_names: tuple[Name, ...] = Field(
        (), max_length=MOST_OPEN_NAMES, description="Names that phones reach before they join."
    )

    visit_minutes: int = Field(30, ge=1, le=1440, description="How long a phone stays after a tap.")
    visit_megabytes: int = Field(300, ge=1, le=100_000, description="What a visit may transfer, both ways together.")
    visits_a_day: int = Field(
        0, ge=0, le=100, description="Visits of a phone on one day, each extension one more; 0: as many as it likes."
    )
    idle_minutes: int = Field(10, ge=1, le=1440, description="A visit without any traffic ends after these minutes.")
    phone_kbit: int = Field(4000, ge=64, le=1_000_000, description="Most kbit/s of one phone, each way.")
    all_kbit: int = Field(20_000, ge=64, le=10_000_000, description="Most kbit/s of all phones together, each way.")

    @field_validator("ssid")
    @classmethod
    def _fits_a_beacon(cls, ssid: str) -> str:
        try:
            encoded = ssid.encode()
        except UnicodeEncodeError as error:
            raise ValueError("Use visible characters only, without spaces at the ends.") from error
        if not 1 <= len(encoded) <= SSID_BYTES:
            raise ValueError("Give a name of 1 to 32 bytes; a Chinese character takes 3.")
        if not ssid.isprintable() or ssid != ssid.strip():
            raise ValueError("Use visible characters only, without spaces at the ends.")
        return ssid

    @field_validator("country")
    @classmethod
    def _known_country(cls, country: str) -> str:
        if country not in COUNTRIES:
            raise ValueError("Choose a country of the list, like DE or CN.")
        return country

    @field_validator("channel")
    @classmethod
    def _channel_is_allowed(cls, channel: int, info: ValidationInfo) -> int:
        if channel not in CHANNELS:
            raise ValueError("Choose channel 1 to 13, or 36, 40, 44 or 48.")
        if info.data.get("country") in LAST_CHANNEL_11 and 11 < channel <= 13:
            raise ValueError("Channels 12 and 13 are not allowed in this country. Choose 1 to 11, or 36, 40, 44 or 48.")
        return channel

    @field_validator("open_names")
    @classmethod
    def _no_probe_is_open(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if hides_portal(name):
                raise ValueError(f"{name} would hide the portal: phones ask it whether they have reached the internet.")
        return tuple(dict.fromkeys(names))

    @property
    def is_5_ghz(self) -> bool:
        return self.channel in CHANNELS_5_GHZ


def hides_portal(name: str) -> bool:
    """Is this name, one above it or one below it what a phone probes?"""
    return any(_covers(name, probe) or _covers(probe, name) for probe in PROBE_NAMES)


def _covers(domain: str, name: str) -> bool:
    """Is this name the domain, or one below it?"""
    return name == domain or name.endswith(f".{domain}")
