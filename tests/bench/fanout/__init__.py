"""One message of 1 KB to a thousand phones: its CPU time, its latency, what a phone costs.

    python -m tests.bench.fanout --json [--phones 1000] [--messages 30]

The server's real web process gets the messages by Redis, as those of another web process. Peers of the same run, with
the same phones (`phones.py`) and messages:

- the same process with `LIFTCAST_DIRECT_SENDS=false`: Flask-SocketIO as it is;
- node's socket.io (`node/`), whose packages the first run installs;
- nginx's nchan, of the Debian package libnginx-mod-nchan: no Socket.IO, only WebSockets that get the same text;
- a loop that writes the same frame to a thousand connections, which is what no server can do for less.

A peer that this machine does not have is named in the output, and its ratio is left out. CPU time is that of a
server's process and its children, in user and system mode, from before a message until shortly after its last arrival.

`p99_ms_with_downloads`: the whole stack of production, with the shipped nginx in front of web and media process. The
phones are connected through it; then 20 other clients (`downloads.py`) load a film from it over and over, as fast as
it comes.
"""
