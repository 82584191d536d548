"""HTTP and Socket.IO with limits on what one client may hold and send, for the server's web process and a box's portal.

`http_server.py` bounds connections and requests, `websocket.py` messages, `gate.py` how many sockets an address holds
and how fast they send, `polling.py` and `packets.py` refuse what no client of ours sends.
"""
