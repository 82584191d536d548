"""A whole hotspot in the lab: a real server on the internet, and a box whose screen plays a loop of four items.

Phones know the server as `screens.example.org`, a name that only a browser with the argument `RESOLVER` knows. The box
reaches it by its address.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from media.wire.timeline import Item, MediaRef, ScreenSettings
from player.hotspot.plan import HotspotPlan
from player.sync.media_needs import phone_refs
from server.coupons.models import Offer
from server.db import transaction
from server.screens.models import Player, Screen, Service
from tests.factories import LONG_AGO, make_merchant, make_offer, make_screen, saved
from tests.rig.hotspot_box import GROUP, Box
from tests.rig.hotspot_lab import INTERNET4, Lab, hotspot_lab
from tests.rig.phones.phone_stand import KINDS, TITLES, Shelf, lay
from tests.rig.players.screens import virtual_screen
from tests.rig.servers.house import RunningHouse, running_house
from tests.rig.servers.nginx import start_nginx
from tests.rig.servers.processes import eventually

PUBLIC_NAME = "screens.example.org"
PUBLIC = f"http://{PUBLIC_NAME}"
SERVER = f"http://{INTERNET4}"
RESOLVER = f"--host-resolver-rules=MAP {PUBLIC_NAME} {INTERNET4}"
SERVER_PORT, MEDIA_PORT = 8000, 8001  # nobody else has them in the namespace
DOWNLOADS_PORT = 8090  # of hotspot_web.py, beside the server
PROBE = "location = /generate_204 { return 204; }\n"
LENGTHS_S = {"film": 5, "coupon": 3, "film2": 5, "notice": 3}  # short, for a test waits for them
LAP = ("film", "coupon", "film2")  # the notice is house content
SCREEN_SIZE = (640, 360)
ENROLLED_S = 90


@dataclass
class HotspotStand:
    lab: Lab
    house: RunningHouse
    box: Box
    screen: Screen
    offer: Offer
    items: Mapping[str, Item] = field(default_factory=dict)

    @property
    def mirror(self) -> str:
        """The path of the page that follows the screen."""
        return f"/s/{self.screen.code}"

    def phone_files(self) -> list[MediaRef]:
        """The requests of a phone's page in one lap."""
        refs = {ref.digest: ref for item in self.items.values() for ref in phone_refs(item)}
        return list(refs.values())

    def has_cached(self) -> bool:
        """Whether the box has all that phones load, and a lease of the offer."""
        player = self.box.folder / "player"
        media = [player / "media" / ref.digest[:2] / ref.digest for ref in self.phone_files()]
        return all(path.exists() for path in media) and (player / "leases.sqlite3").exists()

    def start_box(self) -> None:
        for name in ("hotspot", "dnsmasq", "portal", "player"):
            self.box.start(name)

    def wait_until_cached(self) -> None:
        eventually(self.has_cached, within_s=ENROLLED_S, what="the box to have the loop's files", every_s=0.2)


@contextmanager
def hotspot_stand(plan: HotspotPlan, *, stock: int = 400, poll_s: int = 5) -> Iterator[HotspotStand]:
    """The server runs and the box is enrolled; its processes are started by the test.

    poll_s: how often the box asks for a newer timeline
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="liftcast-hotspot-")))
        lab = stack.enter_context(hotspot_lab(folder, plan))
        within = ("ip", "netns", "exec", lab.internet.name)
        settings = {
            "LIFTCAST_PUBLIC_URL": PUBLIC, "LIFTCAST_MEDIA_URL": SERVER, "LIFTCAST_PROXIES": "1",
            "LIFTCAST_PORT": str(SERVER_PORT), "LIFTCAST_MEDIA_PORT": str(MEDIA_PORT),
        }  # fmt: skip
        house = stack.enter_context(
            running_house(folder / "server", parts=("web", "media"), more=settings, within=within)
        )
        ports = {"port": 80, "web_port": SERVER_PORT, "media_port": MEDIA_PORT}
        nginx = start_nginx(folder / "nginx", host=INTERNET4, more=PROBE, within=within, **ports)
        stack.callback(nginx.stop)
        lab.serve("internet", lab.internet, DOWNLOADS_PORT)
        display = stack.enter_context(virtual_screen(SCREEN_SIZE)).name
        more = {"DISPLAY": display, "LIFTCAST_POLL_S": str(poll_s), "LIFTCAST_HARDWARE_ID": "box-1"}
        box = Box(lab, server_url=SERVER, more=more)
        yield _with_screen(lab, house, box, stock=stock)


def _with_screen(lab: Lab, house: RunningHouse, box: Box, *, stock: int) -> HotspotStand:
    token = os.urandom(32).hex()
    with transaction(house.engine) as db:
        screen = make_screen(db)
        offer = make_offer(db, merchant=make_merchant(db), stock=stock, terms="One bowl a guest.", presence=False)
        player = Player(
            hardware="box-1", token_hash=hashlib.sha256(token.encode()).hexdigest(), screen_id=screen.id,
            enrolled_at=LONG_AGO,
        )  # fmt: skip
        saved(db, player)
        saved(db, Service(player_id=player.id, screen_id=screen.id, from_at=LONG_AGO))
        items = _items(Shelf(db, house.store), offer)
    page = f"{PUBLIC}/s/{screen.code}"
    lay(house, screen, items, lap=LAP, settings=ScreenSettings(page_url=page, presence_key=screen.presence_key))
    (box.folder / "player" / "token").write_text(token)
    os.chown(box.folder / "player" / "token", box.users["player"], GROUP)
    return HotspotStand(lab, house, box, screen, offer, items)


def _items(shelf: Shelf, offer: Offer) -> dict[str, Item]:
    """The screen shows the same files as phones do."""
    phones = {id_: phone for id_, phone in shelf.phones(offer).items() if id_ in LENGTHS_S}
    return {
        id_: Item(
            id=id_, kind=KINDS[id_], title=TITLES[id_], length_ms=LENGTHS_S[id_] * 1000,  # type: ignore[arg-type]
            screen=phone.picture or phone.image, phone=phone,  # type: ignore[arg-type]
        )
        for id_, phone in phones.items()
    }  # fmt: skip
