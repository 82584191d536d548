from __future__ import annotations

import pytest

from media.networks import network_of


@pytest.mark.parametrize(
    ("given", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::1", "::/64"),
        ("", ""),
        ("unix:", "unix:"),
        ("192.0.2.7:80", "192.0.2.7:80"),
    ],
)
def test_an_address_counts_as_the_network_that_one_phone_can_use(given: str, network: str) -> None:
    assert network_of(given) == network
