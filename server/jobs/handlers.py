"""The handler of each kind of job.

A handler runs outside of transactions. The function that it returns writes its result in the transaction that ends the
job.
"""

from __future__ import annotations

import errno
import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlmodel import Session

from server.accounts.links import forget_expired_links
from server.accounts.sessions import forget_ended_sessions
from server.allotment.allot import PAST_DAYS_STORED, DayAllotted, allot_network
from server.allotment.fulfilment import Fulfilment
from server.campaigns.book import end_flown
from server.campaigns.reach import venues_using
from server.coupons.codes.derive import coupon_keys
from server.coupons.leases.expire import expire_leases
from server.coupons.unusual import forget_screen_claims
from server.coupons.wallets.moving import forget_moved_phones
from server.creatives.building import require_cards, venues_without_cards
from server.creatives.coupons import coupons_undrawn, redraw_coupons
from server.creatives.ready import (
    CreativeArchived,
    creative_planned,
    creative_unplanned,
    fail_creative,
    note_progress,
    piece_of,
    save_renditions,
)
from server.creatives.render.ffmpeg import NoRoomForRenditions, RenditionFailed
from server.creatives.render.renditions import bench_for, make_renditions
from server.db import JobKind, enqueue, reading, transaction, utc_now
from server.errors import Invalid, LiftcastError
from server.games.rounds import settle_abandoned
from server.jobs.sweep import RenditionsLost, forget_old_jobs, is_queued, mend_creatives, prune_store, remove_old_drafts
from server.jobs.work import Ending, Work
from server.plays.outlook import forecasts_of_window, store_forecasts
from server.plays.phones import forget_phone_hours
from server.plays.played import given_of, tallies
from server.plays.settle import settle
from server.plays.up_time import up_times
from server.screens.certificates.acme_order import Authority
from server.screens.certificates.dns_hook import DnsHook
from server.screens.certificates.issue import issue_certificate, note_failure
from server.screens.commands import forget_commands
from server.screens.hotspots import forget_hotspot_hours
from server.screens.models import BoxCertificate, Venue
from server.screens.replan import queue_allotment
from server.screens.reported_faults import forget_faults
from server.settings import Settings
from server.timelines.expiring import venues_expiring
from server.timelines.off_air import find_unnamed, forget_former_renditions, take_off_air
from server.timelines.publish import publish_venue
from server.timelines.published.days import drop_old_days, named_by_days
from server.timelines.retention import digests_in_use, drop_old_versions, drop_planned_after_retirement
from server.timelines.troubles import RETRY_S, network_planned, network_unplanned, venue_planned, venue_unplanned

logger = logging.getLogger(__name__)

CARDS_AT_ONCE = 200  # typed notices are drawn by the same worker, and must not wait long behind these

OnDay = Callable[[DayAllotted], None]
OnFailure = Callable[[Session, str, LiftcastError, datetime], None]


@dataclass(frozen=True)
class Handler:
    """How a kind of job is run.

    failed: called in the transaction that gives a job up · every_s: period of a periodic job · limit: longest time that
    the job may take, in seconds
    """

    run: Callable[[Work], Ending | None]
    failed: OnFailure | None = None
    every_s: int | None = None
    limit: Callable[[Settings], float] | None = None


def make_creative_renditions(work: Work) -> Ending | None:
    """Make the files of one creative. An earlier run that was cut short has written nothing that counts."""
    creative_id = work.job.subject
    with reading(work.engine) as db:
        piece = piece_of(db, creative_id, work.settings)
    if piece is None:
        return None

    def on_progress(share: float) -> None:
        work.progress(share, lambda db, now: note_progress(db, creative_id, share))

    try:
        with _folder_of(work) as folder, _disk_watched():
            bench = bench_for(work.settings, work.store, folder=folder, on_progress=on_progress)
            made = make_renditions(piece, bench)
    except CreativeArchived:
        return None
    return lambda db, now: save_renditions(db, creative_id, made, piece=piece, now=now)


def renditions_failed(db: Session, creative_id: str, error: LiftcastError, now: datetime) -> None:
    if is_queued(db, creative_id):  # its file was replaced while this one was processed
        return
    known = isinstance(error, RenditionFailed | Invalid)
    fail_creative(db, creative_id, error if known else RenditionsLost())


