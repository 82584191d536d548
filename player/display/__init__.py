"""The screen of the box. Start with `api.py`: it says what every display can do, and the daemon knows nothing else.

`vlc_display.py` obeys the API from the daemon's process. It starts `vlc_child.py` as a process of its own
(`child_process.py`), because libVLC may hang or crash, and exchanges JSON lines with it (`json_socket.py`).
`display_state.py` is the state that a new child is brought back to after the old one died.
In the child, `vlc_slot.py` is one media player and its window (two take turns), and `xwindows.py` draws the windows.
`xserver.py` finds or starts the X server. Every instant is CLOCK_MONOTONIC in nanoseconds.
"""
