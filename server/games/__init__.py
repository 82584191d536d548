"""Games that are played on screens: each has one referee, whose memory is saved while it runs.

`referees.py` runs the games of this process; `rounds.py` stores them and hands out the prizes. The rules are in
`media.games`. `previews.py` plays a game before it is booked, by the same rules, and stores nothing. Nothing here knows
Flask, and nothing emits: a process passes in how its states are sent.
"""
