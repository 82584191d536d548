"""The daemon's answers to the portal: the stage of its timeline, its clock, its coupons, and where files are."""

from __future__ import annotations

import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from pydantic import ValidationError

from media.presence import token_at
from media.timeline import Timeline
from media.wire.timeline import MediaRef, Override
from player.coupon_answers import CouponAnswers
from player.game_answers import GameAnswers
from player.portal.upstream.player_messages import (
    PLAYER_REQUEST,
    BadRequest,
    CertificateExchange,
    CertificateNews,
    GameRequest,
    GameShown,
    MediaAnswer,
    MediaRequest,
    NoMedia,
    NoScreen,
    Now,
    PlayerAnswer,
    PlayerRequest,
    ScreenAnswer,
    ScreenRequest,
    SettleRequest,
)
from player.sync.cache import Cache
from player.sync.certificate_requests import CertificateRequests
from player.sync.clock import Clock
from player.sync.media_needs import phone_refs

logger = logging.getLogger(__name__)


class PhoneAnswers:
    """Safe to call from any thread.

    timeline, override: what is shown now, and instead of what is planned · has_uplink: does the server answer
    """

    def __init__(
        self,
        server_url: str,
        *,
        clock: Clock,
        cache: Cache,
        timeline: Callable[[], Timeline | None],
        override: Callable[[], Override | None],
        has_uplink: Callable[[], bool],
        coupons: CouponAnswers,
        games: GameAnswers,
        certificates: CertificateRequests,
    ) -> None:
        self._server_url = server_url
        self._clock = clock
        self._cache = cache
        self._timeline = timeline
        self._override = override
        self._has_uplink = has_uplink
        self._coupons = coupons
        self._games = games
        self._certificates = certificates
        self._files: tuple[Timeline | None, dict[str, MediaRef]] = (None, {})

    def answer(self, line: bytes) -> bytes:
        """The answer to one line, for `LineServer`."""
        try:
            request = PLAYER_REQUEST.validate_json(line)
        except ValidationError as error:
            logger.warning("portal's request refused errors=%d", error.error_count())
            return BadRequest().model_dump_json().encode()
        return self._answer(request).model_dump_json().encode()

    def _answer(self, request: PlayerRequest) -> PlayerAnswer:
        if isinstance(request, ScreenRequest):
            return self._screen(request)
        if isinstance(request, CertificateExchange):
            return self._certificate(request)
        if isinstance(request, GameRequest | GameShown | SettleRequest):
            return self._games.answer(request)
        return self._media(request) if isinstance(request, MediaRequest) else self._coupons.answer(request)

    def _certificate(self, request: CertificateExchange) -> CertificateNews:
        answer = self._certificates.exchange(request.signing_request, request.report)
        now_ms = self._clock.now_ms() if self._clock.trusted else None
        return CertificateNews(name=answer.name, chain=answer.chain, now_ms=now_ms)

    def _screen(self, request: ScreenRequest) -> PlayerAnswer:
        timeline, now, has_uplink = self._timeline(), self._now(), self._has_uplink()
        if timeline is None:
            return NoScreen(public_base=self._server_url, has_uplink=has_uplink, now=now)
        now_ms = int(now.utc_ms)
        stage = timeline.stage(now_ms, override=self._override()).model_copy(update={"media_base": ""})
        settings = timeline.manifest.settings
        return ScreenAnswer(
            stage=stage,
            scanned_item=timeline.manifest.items.get(request.scanned),
            public_base=_origin(settings.page_url) or self._server_url,
            presence=token_at(settings.presence_key, now_ms),
            has_uplink=has_uplink,
            now=now,
        )

    def _media(self, request: MediaRequest) -> PlayerAnswer:
        ref = self._files_of(self._timeline()).get(request.digest)
        if ref is None or not self._cache.holds(ref.digest):
            return NoMedia()
        return MediaAnswer(path=str(self._cache.path(ref.digest).absolute()), mime=ref.mime)

    def _files_of(self, timeline: Timeline | None) -> dict[str, MediaRef]:
        """By digest; found once for each timeline, for a phone requests a film in many pieces."""
        known, files = self._files
        if timeline is not known:
            items = timeline.manifest.items.values() if timeline else ()
            files = {ref.digest: ref for item in items for ref in (*item.screen_media(), *phone_refs(item))}
            self._files = (timeline, files)
        return files

    def _now(self) -> Now:
        mono_ns = self._clock.now_ns()
        return Now(utc_ms=self._clock.utc_ms(mono_ns), mono_ns=mono_ns)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") and parts.netloc else ""
