"""The phone's web of this box's screen: its source over the player's daemon and the server, and what works offline.

`leased_coupons.py` gives out coupons while the server cannot, and `stored_faults.py` stores reports of faults until
the uplink is back.
"""
