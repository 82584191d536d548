"""The hotspot of the box: the WiFi that the phones in front of the screen join.

`plan.py` is the one description of a hotspot. From it the other modules render the files of four programs, each a pure
function from a plan to text: `access_point.py` (hostapd: radio), `addresses.py` (dnsmasq: DHCP, DNS), `firewall.py`
(nftables: who reaches what) and `shaping.py` (tc: how fast).

A visit is one phone's stay. `visits.py` writes it into the firewall's maps and reads it from there; its number marks
the phone's connections, by which bytes are counted and speed is limited. `enforcer.py` grants, extends and ends
visits, and `arrivals.py` receives from dnsmasq who joins and leaves.

`plan_change.py` puts another plan into force: `configurations.py` has hostapd and dnsmasq check their files, and
`plan_store.py` has the plan on the disk, and `radio.py` sees whether the radio starts with it.

All of this runs in one privileged process, `unit.py`. The others send it the requests of `messages.py` through
`client.py`: they name a phone by its address, which `neighbours.py` looks up, and learn a name for it that
`pseudonyms.py` makes anew each day.
"""
