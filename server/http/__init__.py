"""The parts that every HTTP process of the server shares.

Request bodies, addresses behind proxies, limits on tries, readiness, metrics and JSON error answers. Nothing here knows
the pages: `server.web`, `server.live` and `server.files` import this folder, and it imports none of them.
"""
