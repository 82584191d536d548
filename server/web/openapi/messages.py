"""The message classes of every route of `/api/v1`, by endpoint: what each request carries and each answer returns."""

from __future__ import annotations

from pydantic import BaseModel

from media.games.draw_record import DrawRecord
from media.wire.certificates import CertificateAnswer, CertificateRequest
from media.wire.clock import ClockPing
from media.wire.enrolment import EnrolCode, EnrolRequest, EnrolState
from media.wire.leases import HandOuts, HandOutsAnswer, LeaseRequest, Leases
from media.wire.phone import ClaimAnswer, ClaimRequest, ClaimStateAnswer, Stage, Stock, WalletAnswer
from media.wire.plays import Plays, PlaysAnswer
from media.wire.status import Status
from media.wire.timeline import Manifest
from server.campaigns.forms import BookingForm
from server.coupons.merchants import MerchantForm
from server.coupons.offers import OfferForm
from server.web.counter.api import RedeemRequest, RedemptionAnswer, ReversalAnswer, ReversalRequest
from server.web.operator_api import (
    availability,
    campaigns,
    creatives,
    explain,
    hotspots,
    offers,
    relocation,
    reports,
    rounds,
    screen_import,
    screens,
    venues,
)
from server.web.operator_api.blueprint import ArchivedQuery, ListQuery

Message = type[BaseModel]

# The body of a request, or the query of a GET.
REQUESTS: dict[str, Message] = {
    "operator_api.venues": ListQuery,
    "operator_api.create_venue": venues.VenueBody,
    "operator_api.save_venue": venues.VenueChange,
    "operator_api.save_hotspot_plan": hotspots.HotspotPlanBody,
    "operator_api.screens": screens.AllScreensQuery,
    "operator_api.foresee": relocation.RelocationBody,
    "operator_api.relocate": relocation.RelocationBody,
    "operator_api.import_table": screen_import.ImportBody,
    "operator_api.merchants": ArchivedQuery,
    "operator_api.offers": ArchivedQuery,
    "operator_api.create_screen": screens.ScreenBody,
    "operator_api.save_screen": screens.ScreenChange,
    "operator_api.enrol": screens.CodeBody,
    "operator_api.move": screens.MoveBody,
    "operator_api.tell": screens.CommandBody,
    "operator_api.raise_everywhere": screens.InterruptBody,
    "operator_api.raise_over_venue": screens.InterruptBody,
    "operator_api.raise_over_screen": screens.InterruptBody,
    "operator_api.creatives": creatives.CreativesQuery,
    "operator_api.upload_ticket": creatives.TicketBody,
    "operator_api.change": creatives.CreativeChangeBody,
    "operator_api.create_notice": creatives.NoticeBody,
    "operator_api.create_emergency": creatives.EmergencyBody,
    "operator_api.create_coupon": creatives.CouponBody,
    "operator_api.create_game": creatives.GameBody,
    "operator_api.advertisers": ArchivedQuery,
    "operator_api.create_advertiser": campaigns.AdvertiserBody,
    "operator_api.campaigns": campaigns.CampaignsQuery,
    "operator_api.create_campaign": BookingForm,
    "operator_api.save_campaign": BookingForm,
    "operator_api.availability": availability.RoomBody,
    "operator_api.hold": availability.HoldBody,
    "operator_api.create_merchant": MerchantForm,
    "operator_api.create_offer": offers.NewOffer,
    "operator_api.save_offer": OfferForm,
    "operator_api.explain": explain.ExplainQuery,
    "operator_api.rounds": ListQuery,
    "operator_api.report_delivery": reports.DeliveryQuery,
    "operator_api.report_creatives": reports.DeliveryQuery,
    "operator_api.report_phones": reports.DeliveryQuery,
    "operator_api.report_games": reports.DeliveryQuery,
    "operator_api.report_plays": reports.DeliveryQuery,
    "operator_api.report_forecast": reports.ForecastQuery,
    "operator_api.report_claims": reports.ClaimsQuery,
    "phone.clock": ClockPing,
    "player_api.clock": ClockPing,
    "player_api.ask": EnrolRequest,
    "player_api.status": Status,
    "player_api.plays": Plays,
    "player_api.leases": LeaseRequest,
    "player_api.hand_outs": HandOuts,
    "player_api.certificate": CertificateRequest,
    "wallet.claim": ClaimRequest,
    "counter.redeem": RedeemRequest,
    "counter.reverse": ReversalRequest,
}

# A request without a body is one whose fields have their defaults.
BODY_IS_OPTIONAL = {"operator_api.upload_ticket"}

