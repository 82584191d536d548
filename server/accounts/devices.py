"""The device that a person signs in with, described so that its owner recognizes it: browser, system, network."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address, ip_network

# Parts of a user agent with their names. Most browsers also claim to be Chrome or Safari: the first match counts.
BROWSERS = (
    ("MicroMessenger/", "WeChat"),
    ("MQQBrowser/", "QQ Browser"),
    ("HuaweiBrowser/", "Huawei Browser"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("HarmonyOS", "HarmonyOS"),
    ("OpenHarmony", "HarmonyOS"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True)
class Device:
    """browser, system: names like Chrome and Windows, empty if unknown · network: the first half of the address"""

    browser: str = ""
    system: str = ""
    network: str = ""


def describe_device(user_agent: str, address: str) -> Device:
    return Device(_first_match(BROWSERS, user_agent), _first_match(SYSTEMS, user_agent), network_of(address))


def network_of(address: str) -> str:
    """`203.0.113.0/24` or `2001:db8:7::/48`: enough to recognize the office, without the address itself."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    bits = 24 if isinstance(parsed, IPv4Address) else 48
    return str(ip_network((parsed.packed, bits), strict=False))


def _first_match(names: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for mark, name in names if mark in user_agent), "")
