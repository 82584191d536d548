"""The OpenAPI document of `/api/v1`, for operators, players, phones and counters alike.

`messages.py` names the classes of every route's messages; `document.py` makes the document of them.
"""
