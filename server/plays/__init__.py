"""Proof of play: the plays that boxes report, and everything that is counted from them.

Start reading at `judge.py`. A reported batch passes through these files:

1. `parse.py` reads it play by play.
2. `judge_batch.py` looks up what the plays are judged by, and `judge.py` decides on each (pure).
3. `accept.py` writes the batch and the daily counts in one transaction; `uncounted.py` notes what does not count.

`settle.py` sums up days that are over. From the sums, `played.py` counts what each campaign was given, `up_time.py` how
reliable each screen is, and `forecast.py` and `outlook.py` what campaigns will reach; the next allotment starts from
them. `report.py`, `phones.py` (plays times phones present), `export.py` and `lists.py` are for pages, the API and
spreadsheets.
May import timelines, the allotment and the domain folders below; never jobs or web.
"""
