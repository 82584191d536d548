"""Setting up a box on site: its own WiFi, on which the installer's phone opens one page.

`network.py` names that WiFi; the daemon draws it on the screen. `need.py` decides when it is open: before enrolment,
while the server is not reached, or after an installer has put a file on the box's card. `page.py` is the page, with the
check list of `checks.py`. It runs without privileges and sends one typed request (`messages.py`) to `unit.py`, which
writes NetworkManager's files (`connections.py`), the country and the server's address. A WiFi that cannot be joined
leads back to the set-up WiFi within a minute, with the reason on the page.
"""
