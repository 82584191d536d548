"""NetworkManager's connections, as the keyfiles of Raspberry Pi OS and Debian 12 (nm-settings-keyfile(5)). Pure.

A name is written as its bytes and a passphrase as the key that follows from it (IEEE 802.11i, annex H.4): digits and
hexadecimal letters alone, so that nothing that was typed can begin another setting.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping

from player.setup.messages import Wifi
from player.setup.network import SetupNetwork

SETUP, UPLINK = "liftcast-setup", "liftcast-uplink"
SETUP_ADDRESS = "10.41.0.1"  # another network than the hotspot's


def render_setup_network(network: SetupNetwork, interface: str) -> str:
    """An access point with WPA2; NetworkManager gives its phones addresses."""
    return _keyfile(
        {
            "connection": _connection(SETUP, interface, autoconnect=False),
            "wifi": {"mode": "ap", "band": "bg", "ssid": _bytes_of(network.ssid)},
            "wifi-security": {"key-mgmt": "wpa-psk", "proto": "rsn", "psk": key_of(network.ssid, network.passphrase)},
            "ipv4": {"method": "shared", "address1": f"{SETUP_ADDRESS}/24"},
            "ipv6": {"method": "disabled"},
        }
    )


def render_uplink(wifi: Wifi, interface: str) -> str:
    password = wifi.password.get_secret_value()
    security = {"key-mgmt": "wpa-psk", "psk": key_of(wifi.ssid, password)}
    return _keyfile(
        {
            "connection": _connection(UPLINK, interface, autoconnect=True),
            "wifi": {"mode": "infrastructure", "ssid": _bytes_of(wifi.ssid)},
            **({"wifi-security": security} if password else {}),
            "ipv4": {"method": "auto"},
            "ipv6": {"method": "auto"},
        }
    )


def key_of(ssid: str, passphrase: str) -> str:
    return hashlib.pbkdf2_hmac("sha1", passphrase.encode(), ssid.encode(), 4096, 32).hex()


def _connection(name: str, interface: str, *, autoconnect: bool) -> dict[str, str]:
    return {
        "id": name,
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_DNS, name)),
        "type": "wifi",
        "interface-name": interface,
        "autoconnect": str(autoconnect).lower(),
    }


def _bytes_of(ssid: str) -> str:
    return "".join(f"{byte};" for byte in ssid.encode())


def _keyfile(sections: Mapping[str, Mapping[str, str]]) -> str:
    lines = [
        [f"[{name}]", *(f"{key}={value}" for key, value in section.items()), ""] for name, section in sections.items()
    ]
    return "\n".join(line for section in lines for line in section)
