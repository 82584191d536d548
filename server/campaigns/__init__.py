"""Advertisers, campaigns, house content and notices: what is booked, and where it plays.

It imports `server.creatives` and what lies below, and knows no Flask. Start reading at `models.py` and `book.py`;
`checks.py` has the rules of a booking, `reach.py` the screens that targets name. The capacity that a booking needs is
computed above, by `server.allotment` and the availability process (`availability_messages.py`).
"""
