"""The certificate of the portal's name, without which phones are given no captive-portal API (RFC 8908 requires TLS).

`keeper.py` looks every few seconds which certificate there is: one that the operator put on the box, or the box's own
(`own_certificate.py`), for which the box makes a key and the daemon sends the signing request to the server. `judge.py`
decides whether it may be used; `tls_server.py` opens port 443 with it, takes a renewed one in place, and closes it.
"""
