"""The plan of one box's hotspot: the venue's plan, and what only the box can know, checked as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, StringConstraints, ValidationError, field_validator, model_validator

from media.environ import BadSetting
from media.hotspot_plan import Name, VenueHotspotPlan

# Linux: at most 15 characters. The first is a letter, so that a name can never be read as an option.
InterfaceName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,14}$")]

PRIVATE4 = tuple(IPv4Network(network) for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))  # RFC 1918
PRIVATE6 = IPv6Network("fc00::/7")  # RFC 4193
ADDRESSES_RESERVED = 10  # at the start of the range: the box, and what an installer adds by hand


class HotspotPlan(VenueHotspotPlan):
    """One box's hotspot: the venue's plan, with the interfaces and addresses of the box.

    Raises pydantic's ValidationError for a plan that no radio, DHCP server or firewall could carry out.
    """

    radio: InterfaceName = Field("wlan0", description="Interface of the access point.")
    uplink: InterfaceName = Field("eth0", description="Interface towards the internet.")
    address: IPv4Interface = Field(IPv4Interface("10.42.0.1/24"), description="The box's address and its network.")
    address6: IPv6Interface | None = Field(
        IPv6Interface("fd4c:6966:7463::1/64"), description="The same for IPv6, a /64; empty: no IPv6 on the hotspot."
    )
    lease_minutes: int = Field(60, ge=2, le=1440, description="How long a phone keeps its address.")

    portal_port: int = Field(8080, ge=1024, le=65535, description="Port at which the box's own web listens.")
    portal_name: Name | None = Field(
        None, description="Name for which LIFTCAST_PORTAL_TLS has a certificate; of a plan in force, the one in use."
    )

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


def read_plan(file: Path | None) -> HotspotPlan:
    """The box's own plan, in this file as JSON.

    Raises BadSetting with one sentence for what is wrong with it.
    """
    if file is None:
        raise BadSetting("LIFTCAST_HOTSPOT_PLAN is empty, so this box has no hotspot. Name the file of its plan.")
    try:
        return HotspotPlan.model_validate_json(file.read_bytes())
    except OSError as error:
        raise BadSetting(f"The hotspot's plan cannot be read: {error}.") from error
    except ValidationError as error:
        raise BadSetting(f"The hotspot's plan {file} cannot be carried out: {faults_of(error)}.") from error


def with_venue_plan(own: HotspotPlan, venue: Mapping[str, object]) -> HotspotPlan:
    """The box's own plan with the venue's fields in place of its own; fields of a newer server are ignored.

    Raises ValidationError.
    """
    known = {name: value for name, value in venue.items() if name in VenueHotspotPlan.model_fields}
    checked = VenueHotspotPlan.model_validate(known)
    return HotspotPlan.model_validate(own.model_dump() | checked.model_dump())


def faults_of(error: ValidationError) -> str:
    """The faults of a plan, in one line."""
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(": ".join(filter(None, (".".join(map(str, fault["loc"])), fault["msg"]))) for fault in faults)
