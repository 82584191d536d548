"""The set-up WiFi of a box: its name and passphrase, made once, and whether it is open."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from player.files import read_if_there, write_whole

NETWORK_FILE = "network.json"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without those that are read as another
PASSPHRASE_LETTERS = 10  # 50 bits, against a guess per handshake


class SetupNetwork(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    ssid: str
    passphrase: str
    is_open: bool = False


def new_network(hardware: str) -> SetupNetwork:
    """Named after the hardware, so that of several boxes in a room each is found."""
    number = int.from_bytes(hashlib.sha256(hardware.encode()).digest()[:4])
    name = "".join(LETTERS[number >> 5 * nth & 31] for nth in range(4))
    return SetupNetwork(
        ssid=f"Liftcast-{name}", passphrase="".join(secrets.choice(LETTERS) for _ in range(PASSPHRASE_LETTERS))
    )


def read_network(folder: Path) -> SetupNetwork | None:
    """None without one: the set-up never ran here."""
    try:
        raw = read_if_there(folder / NETWORK_FILE)
        return None if raw is None else SetupNetwork.model_validate_json(raw)
    except (OSError, ValidationError):
        return None


def write_network(folder: Path, network: SetupNetwork) -> None:
    """Read by the daemon, which draws it, and the page: both of our group."""
    write_whole(folder / NETWORK_FILE, network.model_dump_json().encode(), mode=0o640)
