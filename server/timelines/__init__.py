"""Timelines: what each screen shows when, published as versions that players fetch.

Start reading at `publish.py` (`publish_venue`). The data flows through these files:

1. `venue_snapshot.py` reads everything that a venue's timelines depend on, with what `server/allotment` allots.
2. `plan_input.py` builds the planner's input: `frozen.py` adds the part of a day that is shown already and may not
   change, `unsold.py` what fills unsold time.
3. The planner puts the spots in order (`server.planner.plan`).
4. `compose.py` composes the manifest, and `publish.py` writes a version where it differs from the last one.
   `published/days.py` records its days, by which plays are judged later.

`published/` reads what was published. `interrupts.py` publishes emergencies at once.
`retention.py` and `off_air.py` delete what is no longer used; `expiring.py` finds venues whose days run out.
May import the allotment, campaigns, creatives, screens and the planner; never plays, jobs or web.
"""
