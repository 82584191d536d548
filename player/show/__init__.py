"""Shows the timeline on the screen. `showing.py` is the loop: it runs on the main thread, never waiting for network or
disk.

`choose.py` chooses the item for an instant (pure), `item_library.py` knows which items can be shown, `strips.py` draws
the lines along the bottom on a thread of its own, `proof.py` turns what was seen into rows for the journal.
Until the box is enrolled, `enrolment_card.py` shows the code; a short process of its own draws it
(`draw_enrolment_card.py`), so that the fonts' memory is returned.
"""
