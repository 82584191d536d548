"""Merchants, their offers, claims, leases and redemptions.

It imports `server.screens` and what lies below, and knows no Flask. Start reading at `models.py`, then `claims.py` and
`redeem.py`: each race is decided by one conditional UPDATE. `codes/` derives and reads the codes of a claim without
a database, `wallets/` has the phones and what they hold, `leases/` the claims that boxes hand out while their uplink is
down, and `validity.py` has the rules of time.
"""
