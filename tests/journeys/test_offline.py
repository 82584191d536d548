"""The uplink is cut for long, and the box dies in between: every play still arrives, and arrives once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlmodel import Session

from media.wire.timeline import Spot
from player.journal.journal import ENDED_WITHOUT_WARNING
from server.campaigns.book import book_campaign
from server.campaigns.forms import BookingForm, TargetForm, WeightedCreative
from server.campaigns.house import add_house_content
from server.campaigns.models import TargetKind
from server.db import reading, to_ms, transaction, utc_now
from server.plays.report import DeliveryFilter, delivery
from server.screens.models import Screen, Venue
from server.timelines.published.read import timeline_of
from tests.factories import make_advertiser, make_creative
from tests.rig.players.journal_copy import CopiedPlay, JournalCopy, as_copied, differing
from tests.rig.servers.full_stack import Lift, running_lift
from tests.rig.servers.processes import eventually

pytestmark = [pytest.mark.vlc, pytest.mark.journey, pytest.mark.timeout(300)]

STILLS_MS = (2000, 3000, 2000)
# Before the box dies, and after.
PLAYS_EACH = 6


@dataclass
class Cut:
    """One lift whose player is about to lose its uplink."""

    lift: Lift
    venue: Venue
    screen: Screen


@pytest.fixture
def cut(tmp_path: Path) -> Iterator[Cut]:
    more = {"LIFTCAST_SLOT_MS": "1000", "LIFTCAST_FREEZE_S": "2"}
    player = {"LIFTCAST_POLL_S": "2"}
    with running_lift(tmp_path, parts=("web", "media", "worker", "planner"), more=more, player_env=player) as lift:
        venue, screen = lift.add_screen()
        with transaction(lift.house.engine) as db:
            book_stills(db, lift, venue)
        yield Cut(lift, venue, screen)


def test_plays_of_a_cut_uplink_arrive_exactly_once(cut: Cut) -> None:
    lift = cut.lift
    lift.start_player()
    lift.code_requested()
    journal = JournalCopy(lift.player_dir / "journal.sqlite3")
    lift.enrol(cut.screen.id)
    eventually(lambda: spots_of(lift) >= 2, within_s=120, what="the plan on the screen")

    lift.cable.cut()
    cut_ms = to_ms(utc_now())
    wait_for_waiting(journal, PLAYS_EACH)
    eventually(journal.open, within_s=30, what="the next showing in the journal")
    assert lift.player is not None
    lift.player.kill()
    lift.start_player()
    wait_for_waiting(journal, 2 * PLAYS_EACH)
    mended_ms = to_ms(utc_now())
    assert not [row for row in lift.plays() if row.began_ms > cut_ms], "something got through a cut cable"
    lift.cable.mend()

    offline = [play for play in journal.plays().values() if cut_ms < play.began_ms < mended_ms]
    ids = {play.id for play in offline}
    eventually(lambda: {row.id for row in lift.plays()} >= ids, within_s=90, what="the plays of that time")
    lift.stop_player()

    # The server has what the journal wrote, play for play, and none twice.
    waiting = journal.waiting()
    sent = {id_: play for id_, play in journal.plays().items() if id_ not in waiting}
    assert differing(sent, {row.id: as_copied(row) for row in lift.plays()}) == []
    assert delivered(cut) == spots_of(lift) >= 2

    # The box's death cut one showing short; all of them are the timeline's, one after the other but for that once.
    assert [play.why for play in offline].count(ENDED_WITHOUT_WARNING) == 1
    shown = sorted(offline, key=lambda play: play.began_ms)
    spots = planned_at(cut, shown)
    assert [(play.starts_ms, play.item) for play in shown] == [(spot.starts_ms, spot.item) for spot in spots]
    assert sum(before.ends_ms != after.starts_ms for before, after in pairwise(spots)) <= 1


def book_stills(db: Session, lift: Lift, venue: Venue) -> None:
    """A campaign with three stills, most of the time, and a fourth as house content."""
    tea = make_advertiser(db)
    stills = [make_creative(db, lift.house.store, length_ms=ms, advertiser_id=tea.id).id for ms in STILLS_MS]
    add_house_content(db, make_creative(db, lift.house.store, length_ms=2000).id, venue.id, now=utc_now())
    today = utc_now().date()
    form = BookingForm(
        name="Spring",
        advertiser_id=tea.id,
        creatives=tuple(WeightedCreative(creative_id=id_) for id_ in stills),
        starts_on=today - timedelta(days=1),
        ends_on=today + timedelta(days=10),
        targets=(TargetForm(kind=TargetKind.VENUE, value=venue.id),),
        goal=45,
    )
    book_campaign(db, form, by=None, now=utc_now())


def spots_of(lift: Lift) -> int:
    return sum(row.kind == "spot" and row.result == "played" for row in lift.plays())


def wait_for_waiting(journal: JournalCopy, count: int) -> None:
    eventually(lambda: len(journal.waiting()) >= count, within_s=120, what=f"{count} plays to wait", every_s=0.2)


def planned_at(cut: Cut, shown: list[CopiedPlay]) -> list[Spot]:
    """The item that the timeline of each play's version has at its instant."""

    def spot(db: Session, play: CopiedPlay) -> Spot:
        timeline = timeline_of(db, cut.lift.house.store, cut.screen.id, play.version)
        assert timeline.manifest.version == play.version
        return timeline.spot_at(play.starts_ms)

    with reading(cut.lift.house.engine) as db:
        return [spot(db, play) for play in shown]


def delivered(cut: Cut) -> int:
    """The plays of the campaign that the report counts."""
    now = utc_now()
    around = DeliveryFilter(now.date() - timedelta(days=2), now.date() + timedelta(days=2))
    with reading(cut.lift.house.engine) as db:
        rows = delivery(db, around, now=now)
    return sum(row.counts.played for row in rows if row.campaign_id)
