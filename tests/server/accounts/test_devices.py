from __future__ import annotations

import pytest

from server.accounts.devices import Device, describe_device, network_of

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
ANDROID = "Mozilla/5.0 (Linux; Android 14; 2311DRK48C) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "browser", "system"),
    [
        (f"{WINDOWS} Chrome/131.0.0.0 Safari/537.36", "Chrome", "Windows"),
        (f"{WINDOWS} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.2903.51", "Edge", "Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox", "Linux"),
        (f"{IPHONE} Version/18.1 Mobile/15E148 Safari/604.1", "Safari", "iPhone"),
        (f"{IPHONE} CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1", "Chrome", "iPhone"),
        (f"{ANDROID} Chrome/116.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0.54", "WeChat", "Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.1 Safari/605.1.15", "Safari", "macOS"),
        ("curl/8.11.0", "", ""),
        ("", "", ""),
    ],
)
def test_a_device_is_named_as_its_owner_knows_it(user_agent: str, browser: str, system: str) -> None:
    assert describe_device(user_agent, "") == Device(browser, system, "")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:7:1::5", "2001:db8:7::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("unknown", ""),
        ("", ""),
    ],
)
def test_only_the_network_of_an_address_is_stored(address: str, network: str) -> None:
    assert network_of(address) == network
