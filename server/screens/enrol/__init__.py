"""The way of a box to its screen: enrolment by a code, its token, and the move to another screen.

Start reading at `enrolment.py`.
"""