def redraw_offer(work: Work) -> Ending:
    return lambda db, now: redraw_coupons(db, work.job.subject, now=now)


def redraw_failed(db: Session, offer_id: str, _error: LiftcastError, _now: datetime) -> None:
    coupons_undrawn(db, offer_id)


def replan_creative(work: Work) -> Ending:
    """A creative became ready or was archived: plan every venue whose timelines use it."""

    def plan_venues(db: Session, now: datetime) -> None:
        queue_allotment(db, venues_using(db, work.job.subject), now=now)
        creative_planned(db, work.job.subject)

    return plan_venues


def replan_failed(db: Session, creative_id: str, _error: LiftcastError, now: datetime) -> None:
    creative_unplanned(db, creative_id)
    enqueue(db, JobKind.CREATIVE_READY, creative_id, now=now, delay_s=RETRY_S)


def allot(work: Work, *, on_day: OnDay = lambda day: None, only: date | None = None) -> Ending:
    """Allot the network, and forecast its campaigns.

    It runs every 10 minutes too: new plays, and a new day, change what is due of each campaign.
    """
    window: list[tuple[date, tuple[Fulfilment, ...]]] = []

    def collect(day: DayAllotted) -> None:
        window.append((day.on, day.fulfilments))
        on_day(day)

    settle(work.engine, now=utc_now(), on_step=lambda: work.progress(0), fence=work.still_mine)
    with reading(work.engine) as db:
        sums, up = tallies(db, now=utc_now()), up_times(db, now=utc_now())
        played = given_of(db, sums)
    allot_network(
        work.engine,
        work.settings,
        played=played,
        up_times=up,
        now=utc_now(),
        progress=work.progress,
        fence=work.still_mine,
        on_day=collect,
        only=only,
        plan_cache=work.plan_cache,
    )
    with reading(work.engine) as db:
        forecasts = {} if only else forecasts_of_window(db, window, sums, now=utc_now())

    def write_result(db: Session, now: datetime) -> None:
        network_planned(db)
        drop_planned_after_retirement(db, since=now.date() - timedelta(days=PAST_DAYS_STORED))
        store_forecasts(db, forecasts, now=now)

    return write_result


def plan_venue(work: Work) -> Ending:
    """Publish the venue's timelines. Missing building cards are queued first, so that they are drawn meanwhile."""
    with transaction(work.engine) as db:
        work.still_mine(db)
        venue = db.get(Venue, work.job.subject)
        if venue is not None and venue.retired_at is None:
            require_cards(db, venue, now=utc_now())
    publish_venue(
        work.engine,
        work.store,
        venue_id=work.job.subject,
        settings=work.settings,
        now=utc_now(),
        fence=work.still_mine,
    )
    return lambda db, now: venue_planned(db, work.job.subject)


def keep_days(work: Work) -> Ending:
    """Plan venues whose planned days run out or that lack a card; delete versions that no player can hold."""

    def plan_venues(db: Session, now: datetime) -> None:
        expiring = venues_expiring(db, now=now, days_ahead=work.settings.days_ahead)
        for venue_id in dict.fromkeys([*expiring, *venues_without_cards(db, most=CARDS_AT_ONCE)]):
            enqueue(db, JobKind.PLAN, venue_id, now=now)
        drop_old_versions(db, now=now)
        drop_old_days(db, now=now)

    return plan_venues


def settle_games(work: Work) -> Ending:
    """Give the prizes of games whose referee was killed and did not come back, as they stood when last saved."""
    keys = coupon_keys(work.settings.secret_key)
    return lambda db, now: settle_abandoned(db, keys=keys, now=now)


def end_campaigns(work: Work) -> Ending:
    def end_them(db: Session, now: datetime) -> None:
        if ended := end_flown(db, now=now):
            logger.info("campaigns ended by their flight campaigns=%s", ",".join(ended))

    return end_them


def close_files(work: Work) -> Ending:
    """Take files off the air that no timeline refers to any more: they are no longer public."""
    with reading(work.engine) as db:
        unnamed = find_unnamed(db, now=utc_now(), page_read=lambda: work.progress(0))

    def close(db: Session, now: datetime) -> None:
        forget_former_renditions(db, unnamed)
        if ended := take_off_air(db, unnamed, now=now):
            logger.info("archived creatives off the air creatives=%s", ",".join(ended))

    return close


