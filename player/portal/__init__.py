"""The box's own web: the page that phones meet when they join the hotspot, and the screen's page. Its own process.

`interception.py` answers what phones sent to other servers, above all the probes of `probes.py`, by which each
operating system finds out whether it has reached the internet. `app.py` has the portal's pages: one tap to go online,
`captive_api.py` for phones that read it (RFC 8908), and the phone's web of `media.phone` over `player_source.py`.

It knows nothing by itself. `clients.py` requests visits from the privileged unit (`player.hotspot.messages`) and the
screen from the player's daemon (`player_messages.py`); `server_requests.py` sends claims on to the server,
`leased_coupons.py` has those that the box gives out while the server cannot, and `stored_faults.py` the reports of
faults that wait for the uplink. `games.py` is the referee of the screen's games. Phones' consents are in `consents.py`,
and what is remembered of those that agreed in `remembered.py`. `certificates/` has the portal's certificate.
`process.py` puts it all together on gevent's hub, `sockets.py` has the pages' sockets.
"""
