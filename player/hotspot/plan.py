"""The plan of a hotspot: everything that an operator decides about it, checked as a whole."""

from __future__ import annotations

import logging
import re
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from media.environ import BadSetting
from media.wire.plays import MOST_PHONES

logger = logging.getLogger(__name__)

CERTIFICATE, KEY = "certificate.pem", "key.pem"

# Linux: at most 15 characters. The first is a letter, so that a name can never be read as an option.
InterfaceName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,14}$")]
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
SSID_BYTES = 32
PRIVATE4 = tuple(IPv4Network(network) for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))  # RFC 1918
PRIVATE6 = IPv6Network("fc00::/7")  # RFC 4193
ADDRESSES_RESERVED = 10  # at the start of the range: the box, and what an installer adds by hand

# A phone asks these whether it has reached the internet. A portal must intercept them, so none can be open.
PROBE_NAMES = frozenset(
    {
        "apple.com", "gstatic.com", "google.com", "google.cn", "googleapis.cn", "msftconnecttest.com", "msftncsi.com",
        "detectportal.firefox.com", "nmcheck.gnome.org", "network-test.debian.org", "connectivity-check.ubuntu.com",
        "fedoraproject.org", "miui.com", "hicloud.com", "vivo.com.cn", "oppomobile.com", "qualcomm.cn",
        "edge-http.microsoft.com", "spectrum.s3.amazonaws.com",
    }
)  # fmt: skip


class HotspotPlan(BaseModel):
    """One hotspot. Rates are in kbit/s, sizes in megabytes (10⁶ bytes), both for the two directions together or each
    as the field says.

    Raises pydantic's ValidationError for a plan that no radio, DHCP server or firewall could carry out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ssid: str = Field(description="Name of the network, at most 32 bytes of UTF-8.")
    country: str = Field(pattern=r"^[A-Z]{2}$", description="Country whose radio rules apply, like DE or CN.")
    channel: int = Field(6, description="1–13 on 2.4 GHz, or 36, 40, 44 or 48 on 5 GHz.")
    most_phones: int = Field(8, ge=1, le=MOST_PHONES, description="Phones at one time. A Pi's own radio takes 7 to 10.")

    radio: InterfaceName = Field("wlan0", description="Interface of the access point.")
    uplink: InterfaceName = Field("eth0", description="Interface towards the internet.")
    address: IPv4Interface = Field(IPv4Interface("10.42.0.1/24"), description="The box's address and its network.")
    address6: IPv6Interface | None = Field(
        IPv6Interface("fd4c:6966:7463::1/64"), description="The same for IPv6, a /64; empty: no IPv6 on the hotspot."
    )
    lease_minutes: int = Field(60, ge=2, le=1440, description="How long a phone keeps its address.")

    portal_port: int = Field(8080, ge=1024, le=65535, description="Port at which the box's own web listens.")
    portal_name: Name | None = Field(None, description="Name of the box that has a certificate; empty: it has none.")
    open_names: tuple[Name, ...] = Field((), max_length=64, description="Names that phones reach before they join.")

    visit_minutes: int = Field(30, ge=1, le=1440, description="How long a phone stays after a tap.")
    visit_megabytes: int = Field(300, ge=1, le=100_000, description="What a visit may transfer, both ways together.")
    idle_minutes: int = Field(10, ge=1, le=1440, description="A visit without any traffic ends after these minutes.")
    phone_kbit: int = Field(4000, ge=64, le=1_000_000, description="Most kbit/s of one phone, each way.")
    all_kbit: int = Field(20_000, ge=64, le=10_000_000, description="Most kbit/s of all phones together, each way.")

    @field_validator("ssid")
    @classmethod
    def _fits_a_beacon(cls, ssid: str) -> str:
        if not 1 <= len(ssid.encode()) <= SSID_BYTES:
            raise ValueError("must have 1 to 32 bytes; a Chinese character takes 3")
        if not ssid.isprintable() or ssid != ssid.strip():
            raise ValueError("must consist of visible characters, without spaces at its ends")
        return ssid

    @field_validator("channel")
    @classmethod
    def _known_channel(cls, channel: int) -> int:
        if channel not in CHANNELS_2_4_GHZ and channel not in CHANNELS_5_GHZ:
            raise ValueError("must be 1 to 13, or 36, 40, 44 or 48")
        return channel

    @field_validator("open_names")
    @classmethod
    def _no_probe_is_open(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if any(_covers(name, probe) or _covers(probe, name) for probe in PROBE_NAMES):
                raise ValueError(f"{name} would hide the portal: phones ask it whether they have reached the internet")
        return tuple(dict.fromkeys(names))

    @field_validator("address6")
    @classmethod
    def _a_whole_network(cls, address: IPv6Interface | None) -> IPv6Interface | None:
        if address is not None and (address.network.prefixlen != 64 or address not in PRIVATE6):
            raise ValueError("must be a private address with the length /64, like fd00:1::1/64")
        return address

    @model_validator(mode="after")
    def _has_an_address_for_each(self) -> Self:
        if not any(self.address in network for network in PRIVATE4):
            raise ValueError("address must be a private one, like 10.42.0.1/24")
        hosts = self.address.network.num_addresses - 2 - ADDRESSES_RESERVED
        if hosts < self.leases:
            raise ValueError(
                f"address leaves {max(hosts, 0)} addresses; {self.leases} are needed: use a shorter prefix"
            )
        if self.radio == self.uplink:
            raise ValueError("radio and uplink must be two interfaces")
        return self

    @property
    def leases(self) -> int:
        """Addresses to hand out: phones change their MAC, and an address stays taken until its lease ends."""
        return 4 * self.most_phones

    @property
    def visit_bytes(self) -> int:
        return self.visit_megabytes * 1_000_000

    @property
    def is_5_ghz(self) -> bool:
        return self.channel in CHANNELS_5_GHZ


def read_plan(file: Path | None, *, tls: Path | None = None) -> HotspotPlan:
    """The plan in this file, as JSON; without its `portal_name` unless the folder `tls` has the certificate.

    Raises BadSetting with one sentence for what is wrong with it.
    """
    if file is None:
        raise BadSetting("LIFTCAST_HOTSPOT_PLAN is empty, so this box has no hotspot. Name the file of its plan.")
    try:
        plan = HotspotPlan.model_validate_json(file.read_bytes())
    except OSError as error:
        raise BadSetting(f"The hotspot's plan cannot be read: {error}.") from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise BadSetting(f"The hotspot's plan {file} cannot be carried out: {faults}.") from error
    if plan.portal_name and (tls is None or not (tls / CERTIFICATE).is_file()):
        logger.warning("no certificate for %s, so phones are given no captive-portal API", plan.portal_name)
        return plan.model_copy(update={"portal_name": None})
    return plan


def _covers(domain: str, name: str) -> bool:
    """Is this name the domain, or one below it?"""
    return re.search(rf"(?:^|\.){re.escape(domain)}$", name) is not None
