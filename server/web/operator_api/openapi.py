"""`/api/v1/openapi.json`: made from the routes, their docstrings, and the classes of their messages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from flask import current_app, jsonify
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from werkzeug.routing import Rule

from media.wire.clock import ClockPing
from media.wire.enrolment import EnrolCode, EnrolRequest, EnrolState
from media.wire.errors import ErrorAnswer
from media.wire.message import PROTOCOL
from media.wire.phone import ClaimAnswer, ClaimRequest, ClaimStateAnswer, Stage, Stock, WalletAnswer
from media.wire.plays import Plays, PlaysAnswer
from media.wire.status import Status
from media.wire.timeline import Manifest
from server.campaigns.forms import BookingForm
from server.coupons.merchants import MerchantForm
from server.coupons.offers import OfferForm
from server.web.counter.api import RedeemAsk, RedemptionAnswer, ReversalAnswer, ReversalAsk
from server.web.operator_api import (
    availability,
    campaigns,
    creatives,
    explain,
    offers,
    relocation,
    reports,
    screen_import,
    screens,
    venues,
)
from server.web.operator_api.blueprint import ArchivedQuery, ListQuery, bp

Shape = type[BaseModel]

VARIABLE = re.compile(r"<([^:<>]*:)?(\w+)>")
REF = "#/components/schemas/{model}"
OPEN = ("phone", "wallet")

# What comes in, by endpoint: a body, or for GET the query.
TAKES: dict[str, Shape] = {
    "operator_api.venues": ListQuery,
    "operator_api.create_venue": venues.VenueBody,
    "operator_api.save_venue": venues.VenueChange,
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
    "operator_api.explain": explain.ExplainAsk,
    "operator_api.report_delivery": reports.DeliveryAsk,
    "operator_api.report_creatives": reports.DeliveryAsk,
    "operator_api.report_plays": reports.DeliveryAsk,
    "operator_api.report_forecast": reports.ForecastAsk,
    "operator_api.report_claims": reports.ClaimsAsk,
    "phone.clock": ClockPing,
    "player_api.clock": ClockPing,
    "player_api.ask": EnrolRequest,
    "player_api.status": Status,
    "player_api.plays": Plays,
    "wallet.claim": ClaimRequest,
    "counter.redeem": RedeemAsk,
    "counter.reverse": ReversalAsk,
}

# Without a body, what its fields are without a value.
BODY_IS_OPTIONAL = {"operator_api.upload_ticket"}

# What goes out. A pair is a list under that name.
GIVES: dict[str, Shape | tuple[str, Shape]] = {
    "operator_api.venues": ("venues", venues.VenueOut),
    "operator_api.create_venue": venues.VenueOut,
    "operator_api.venue": venues.VenueOut,
    "operator_api.save_venue": venues.VenueOut,
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
    "operator_api.report_delivery": ("rows", reports.DeliveryOut),
    "operator_api.report_creatives": ("rows", reports.CreativeDeliveryOut),
    "operator_api.report_forecast": ("rows", reports.ForecastOut),
    "operator_api.report_claims": ("rows", reports.ClaimsOut),
    "player_api.ask": EnrolCode,
    "player_api.poll": EnrolState,
    "player_api.timeline": Manifest,
    "player_api.plays": PlaysAnswer,
    "phone.stage": Stage,
    "wallet.claim": ClaimAnswer,
    "wallet.stock": Stock,
    "wallet.wallet_list": WalletAnswer,
    "wallet.claim_state": ClaimStateAnswer,
    "counter.redeem": RedemptionAnswer,
    "counter.reverse": ReversalAnswer,
}


@bp.get("/openapi.json")
def openapi() -> ResponseReturnValue:
    """This document. Making it takes a processor for 200 ms, and anybody may fetch it."""
    made = current_app.extensions.get("openapi") or described(current_app.url_map.iter_rules())
    current_app.extensions["openapi"] = made
    return jsonify(made)


def described(rules: Iterable[Rule]) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for rule in sorted(rules, key=lambda rule: rule.rule):
        if rule.rule.startswith("/api/v1/"):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                paths.setdefault(path_of(rule), {})[method.lower()] = operation(rule, method)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Liftcast", "version": f"1, protocol {PROTOCOL}"},
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": current_app.config["SESSION_COOKIE_NAME"]},
            },
        },
    }


def path_of(rule: Rule) -> str:
    """`/venues/<venue_id>` is `/venues/{venue_id}` there."""
    return VARIABLE.sub(r"{\2}", rule.rule)


def operation(rule: Rule, method: str) -> dict[str, Any]:
    taken = TAKES.get(rule.endpoint)
    told: dict[str, Any] = {
        "operationId": f"{rule.endpoint}.{method.lower()}",
        "tags": [rule.endpoint.partition(".")[0]],
        "summary": summary_of(rule.endpoint),
        "parameters": parameters_of(rule),
        "responses": {"2XX": answer_of(rule.endpoint), "default": error_answer()},
    }
    if taken and method == "GET":
        told["parameters"] += query_of(taken)
    elif taken:
        told["requestBody"] = {"required": rule.endpoint not in BODY_IS_OPTIONAL, "content": content(ref(taken))}
    if rule.endpoint.partition(".")[0] not in OPEN:
        told["security"] = [{"bearer": []}, {"session": []}]
    return told


def summary_of(endpoint: str) -> str:
    view = current_app.view_functions[endpoint]
    return (view.__doc__ or endpoint.rpartition(".")[2].replace("_", " ")).strip().partition("\n")[0]


def parameters_of(rule: Rule) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": path_schema(converter)}
        for converter, name in VARIABLE.findall(rule.rule)
    ]


def path_schema(converter: str) -> dict[str, Any]:
    """`any(pause, resume):` allows just these."""
    choices = converter.removeprefix("any(").rstrip("):").split(", ") if converter else []
    return {"type": "string", "enum": choices} if choices else {"type": "string"}


def query_of(shape: Shape) -> list[dict[str, Any]]:
    """An optional one may be empty, as a form that was not filled in sends it."""
    schema = shape.model_json_schema(ref_template=REF)
    needed = schema.get("required", [])
    return [
        {
            "name": name,
            "in": "query",
            "required": name in needed,
            "schema": of if name in needed else {"anyOf": [of, {"const": ""}]},
        }
        for name, of in schema["properties"].items()
    ]


def answer_of(endpoint: str) -> dict[str, Any]:
    match GIVES.get(endpoint):
        case None:
            return {"description": "Done."}
        case (str(name), shape):
            return {"description": "A list.", "content": content(list_of(endpoint, name, shape))}
        case shape:
            return {"description": "As it is now.", "content": content(ref(shape))}


def list_of(endpoint: str, name: str, shape: Shape) -> dict[str, Any]:
    """`total` rows there are, and the address where the list goes on; both only of lists that come in pages."""
    fields: dict[str, Any] = {name: {"type": "array", "items": ref(shape)}}
    if issubclass(TAKES.get(endpoint, BaseModel), ListQuery):
        fields |= {"total": {"type": "integer", "minimum": 0}, "next": {"type": ["string", "null"]}}
    return {"type": "object", "properties": fields, "required": list(fields)}


def error_answer() -> dict[str, Any]:
    return {"description": "What is wrong, and what to do about it.", "content": content(ref(ErrorAnswer))}


def content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def ref(shape: Any) -> dict[str, str]:
    return {"$ref": REF.format(model=names()[shape])}


@cache
def names() -> dict[Shape, str]:
    """Each class by its name in the document."""
    return {shape: shape.__name__ for shape in shapes()}


def shapes() -> list[Shape]:
    given = [one[1] if isinstance(one, tuple) else one for one in GIVES.values()]
    return list(dict.fromkeys([*TAKES.values(), *given, ErrorAnswer]))


def schemas() -> dict[str, Any]:
    """The schemas of all classes, as they are read or written."""
    written = {one[1] if isinstance(one, tuple) else one for one in GIVES.values()} | {ErrorAnswer}
    modes = [(shape, "serialization" if shape in written else "validation") for shape in shapes()]
    _map, definitions = models_json_schema(modes, ref_template=REF)  # type: ignore[arg-type]
    return dict(definitions.get("$defs", {}))
