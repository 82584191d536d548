"""Creatives: films, pictures, sounds and cards, from the upload to the files that screens and phones show.

It imports `server.coupons`, `server.screens` and what lies below, and knows no Flask. The steps are `uploads/` (a file
arrives), `probe/` (is it usable), `accept.py` (rows and a job), `render/` (the worker makes the renditions) and
`ready.py` (the rows of the result). Start reading at `models.py` and `accept.py`; `items.py` makes of them what
timelines carry.
"""
