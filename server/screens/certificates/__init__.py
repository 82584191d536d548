"""The certificates of boxes that are hotspots, by ACME (RFC 8555) with the challenge in DNS.

Each box has a name of its own: its screen's code in the zone of the setting `box_zone`. The key is made on the box and
stays there; the box sends a signing request (`signing_requests.py` checks it). `hand_out.py` stores it, queues an order
where one is due, and returns the chain. The worker's job runs `issue.py`: `acme_order.py` speaks to the authority, and
`dns_hook.py` runs the operator's command that proves that the zone is ours.
"""