def obtain_certificate(work: Work) -> Ending | None:
    """Order the certificate that a box requested. An authority or a command that fails is tried again later."""
    with reading(work.engine) as db:
        certificate = db.get(BoxCertificate, work.job.subject)
    if certificate is None:
        return None
    settings = work.settings

    @contextmanager
    def mine() -> Iterator[Session]:
        with transaction(work.engine) as db:
            work.still_mine(db)
            yield db

    authority = Authority(settings.acme_url, settings.data_dir, email=settings.acme_email, ca=settings.acme_ca)
    hook = DnsHook(settings.dns_hook)
    return issue_certificate(certificate, authority, hook, transaction=mine, look=lambda: work.progress(0))


def prune(work: Work) -> None:
    """Remove stored files that nobody may still request."""
    with reading(work.engine) as db:
        in_use = digests_in_use(db, now=utc_now())
    gone = prune_store(work.store, in_use, named=lambda digests: _named_by_days(work, digests))
    if gone:
        logger.info("unused media removed files=%d", len(gone))


def _named_by_days(work: Work, digests: list[str]) -> set[str]:
    """The files that published days name. A worker that froze and lost its job raises here, and removes nothing."""
    with transaction(work.engine) as db:
        work.still_mine(db)
        return named_by_days(db, digests)


def sweep(work: Work) -> None:
    remove_old_drafts(work.settings)
    with transaction(work.engine) as db:
        work.still_mine(db)
        mended = mend_creatives(db, now=utc_now())
        forget_old_jobs(db, now=utc_now())
        forget_commands(db, now=utc_now())
        forget_screen_claims(db, now=utc_now())
        forget_phone_hours(db, now=utc_now())
        forget_hotspot_hours(db, now=utc_now())
        forget_faults(db, now=utc_now())
        expire_leases(db, now=utc_now())
        forget_moved_phones(db, now=utc_now())
        forget_ended_sessions(db, work.settings, now=utc_now())
        forget_expired_links(db, now=utc_now())
    if mended:
        logger.info("stuck creatives mended creatives=%s", ",".join(mended))


def _allot_limit_s(settings: Settings) -> float:
    return settings.allot_timeout_s


# Every `JobKind` has its handler here; the keys are plain words, as the column has them.
HANDLERS: dict[str, Handler] = {
    JobKind.RENDITIONS: Handler(make_creative_renditions, failed=renditions_failed),
    JobKind.STILLS: Handler(make_creative_renditions, failed=renditions_failed),
    JobKind.DRAW: Handler(make_creative_renditions, failed=renditions_failed),
    JobKind.DRAW_COUPON: Handler(redraw_offer, failed=redraw_failed),
    JobKind.CREATIVE_READY: Handler(replan_creative, failed=replan_failed),
    JobKind.ALLOT: Handler(allot, failed=network_unplanned, every_s=600, limit=_allot_limit_s),
    JobKind.PLAN: Handler(plan_venue, failed=venue_unplanned),
    JobKind.KEEP_DAYS: Handler(keep_days, every_s=600),
    JobKind.SETTLE_GAMES: Handler(settle_games, every_s=60),
    JobKind.END_CAMPAIGNS: Handler(end_campaigns, every_s=600),
    JobKind.CERTIFICATE: Handler(obtain_certificate, failed=note_failure),
    JobKind.OFF_AIR: Handler(close_files, every_s=3600),
    JobKind.SWEEP: Handler(sweep, every_s=60),
    JobKind.PRUNE: Handler(prune, every_s=86400),
}


@contextmanager
def _folder_of(work: Work) -> Iterator[Path]:
    """A folder for this attempt alone. Folders of earlier attempts, whose leases are over, are removed."""
    for old in work.settings.work_dir.glob(f"renditions-{work.job.id}-*"):
        shutil.rmtree(old, ignore_errors=True)
    folder = work.settings.work_dir / f"renditions-{work.job.id}-{work.job.attempts}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _disk_watched() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoomForRenditions from error
        raise
