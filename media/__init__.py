"""Shared by server and player: the wire, timelines, clocks, the store of files, cards, and the web for phones.

`README.md` in this folder says where to start. It imports neither `server` nor `player`; Flask only in `phone/`.
"""
