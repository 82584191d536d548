"""The hotspot of a box, on the real dnsmasq, nftables, tc, portal, player and server in network namespaces.

    python -m tests.bench.hotspot --json

Needs root. It measures from a phone's DHCP request to the first paint of the mirror in a running Chromium; from the tap
to the internet; when a visit is cut, how much it transfers and how fast; the uplink's bytes of a box with an empty
cache and phones that mirror its loop, beside as many phones that load the same from the server; eight hours without an
uplink, on a clock that is passed in; and the portal's memory and processor with phones that follow the screen.
"""
