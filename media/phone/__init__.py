"""The web for phones, the same on the server and on a box: `blueprint.py` serves it over a `PhoneSource` (`source.py`).

`page.py` renders the first paint, `identity.py` knows the phone, `headers.py` holds the content policy; the page itself
is TypeScript in `app/`. It imports neither `server` nor `player`.
"""
