"""The boards of games: what the screen shows while a game is on. Pure: the clock and the states are passed in.

Start with `kinds.py`, which maps a kind of game to its board and its frames. A board (`board.py`) draws pictures and
knows no clock; it has a look (`look.py`, `colours.py`: the advertiser's pictures and colours). The frames (`frames.py`)
decide which part of it is drawn when. `race_board.py`, `race_frames.py` and their like add what a kind shows while it
is played.
"""
