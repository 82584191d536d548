"""Leases: claims that are made ahead for a box, which hands them out while its uplink is down.

Start reading at `renew.py`: it takes pieces out of the stock, and gives back those that a box returns. `size.py` says
how many a box may have. `hand_outs.py` accepts what a box reports. `fulfil.py` writes the claim of a leased one, when
a box reports it or a till reads it, whichever is first. `expire.py` returns what no box and no phone can use any more.
Every step is one conditional UPDATE of a row of `leased_claim`, so a piece is in the stock, leased or claimed, never
twice, and never lost.
"""
