"""The hotspot of the box: the WiFi that the phones in front of the screen join.

`plan.py` is the one description of a hotspot. From it the other modules render the files of four programs, each a pure
function from a plan to text: `access_point.py` (hostapd: radio), `addresses.py` (dnsmasq: DHCP, DNS), `firewall.py`
(nftables: who reaches what) and `shaping.py` (tc: how fast). A visit, which is one phone's stay, is an element of two
maps of the firewall; its number marks the phone's connections, by which bytes are counted and speed is limited.
"""
