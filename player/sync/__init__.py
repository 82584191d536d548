"""Exchanges data with the server, each kind on a thread of its own; any of it may fail for days.

`link.py` makes the HTTP requests and `server_socket.py` holds the socket, whose messages only hint at news.
`repeater.py` repeats a request, with back-off. `enrolment.py` obtains the token. `clock.py` estimates the server's
time. `timeline_store.py` takes a newer timeline once its files are here; `media_needs.py` lists those files in the
order of their need (pure), and `cache.py` fetches, verifies and evicts them. `leases.py` stores the claims that phones
get while the uplink is down.
"""
