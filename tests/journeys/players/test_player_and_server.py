"""A real player with a real server: enrolled by its code, a typed notice on the screen, its plays accepted once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from pyzbar.pyzbar import decode
from sqlmodel import col, select

from media.presence import holds
from server.campaigns.house import add_house_content
from server.campaigns.notices import run_notice
from server.creatives.models import Creative, CreativeState
from server.creatives.notices import type_notice
from server.db import EPOCH, reading, to_ms, transaction, utc_now
from server.plays.models import PlayRow
from server.screens.commands import CommandState, command_state, send_command
from server.screens.enrol.enrolment import take_code
from server.screens.models import CommandKind, Enrolment, Player, PlayerCommand, Screen
from server.screens.players import revoke_player
from server.screens.venues import add_screen, add_venue
from server.timelines.interrupts import lift_interrupt, raise_interrupt
from tests.rig.players.screens import VirtualScreen, virtual_screen
from tests.rig.players.xgrab import grab_picture
from tests.rig.servers.house import RunningHouse, running_house
from tests.rig.servers.processes import Process, eventually, program

pytestmark = [pytest.mark.vlc, pytest.mark.journey, pytest.mark.timeout(400)]

SIZE = (1280, 720)


@dataclass
class Elevator:
    """A server, one screen of one venue, and a player on an X server."""

    house: RunningHouse
    screen: Screen
    x: VirtualScreen
    folder: Path
    player: Process | None = None

    def start_player(self) -> Process:
        env = {
            "LIFTCAST_SERVER_URL": self.house.url, "LIFTCAST_PLAYER_DIR": str(self.folder / "player"),
            "LIFTCAST_HARDWARE_ID": "box-1", "LIFTCAST_POLL_S": "5", "DISPLAY": self.x.name,
        }  # fmt: skip
        command = [program("liftcast-player"), "run"]
        self.player = Process("player", command, folder=self.folder / "logs", env=env)
        return self.player

    def ready_notice(self, text: str, *, house: bool = False) -> str:
        """A creative of typed text, drawn by the worker."""
        with transaction(self.house.engine) as db:
            creative = type_notice(
                db, venue_id=self.screen.venue_id, text=text, title="", length_ms=5000, language="en", by=None,
                now=utc_now(),
            )  # fmt: skip
            id_ = creative.id
        eventually(lambda: self._state(id_) == CreativeState.READY, within_s=60, what="the notice to be drawn")
        if house:
            with transaction(self.house.engine) as db:
                add_house_content(db, id_, self.screen.venue_id, now=utc_now())
        return id_

    def _state(self, creative_id: str) -> CreativeState:
        with reading(self.house.engine) as db:
            return db.get_one(Creative, creative_id).state

    def enrol(self) -> Player:
        """Type the code that the box shows."""

        def code() -> str | None:
            with reading(self.house.engine) as db:
                return db.exec(select(Enrolment.code).where(col(Enrolment.taken_at).is_(None))).first()

        shown = eventually(code, within_s=60, what="the box to request a code")
        with transaction(self.house.engine) as db:
            return take_code(db, shown, self.screen.id, by=None, now=utc_now())

    def plays(self) -> list[PlayRow]:
        with reading(self.house.engine) as db:
            return list(db.exec(select(PlayRow).order_by(col(PlayRow.began_ms))).all())

    def scanned(self) -> dict[str, list[str]] | None:
        """The address that a phone in front of the screen reads from it."""
        codes = decode(grab_picture(self.x.name, self.x.size))
        return parse_qs(urlsplit(codes[0].data.decode()).query) if codes else None

    def wait_for_item(self, item: str, *, within_s: float = 90) -> dict[str, list[str]]:
        def look() -> dict[str, list[str]] | None:
            query = self.scanned()
            return query if query and query.get("i") == [item] else None

        return eventually(look, within_s=within_s, what=f"{item} on the screen", every_s=0.3)

    def wait_until_acknowledged(self, do: CommandKind, player: Player) -> None:
        """A box whose socket is not open yet receives nothing: it is sent again."""
        heard = CommandState.ACKNOWLEDGED
        eventually(lambda: self.command_state(do, player) is heard, within_s=60, what=f"{do} to be acknowledged")

    def command_state(self, do: CommandKind, player: Player) -> CommandState:
        """How it stands once it waits no longer."""
        with transaction(self.house.engine) as db:
            id_ = send_command(db, player.id, do, by=None, now=utc_now()).id

        def state() -> CommandState | None:
            with reading(self.house.engine) as db:
                now_is = command_state(db.get_one(PlayerCommand, id_), utc_now())
            return None if now_is is CommandState.WAITING else now_is

        return eventually(state, within_s=20, what="an answer, or none")

    def pictured_at(self, player: Player) -> datetime:
        with reading(self.house.engine) as db:
            return db.get_one(Player, player.id).picture_at or EPOCH

    def wait_for_row(self, item: str, kind: str, result: str) -> PlayRow:
        def look() -> PlayRow | None:
            rows = [row for row in self.plays() if (row.item, row.kind, row.result) == (item, kind, result)]
            return rows[0] if rows else None

        return eventually(look, within_s=90, what=f"a {result} {kind} of {item}")


@pytest.fixture(scope="module")
def elevator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elevator]:
    folder = tmp_path_factory.mktemp("elevator")
    with running_house(folder / "server", more={"LIFTCAST_FREEZE_S": "2"}) as house, virtual_screen(SIZE) as x:
        with transaction(house.engine) as db:
            venue = add_venue(db, name="Harbour Tower", zone="Asia/Shanghai", reserved_percent=50, now=utc_now())
            screen = add_screen(db, venue_id=venue.id, name="Car 1", now=utc_now())
            db.flush()
            db.expunge_all()
        elevator = Elevator(house, screen, x, folder)
        yield elevator
        if elevator.player is not None:
            elevator.player.stop()


def test_one_elevator_from_its_code_to_its_report(elevator: Elevator) -> None:
    house_item = elevator.ready_notice("Mind the step", house=True)
    elevator.start_player()
    player = elevator.enrol()

    # House content plays, and its code proves presence.
    query = elevator.wait_for_item(house_item)
    assert holds(elevator.screen.presence_key, query["p"][0], to_ms(utc_now()))

    # It acknowledges commands: a display that starts over, and a picture of it.
    elevator.wait_until_acknowledged(CommandKind.RESTART_DISPLAY, player)
    elevator.wait_for_item(house_item)
    asked_at = utc_now()
    elevator.wait_until_acknowledged(CommandKind.PICTURE, player)
    eventually(lambda: elevator.pictured_at(player) > asked_at, within_s=60, what="a picture of the new display")

    # A typed notice is on the screen within a minute of typing.
    typed_at = utc_now()
    notice, other = elevator.ready_notice("Water is off today"), elevator.ready_notice("The gym opens at six")
    with transaction(elevator.house.engine) as db:
        for creative_id in (notice, other):
            run_notice(db, creative_id, elevator.screen.venue_id, now=utc_now())
    elevator.wait_for_item(notice, within_s=60)
    assert utc_now() - typed_at < timedelta(seconds=60)
    row = elevator.wait_for_row(notice, "spot", "played")
    assert abs(row.began_ms - row.starts_ms) < 500

    # An emergency takes over at once, and gives back.
    with transaction(elevator.house.engine) as db:
        raised = raise_interrupt(db, creative_id=house_item, screen_id=elevator.screen.id, now=utc_now())
        raised_id = raised.id
    elevator.wait_for_row(house_item, "interrupt", "played")
    with transaction(elevator.house.engine) as db:
        lift_interrupt(db, raised_id, by=None, now=utc_now())
    lifted_ms = to_ms(utc_now())
    eventually(
        lambda: any(row.kind != "interrupt" and row.began_ms > lifted_ms for row in elevator.plays()),
        within_s=60,
        what="the plan to go on",
    )

    # With the server gone it plays on, the notices in turn; those plays are reported once when it is back.
    web = elevator.house.processes["web"]
    web.stop()
    away_ms = to_ms(utc_now())
    elevator.wait_for_item(other)
    elevator.wait_for_item(notice)
    back_at = utc_now()
    elevator.house.start("web")
    eventually(
        lambda: any(away_ms < row.began_ms < to_ms(back_at) for row in elevator.plays()),
        within_s=90,
        what="those plays",
    )
    counted = [row.counts_for for row in elevator.plays() if row.counts_for]
    assert len(counted) == len(set(counted))

    # A revoked box stops showing, and requests a new code.
    with transaction(elevator.house.engine) as db:
        revoke_player(db, player.id, by=None, now=utc_now())
    eventually(lambda: elevator.scanned() is None, within_s=60, what="the strip to go")
    elevator.enrol()
    elevator.wait_for_item(notice)
