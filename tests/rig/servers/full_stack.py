"""A whole lift: the server behind the shipped nginx, a cable that can be cut, a screen, and a real player on it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from PIL import Image
from pyzbar.pyzbar import ZBarSymbol, decode
from sqlmodel import col, select

from server.accounts.models import Role
from server.accounts.people import PersonForm, add_person
from server.db import reading, transaction, utc_now
from server.plays.models import PlayRow
from server.screens.enrol.enrolment import take_code
from server.screens.models import Enrolment, Screen, Venue
from server.screens.venues import add_screen, add_venue
from tests.rig.players.screens import VirtualScreen, virtual_screen
from tests.rig.players.xgrab import grab_picture
from tests.rig.servers.house import RunningHouse, make_house
from tests.rig.servers.network import Cable
from tests.rig.servers.nginx import start_nginx
from tests.rig.servers.ports import free_port
from tests.rig.servers.processes import Process, clean_environ, eventually, program

SIZE = (1280, 720)
ZONE = "Asia/Shanghai"


@dataclass
class Lift:
    """Everything a journey acts on; `url` is nginx's, the player reaches it over the cable."""

    folder: Path
    house: RunningHouse
    cable: Cable
    x: VirtualScreen
    player_env: dict[str, str]
    player: Process | None = None
    starts: int = 0
    people: dict[Role, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.house.url

    @property
    def player_dir(self) -> Path:
        return self.folder / "player"

    def start_player(self) -> Process:
        """`liftcast-player run`, in the same folder each time."""
        self.starts += 1
        env = {
            "LIFTCAST_SERVER_URL": self.cable.url,
            "LIFTCAST_PLAYER_DIR": str(self.player_dir),
            "LIFTCAST_HARDWARE_ID": "box-1",
            "DISPLAY": self.x.name,
            **self.player_env,
        }
        name = f"player-{self.starts}"
        command = [program("liftcast-player"), "run"]
        self.player = Process(name, command, folder=self.folder / "logs", env=env)
        return self.player

    def stop_player(self) -> None:
        if self.player is not None:
            self.player.stop()

    # --- places and people

    def add_screen(self, *, venue: str = "Harbour Tower", name: str = "Car 1") -> tuple[Venue, Screen]:
        """A venue of its own for each screen, so that their programmes differ."""
        with transaction(self.house.engine) as db:
            place = add_venue(db, name=venue, zone=ZONE, reserved_percent=50, now=utc_now())
            screen = add_screen(db, venue_id=place.id, name=name, now=utc_now())
            db.flush()
            db.refresh(place)
            db.refresh(screen)
            db.expunge_all()
        return place, screen

    def sign_in_link(self, role: Role, **more: str) -> str:
        """A one-time link, as `liftcast-server sign-in-link` prints it for a person without a password."""
        if role not in self.people:
            self.people[role] = f"{role.value}@example.org"
            with transaction(self.house.engine) as db:
                form = PersonForm(name=role.value.title(), email=self.people[role], role=role, **more)
                add_person(db, form, now=utc_now())
        command = [program("liftcast-server"), "sign-in-link", self.people[role]]
        env = {**clean_environ(), **self.house.env}
        printed = subprocess.run(command, env=env, capture_output=True, text=True, check=True, timeout=60)
        return printed.stdout.split()[-1]

    # --- enrolment

    def code_requested(self) -> str:
        """The code that the box was given and shows."""

        def look() -> str | None:
            with reading(self.house.engine) as db:
                waiting = select(Enrolment.code).where(col(Enrolment.taken_at).is_(None))
                return db.exec(waiting.where(col(Enrolment.expires_at) > utc_now())).first()

        return eventually(look, within_s=90, what="the box to request a code")

    def enrol(self, screen_id: str) -> None:
        """Type its code, for journeys that are about something else."""
        code = self.code_requested()
        with transaction(self.house.engine) as db:
            take_code(db, code, screen_id, by=None, now=utc_now())

    # --- what is seen and reported

    def picture(self) -> Image.Image:
        return grab_picture(self.x.name, self.x.size)

    def scanned(self) -> dict[str, str] | None:
        """The address that a phone in front of the screen reads from its strip: the page's path, `i` and `p`."""
        codes = decode(self.picture(), symbols=[ZBarSymbol.QRCODE])
        if not codes:
            return None
        parts = urlsplit(codes[0].data.decode())
        return {"path": parts.path, **{name: values[0] for name, values in parse_qs(parts.query).items()}}

    def wait_for_item(self, item: str, *, within_s: float = 90) -> dict[str, str]:
        """Until the screen's strip names this item."""

        def look() -> dict[str, str] | None:
            scanned = self.scanned()
            return scanned if scanned and scanned.get("i") == item else None

        return eventually(look, within_s=within_s, what=f"{item} on the screen", every_s=0.3)

    def plays(self) -> list[PlayRow]:
        """The plays that the server has accepted."""
        with reading(self.house.engine) as db:
            return list(db.exec(select(PlayRow).order_by(col(PlayRow.began_ms))).all())


@contextmanager
def running_lift(
    folder: Path,
    *,
    parts: tuple[str, ...] = ("web", "media", "worker", "planner", "desk"),
    more: Mapping[str, str] | None = None,
    player_env: Mapping[str, str] | None = None,
    cable_kind: type[Cable] = Cable,
) -> Iterator[Lift]:
    """Started in order, ended in reverse; the player is started by the journey."""
    with ExitStack() as stack:
        port = free_port()
        cable = stack.enter_context(cable_kind(("127.0.0.1", port)))
        url = f"http://127.0.0.1:{port}"
        house = make_house(
            folder / "server",
            more={"LIFTCAST_PUBLIC_URL": url, "LIFTCAST_MEDIA_URL": url, "LIFTCAST_PROXIES": "1", **(more or {})},
        )
        stack.callback(house.stop)
        ports = {"web_port": house.settings.port, "media_port": house.settings.media_port}
        stack.callback(start_nginx(folder / "nginx", port=port, **ports).stop)
        for part in sorted(parts, key="web".__eq__):  # the web process is waited for, so the others start meanwhile
            house.start(part)
        lift = Lift(folder, house, cable, stack.enter_context(virtual_screen(SIZE)), dict(player_env or {}))
        stack.callback(lift.stop_player)
        yield lift
