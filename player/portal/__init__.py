"""The box's own web: the page that phones meet when they join the hotspot, and the screen's page. Its own process.

`app.py` has the portal's pages, above all the tap that opens the internet, and the phone's web of `media.phone`;
`pages.py` writes their HTML, `sockets.py` has their sockets, and `process.py` puts all of it together on gevent's hub.

The folders follow a phone's way. It arrives (`arrival/`), agrees or not (`consent/`), sees the screen's page
(`screen/`) and plays its games (`games/`). The portal knows nothing by itself: `upstream/` requests visits from the
privileged unit, the screen from the player's daemon, and coupons from the server. `certificates/` has the portal's
certificate.
"""
