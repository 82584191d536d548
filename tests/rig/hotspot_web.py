"""A web server of the hotspot's lab. Started as a program: its name, its port.

The portal redirects every request. The internet answers a probe with 204, and `/bytes/N` or `/slow/N` with N bytes, the
latter 20 kB at a time, ten times a second.
"""

from __future__ import annotations

import socket
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SLOW_BYTES = 20_000


class Web(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        match self.path.split("/")[1:]:
            case _ if self.server.name == "portal":  # type: ignore[attr-defined]
                self._answer(302, Location="http://portal/", Connection="close")
            case ["bytes", length]:
                self._answer(200, length=int(length))
                self.wfile.write(bytes(int(length)))
            case ["slow", length]:
                self._answer(200, length=int(length))
                for _ in range(int(length) // SLOW_BYTES):
                    self.wfile.write(bytes(SLOW_BYTES))
                    time.sleep(0.1)
            case _:
                self._answer(204)

    def _answer(self, status: int, length: int = 0, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(length), **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    address_family = socket.AF_INET6  # and IPv4, which Linux maps into it
    daemon_threads = True


if __name__ == "__main__":
    server = Server(("::", int(sys.argv[2])), Web)
    server.name = sys.argv[1]  # type: ignore[attr-defined]
    server.serve_forever()