# The answer. A pair is a list under that name.
ANSWERS: dict[str, Message | tuple[str, Message]] = {
    "operator_api.venues": ("venues", venues.VenueOut),
    "operator_api.create_venue": venues.VenueOut,
    "operator_api.venue": venues.VenueOut,
    "operator_api.save_venue": venues.VenueOut,
    "operator_api.hotspot_plan": hotspots.HotspotPlanOut,
    "operator_api.save_hotspot_plan": hotspots.HotspotPlanOut,
    "operator_api.screen_hotspot": hotspots.HotspotOut,
    "operator_api.screens": ("screens", screens.ScreenOut),
    "operator_api.create_screen": screens.ScreenOut,
    "operator_api.screen": screens.ScreenOut,
    "operator_api.save_screen": screens.ScreenOut,
    "operator_api.bring_venue_back": venues.VenueOut,
    "operator_api.bring_screen_back": screens.ScreenOut,
    "operator_api.foresee": relocation.RelocationOut,
    "operator_api.relocate": screens.ScreenOut,
    "operator_api.import_table": screen_import.ImportOut,
    "operator_api.bring_advertiser_back": campaigns.AdvertiserOut,
    "operator_api.bring_merchant_back": offers.MerchantOut,
    "operator_api.bring_offer_back": offers.OfferOut,
    "operator_api.tell": screens.CommandOut,
    "operator_api.commands": ("commands", screens.CommandOut),
    "operator_api.interrupts": ("interrupts", screens.InterruptOut),
    "operator_api.raise_everywhere": screens.InterruptOut,
    "operator_api.raise_over_venue": screens.InterruptOut,
    "operator_api.raise_over_screen": screens.InterruptOut,
    "operator_api.creatives": ("creatives", creatives.CreativeOut),
    "operator_api.creative": creatives.CreativeOut,
    "operator_api.change": creatives.CreativeOut,
    "operator_api.restore": creatives.CreativeOut,
    "operator_api.make_again": creatives.CreativeOut,
    "operator_api.create_notice": creatives.CreativeOut,
    "operator_api.create_emergency": creatives.CreativeOut,
    "operator_api.create_coupon": creatives.CreativeOut,
    "operator_api.create_game": creatives.CreativeOut,
    "operator_api.advertisers": ("advertisers", campaigns.AdvertiserOut),
    "operator_api.create_advertiser": campaigns.AdvertiserOut,
    "operator_api.campaigns": ("campaigns", campaigns.CampaignOut),
    "operator_api.create_campaign": campaigns.WholeCampaignOut,
    "operator_api.campaign": campaigns.WholeCampaignOut,
    "operator_api.save_campaign": campaigns.WholeCampaignOut,
    "operator_api.move_campaign": campaigns.WholeCampaignOut,
    "operator_api.availability": availability.RoomOut,
    "operator_api.hold": availability.HoldOut,
    "operator_api.merchants": ("merchants", offers.MerchantOut),
    "operator_api.create_merchant": offers.MerchantOut,
    "operator_api.offers": ("offers", offers.OfferOut),
    "operator_api.create_offer": offers.OfferOut,
    "operator_api.offer": offers.OfferOut,
    "operator_api.save_offer": offers.OfferOut,
    "operator_api.move_offer": offers.OfferOut,
    "operator_api.explain": explain.ExplainedOut,
    "operator_api.rounds": ("rounds", rounds.RoundOut),
    "operator_api.round_draw": DrawRecord,
    "operator_api.report_delivery": ("rows", reports.DeliveryOut),
    "operator_api.report_creatives": ("rows", reports.CreativeDeliveryOut),
    "operator_api.report_phones": ("rows", reports.PhonesOut),
    "operator_api.report_games": ("rows", reports.GamesOut),
    "operator_api.report_forecast": ("rows", reports.ForecastOut),
    "operator_api.report_claims": ("rows", reports.ClaimsOut),
    "player_api.ask": EnrolCode,
    "player_api.poll": EnrolState,
    "player_api.timeline": Manifest,
    "player_api.plays": PlaysAnswer,
    "player_api.leases": Leases,
    "player_api.hand_outs": HandOutsAnswer,
    "player_api.certificate": CertificateAnswer,
    "phone.stage": Stage,
    "wallet.claim": ClaimAnswer,
    "wallet.stock": Stock,
    "wallet.wallet_list": WalletAnswer,
    "wallet.claim_state": ClaimStateAnswer,
    "counter.redeem": RedemptionAnswer,
    "counter.reverse": ReversalAnswer,
}
