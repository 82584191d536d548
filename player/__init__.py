"""The player: the program on the box behind one screen. It shows what the server plans, with or without a network.

`cli` reads the settings and starts `daemon`, which wires the parts below, runs the loop that shows, and stops them.

    display/   the screen: an API, VLC in a child process behind it, and the X server
    show/      what is shown now and next, and the proof of each play
    sync/      what is exchanged with the server: timeline, media, clock, plays, enrolment
    journal/   the plays, written to the disk before they are sent
    hotspot/   the WiFi of the box: who may pass, for how long; a process of its own, which alone is privileged
    portal/    the box's own web, which phones meet when they join; a process of its own

`phone_answers` is the daemon's answer to the portal.

Imports go down this list only: cli, daemon, status, show, sync, portal, and then display, hotspot, journal, systemd and
settings, which import none of the others but `files` and `line_socket`. It imports `media`, and never `server`.
"""
