"""From a change to the screen that holds it: 20 MB of new media, on a real server and a real player.

    python -m tests.bench.publish --json [--rounds 20] [--poll-s 5]

A campaign that takes half of the time gets a new creative. The clock runs from before the change is committed until the
player has reported a version that carries it; then the new file on the player's disk is read and verified. Once with
push, where the player polls once a minute, and once through a cable that lets no socket through. The peer is a plain
download of as many bytes from the same nginx, with a SHA-256 over them.
"""

from __future__ import annotations

import hashlib
import os
import random
import sys
import tempfile
import time
import urllib.request
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlmodel import col, select, update

from media.store import MediaStore
from server.campaigns.book import book_campaign, change_campaign, form_of
from server.campaigns.forms import BookingForm, TargetForm, WeightedCreative
from server.campaigns.models import TargetKind
from server.creatives.models import Rendition, RenditionRole
from server.db import reading, transaction, utc_now
from server.screens.models import Player
from server.timelines.models import PublishedTimeline
from tests.bench.result import percentile, report
from tests.factories import jpeg_bytes, make_advertiser, make_creative
from tests.rig.servers.full_stack import Lift, running_lift
from tests.rig.servers.network import Cable, WithoutSockets
from tests.rig.servers.processes import eventually

MEDIA_BYTES = 20_000_000
PUSH_POLL_S = 60
HELD_WITHIN_S = 120


@dataclass(frozen=True)
class Piece:
    """A creative whose file for the screen is large, and no player has yet."""

    creative_id: str
    digest: str


@dataclass
class Stand:
    """One lift with a campaign whose creative is replaced in each round."""

    lift: Lift
    screen_id: str
    advertiser_id: str
    campaign_id: str
    held_s: list[float] = field(default_factory=list)
    peer_s: list[float] = field(default_factory=list)


def main() -> None:
    options = _parse()
    push = run(options, Cable, poll_s=PUSH_POLL_S, phase_s=1.0)
    poll = run(options, WithoutSockets, poll_s=options.poll_s, phase_s=float(options.poll_s))
    measures = {
        **_spread("push", push.held_s),
        **_spread("poll", poll.held_s),
        "poll_interval_s": options.poll_s,
        "rounds": options.rounds,
        "media_bytes": MEDIA_BYTES,
    }
    peers = [*push.peer_s, *poll.peer_s]
    told_peers = {
        "download_s_p50": round(percentile(peers, 0.5), 3),
        "download_s_p95": round(percentile(peers, 0.95), 3),
    }
    report("publish", measures, {"urllib_and_sha256": told_peers})


def run(options: Namespace, cable_kind: type[Cable], *, poll_s: int, phase_s: float) -> Stand:
    """The rounds of one way, after one that is not counted; each change comes at any moment of the player's round."""
    with open_stand(cable_kind, poll_s=poll_s) as stand:
        before: Piece | None = None
        for number in range(options.rounds + 1):
            time.sleep(random.uniform(0, phase_s))
            piece = new_piece(stand)
            held_s = change_and_wait(stand, piece)
            verify(stand, piece)
            if number:
                stand.held_s.append(held_s)
                stand.peer_s.append(download(stand, piece))
            if before is not None:
                stand.lift.house.store.remove(before.digest)
            before = piece
            _progress(options, f"{cable_kind.__name__} {number}/{options.rounds}: {held_s:.2f} s")
        return stand


@contextmanager
def open_stand(cable_kind: type[Cable], *, poll_s: int) -> Iterator[Stand]:
    env = {"LIFTCAST_POLL_S": str(poll_s), "LIFTCAST_DISK_QUOTA_MB": "512"}
    with tempfile.TemporaryDirectory(prefix="publish-") as name:
        parts = ("web", "media", "planner")
        with running_lift(Path(name), parts=parts, player_env=env, cable_kind=cable_kind) as lift:
            _, screen = lift.add_screen()
            with transaction(lift.house.engine) as db:
                advertiser_id = make_advertiser(db).id
                creative_id = make_creative(db, lift.house.store, length_ms=5000, advertiser_id=advertiser_id).id
                form = booking(advertiser_id, creative_id, screen.id)
                campaign_id = book_campaign(db, form, by=None, now=utc_now()).id
            stand = Stand(lift, screen.id, advertiser_id, campaign_id)
            lift.start_player()
            lift.enrol(screen.id)
            eventually(lambda: holds(stand, creative_id), within_s=HELD_WITHIN_S, what="the first timeline")
            yield stand


