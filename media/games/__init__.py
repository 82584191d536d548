"""Games on the screen with phones as controllers: phases, seats, scores and draws. Pure: time and inputs are passed in.

Start with `referee.py`. `phases.py` cuts a spot into joining, playing and the result; `seats.py` and `faces.py` give
each phone a number, an animal and a colour; `race.py`, `quiz.py`, `lucky_draw.py` and `custom.py` are the kinds;
`kinds.py` maps a kind to its scoring; `states.py` is what a referee sends to phones and screens; `draws.py` decides who
wins what is drawn, so that anybody can check it: see README.md.
"""
