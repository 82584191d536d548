"""`make demo`: the whole path on this machine, with sample content, on one page. Ctrl-C ends all of it."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import segno

from tests.demo.films import make_films
from tests.demo.stand import open_stand

FOLDER = Path(os.environ.get("FOLDER", "demo-data"))


def main() -> None:
    # The page sends a request each second; a line for each answer would push the address off the terminal.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    if os.environ.get("RESET") == "1":
        shutil.rmtree(FOLDER, ignore_errors=True)
    films = make_films(FOLDER / "films")
    with ExitStack() as stack:
        host, port = os.environ.get("HOST", ""), int(os.environ.get("PORT", "8080"))
        stand = stack.enter_context(open_stand(FOLDER.resolve(), films, host=host, port=port))
        _tell(stand.address, stand.sign_in_addresses())
        stop.wait()
        print("\nstopping …")


def _tell(address: str, addresses: dict[str, str]) -> None:
    print(f"\n  Open {address}\n")
    segno.make(address, error="m").terminal(compact=True, out=sys.stdout)
    print("  or scan it with a phone on the same network. Anyone who has it may sign in.\n\n  Sign in as")
    for role, at in addresses.items():
        print(f"    {role:<11} {at}")
    print("\n  Ctrl-C ends all of it; RESET=1 make demo starts fresh.\n", flush=True)


if __name__ == "__main__":
    main()
