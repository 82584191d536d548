"""The privileged unit of the set-up: opens and closes its WiFi, and applies what the installer typed.

A request is applied in an order in which what fails changes nothing: the WiFi is joined first, and the server's address
is written when that has worked. After a failure the set-up WiFi is open again.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from pydantic import ValidationError

from player.files import read_if_there, remove_whole, write_whole
from player.hotspot.enforcer import CommandFailed, Run
from player.setup.connections import SETUP, SETUP_ADDRESS, UPLINK, render_setup_network, render_uplink
from player.setup.messages import SETUP_REQUEST, Close, Done, Failed, Open, SetUp, SetupAnswer, Trouble, Wifi
from player.setup.need import CARD_FLAG
from player.setup.network import new_network, read_network, write_network

logger = logging.getLogger(__name__)

SERVER_FILE, COUNTRY_FILE = "server.env", "country"
SHARED_NAMES = Path("/etc/NetworkManager/dnsmasq-shared.d/liftcast-setup.conf")
RADIOS = Path("/sys/class/net")
JOIN_S = 45
PLAYER = "liftcast-player.service"


class SetupFailed(Exception):
    """The request could not be carried out."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


class SetupUnit:
    """folder: state that survives · connections: NetworkManager's folder of keyfiles · hotspot_radio: the interface of
    the phones' hotspot; empty: the box has none · radios: where the kernel lists its interfaces
    flag: the installer's file, which is removed when the box is set up · names: for NetworkManager's name server
    """

    def __init__(
        self, folder: Path, *, connections: Path, run: Run, hardware: str, hotspot_radio: str = "",
        radios: Path = RADIOS, flag: Path = CARD_FLAG, names: Path = SHARED_NAMES,
    ) -> None:  # fmt: skip
        self._folder, self._connections, self._run = folder, connections, run
        self._hardware, self._hotspot_radio, self._radios = hardware, hotspot_radio, radios
        self._flag, self._names = flag, names
        self._lock = threading.Lock()

    def start(self) -> None:
        """Name the WiFi, and give the radio the country that was set. It is closed until it is requested."""
        network = read_network(self._folder) or new_network(self._hardware)
        write_network(self._folder, network.model_copy(update={"is_open": False}))
        country = (read_if_there(self._folder / COUNTRY_FILE) or b"").decode()
        if country:
            self._try(["iw", "reg", "set", country])

    def answer(self, line: bytes) -> bytes:
        """The answer to one line, for `LineServer`."""
        return self._answer(line).model_dump_json().encode()

    def _answer(self, line: bytes) -> SetupAnswer:
        try:
            request = SETUP_REQUEST.validate_json(line)
        except ValidationError as error:
            logger.warning("set-up request refused errors=%d", error.error_count())
            return Failed(trouble=Trouble.BAD_REQUEST)
        try:
            with self._lock:
                self._carry_out(request)
        except SetupFailed as error:
            logger.warning("set-up failed kind=%s why=%s", request.kind, error)
            return Failed(trouble=error.trouble)
        except CommandFailed as error:
            logger.error("set-up failed kind=%s why=%s", request.kind, error)
            return Failed(trouble=Trouble.FAILED)
        except OSError as error:
            logger.error("set-up not stored why=%s", error.strerror)
            return Failed(trouble=Trouble.DISK)
        return Done()

    def _carry_out(self, request: SetUp | Open | Close) -> None:
        match request:
            case Open():
                self._open()
            case Close():
                self._close()
            case SetUp():
                self._set_up(request)

    def _open(self) -> None:
        network = read_network(self._folder) or new_network(self._hardware)
        radio = self._first_radio()
        if radio == self._hotspot_radio:
            self._try(["systemctl", "stop", "liftcast-hostapd.service"])
        write_whole(self._names, f"address=/#/{SETUP_ADDRESS}\n".encode())  # each probe of a phone meets the page
        self._load(SETUP, render_setup_network(network, radio))
        self._run(["nmcli", "--wait", "20", "connection", "up", "id", SETUP])
        write_network(self._folder, network.model_copy(update={"is_open": True}))
        logger.info("set-up network opened")

    def _close(self) -> None:
        self._try(["nmcli", "--wait", "20", "connection", "down", "id", SETUP])
        network = read_network(self._folder)
        if network:
            write_network(self._folder, network.model_copy(update={"is_open": False}))
        if self._hotspot_radio:
            self._try(["systemctl", "start", "liftcast-hostapd.service"])

    def _set_up(self, request: SetUp) -> None:
        self._run(["iw", "reg", "set", request.country])
        if isinstance(request.uplink, Wifi):
            self._join(request.uplink)
        write_whole(self._folder / COUNTRY_FILE, request.country.encode())
        server = f"LIFTCAST_SERVER_URL={request.server_url}\n"
        write_whole(self._folder / SERVER_FILE, server.encode(), mode=0o640)
        self._flag.unlink(missing_ok=True)
        self._run(["systemctl", "restart", PLAYER])
        logger.info("box set up uplink=%s country=%s", request.uplink.kind, request.country)

    def _join(self, wifi: Wifi) -> None:
        """With one radio, the set-up WiFi must give way meanwhile; it is open again if the WiFi cannot be joined."""
        radio = self._uplink_radio()
        old = read_if_there(self._keyfile(UPLINK))
        self._load(UPLINK, render_uplink(wifi, radio))
        self._close()
        try:
            self._run(["nmcli", "--wait", str(JOIN_S), "connection", "up", "id", UPLINK])
        except CommandFailed as error:
            logger.warning("uplink not joined why=%s", error)
            self._put_back(old)
            self._open()
            raise SetupFailed(Trouble.NOT_JOINED) from error

    def _put_back(self, old: bytes | None) -> None:
        if old is None:
            self._try(["nmcli", "connection", "delete", "id", UPLINK])
            remove_whole(self._keyfile(UPLINK))
        else:
            self._load(UPLINK, old.decode())

    def _load(self, name: str, keyfile: str) -> None:
        write_whole(self._keyfile(name), keyfile.encode(), mode=0o600)
        self._run(["nmcli", "connection", "load", str(self._keyfile(name))])

    def _keyfile(self, name: str) -> Path:
        return self._connections / f"{name}.nmconnection"

    def _first_radio(self) -> str:
        radios = self._all_radios()
        if not radios:
            raise SetupFailed(Trouble.NO_RADIO)
        return next((radio for radio in radios if radio != self._hotspot_radio), radios[0])

    def _uplink_radio(self) -> str:
        radio = self._first_radio()
        if radio == self._hotspot_radio:
            raise SetupFailed(Trouble.RADIO_IS_HOTSPOT)
        return radio

    def _all_radios(self) -> list[str]:
        return sorted(path.parent.name for path in self._radios.glob("*/phy80211"))

    def _try(self, command: list[str]) -> None:
        try:
            self._run(command)
        except CommandFailed as error:
            logger.info("not done command=%s why=%s", " ".join(command[:3]), error)