def booking(advertiser_id: str, creative_id: str, screen_id: str) -> BookingForm:
    today = utc_now().date()
    return BookingForm(
        name="Spring",
        advertiser_id=advertiser_id,
        creatives=(WeightedCreative(creative_id=creative_id),),
        starts_on=today - timedelta(days=1),
        ends_on=today + timedelta(days=60),
        targets=(TargetForm(kind=TargetKind.SCREEN, value=screen_id),),
        goal=50,
    )


def new_piece(stand: Stand) -> Piece:
    """The result of the renditions' worker: a ready creative and its bytes. A JPEG may end in padding."""
    still = jpeg_bytes(os.urandom(8).hex(), width=1920, height=1080)
    digest = stand.lift.house.store.put([still, os.urandom(MEDIA_BYTES - len(still))])
    with transaction(stand.lift.house.engine) as db:
        creative = make_creative(db, stand.lift.house.store, length_ms=5000, advertiser_id=stand.advertiser_id)
        mine = (col(Rendition.creative_id) == creative.id, col(Rendition.role) == RenditionRole.SCREEN)
        db.exec(update(Rendition).where(*mine).values(digest=digest, bytes=MEDIA_BYTES, width=1920, height=1080))
        return Piece(creative.id, digest)


def change_and_wait(stand: Stand, piece: Piece) -> float:
    """Replace the campaign's creative; the seconds until the player says that it holds what follows from it."""
    with transaction(stand.lift.house.engine) as db:
        creatives = (WeightedCreative(creative_id=piece.creative_id),)
        form = form_of(db, stand.campaign_id).model_copy(update={"creatives": creatives})
        change_campaign(db, stand.campaign_id, form, by=None, now=utc_now())
        began = time.monotonic()
    eventually(lambda: holds(stand, piece.creative_id), within_s=HELD_WITHIN_S, what="the new version", every_s=0.01)
    return time.monotonic() - began


def holds(stand: Stand, creative_id: str) -> bool:
    """Whether the version that the player last reported carries this creative."""
    with reading(stand.lift.house.engine) as db:
        held = db.exec(select(Player.held_version).where(Player.screen_id == stand.screen_id)).first()
        here = (col(PublishedTimeline.screen_id) == stand.screen_id, col(PublishedTimeline.version) == held)
        manifest = db.exec(select(PublishedTimeline.manifest).where(*here)).first() if held else None
    return manifest is not None and any(item.startswith(creative_id) for item in manifest["items"])


def verify(stand: Stand, piece: Piece) -> None:
    """Check that a file which the player reports as held is on its disk, byte for byte."""
    assert MediaStore(stand.lift.player_dir / "media").verify(piece.digest), "held, but not whole on the disk"


def download(stand: Stand, piece: Piece) -> float:
    """The peer: the seconds in which a plain program fetches and checks the same file."""
    began = time.monotonic()
    with urllib.request.urlopen(f"{stand.lift.url}/media/{piece.digest}", timeout=30) as answer:
        assert hashlib.sha256(answer.read()).hexdigest() == piece.digest
    return time.monotonic() - began


def _spread(way: str, held_s: list[float]) -> dict[str, float]:
    return {f"held_s_p{share}_{way}": round(percentile(held_s, share / 100), 3) for share in (50, 95)}


def _progress(options: Namespace, what: str) -> None:
    if not options.json:
        print(what, file=sys.stderr, flush=True)


def _parse() -> Namespace:
    parser = ArgumentParser(prog="tests.bench.publish", description="How soon a player holds a change.")
    parser.add_argument("--json", action="store_true", help="nothing but the result line")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--poll-s", type=int, default=5)
    return parser.parse_args()


if __name__ == "__main__":
    main()
