"""The demo's page: screen, phone and till side by side, and buttons that act on the real processes."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from secrets import compare_digest
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flask import Flask, Response, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session, col, func, select

from media.item_ids import creative_of
from player.hotspot.enforcer import CommandFailed
from server.accounts.links import sign_in_link
from server.campaigns.notices import run_notice
from server.coupons.models import Claim, Offer, Redemption
from server.creatives.models import Creative
from server.creatives.notices import check_notice, type_notice
from server.db import from_ms, reading, to_ms, transaction, utc_now
from server.errors import Denied, LiftcastError
from server.games.models import GameRound
from server.plays.models import PlayRow
from server.plays.report import recent_plays
from server.screens.models import Screen
from server.screens.players import screen_health
from server.timelines.interrupts import lift_interrupt, raise_interrupt
from server.timelines.models import RaisedInterrupt
from tests.demo.content import ZONE
from tests.demo.words import words_for

if TYPE_CHECKING:
    from tests.demo.stand import Stand

MINUTE_MS = 60_000


class NotFromTheTerminal(Denied):
    """This page signs nobody in. Open the address that the terminal printed, with its key."""


def make_desk(stand: Stand) -> Flask:
    """A small application beside the product: it knows the stand, and the product does not know it."""
    app = Flask(__name__, static_url_path="/demo/static", template_folder="static")
    engine = stand.house.engine

    @app.get("/demo/")
    def page() -> str:
        words = words_for(request.accept_languages.best_match(["en", "zh"], "en"))
        trusted = holds_the_key(stand, request.args.get("key"))
        given = {"words": words, "content": stand.content, "url": stand.url, "trusted": trusted, "zone": ZONE}
        return render_template("page.html", **given, ports=stand.ports, has_wifi=stand.box.has_wifi)

    @app.get("/demo/screen")
    def screen() -> Response:
        return Response(stand.picture.parts(), mimetype="multipart/x-mixed-replace; boundary=frame")

    @app.get("/demo/state")
    def state() -> Response:
        with reading(engine) as db:
            shown = counts(db, stand, now=utc_now())
        box = stand.box
        now_on_the_box = {"uplink": box.uplink, "vlc": stand.vlc_pid(), "waiting": stand.plays_waiting()}
        wifi = {"joined": box.joined, "steps": [asdict(step) for step in box.steps]}
        return jsonify(shown | now_on_the_box | wifi | {"crowd": asdict(stand.crowd.report)})

    @app.get("/demo/plays")
    def plays() -> str:
        words = words_for(request.accept_languages.best_match(["en", "zh"], "en"))
        with reading(engine) as db:
            plays = last_minute(db, ZoneInfo(ZONE), now=utc_now())
        return render_template("plays.html", words=words, plays=plays, zone=ZONE)

    @app.post("/demo/notice")
    def notice() -> tuple[Response, int]:
        text = str(request.get_json()["text"])
        check_notice(text, text[:60])
        with transaction(engine) as db:
            show_notice(db, stand.content.venue, text, now=utc_now())
        return jsonify({}), 201

    @app.post("/demo/uplink")
    def uplink() -> Response:
        stand.box.turn_uplink()
        return jsonify({"uplink": stand.box.uplink})

    @app.post("/demo/wifi")
    def wifi() -> Response:
        stand.box.turn_wifi()
        return jsonify({"joined": stand.box.joined})

    @app.post("/demo/crowd")
    def crowd() -> tuple[Response, int]:
        stand.crowd.play()
        return jsonify({}), 202

    @app.post("/demo/vlc")
    def vlc() -> Response:
        return jsonify({"killed": stand.kill_vlc()})

    @app.post("/demo/emergency")
    def emergency() -> Response:
        with transaction(engine) as db:
            return jsonify({"emergency": turn_emergency(db, stand, now=utc_now())})

    @app.post("/demo/sign-in/<role>")
    def sign_in(role: str) -> Response:
        return jsonify({"link": new_link(role, request.get_json().get("key"))})

    @app.get("/demo/sign-in/<role>")
    def sign_in_from_terminal(role: str) -> ResponseReturnValue:
        return redirect(new_link(role, request.args.get("key")))

    def new_link(role: str, key: object) -> str:
        """A one-time link, made when it is needed: each new one voids the person's earlier ones."""
        if not holds_the_key(stand, key):
            raise NotFromTheTerminal
        with transaction(engine) as db:
            return sign_in_link(db, stand.content.people[role], settings=stand.house.settings, now=utc_now())

    @app.errorhandler(CommandFailed)
    def failed(error: CommandFailed) -> tuple[Response, int]:
        return jsonify({"message": f"{error}.", "remedy": ""}), 502

    @app.errorhandler(LiftcastError)
    def refused(error: LiftcastError) -> tuple[Response, int]:
        return jsonify({"message": error.message, "remedy": error.remedy}), error.status

    return app


def holds_the_key(stand: Stand, key: object) -> bool:
    """The network may look and press; only a browser with the address from the terminal is signed in."""
    return compare_digest(str(key).encode(), stand.key.encode())


def counts(db: Session, stand: Stand, *, now: datetime) -> dict[str, Any]:
    """The numbers below the screen, as the server has them."""
    content = stand.content
    health = screen_health(db, db.get_one(Screen, content.screen), now)
    return {
        "plays": _count(db, PlayRow),
        "left": db.get_one(Offer, content.offer).stock_left,
        "claims": _count(db, Claim),
        "redemptions": _count(db, Redemption),
        "players": int(db.exec(select(func.coalesce(func.sum(GameRound.joined), 0))).one()),
        "emergency": _raised(db, stand) is not None,
        "online": health.online,
        "screen_error_ms": _screen_error_ms(db, since_ms=to_ms(now) - MINUTE_MS),
    }


def last_minute(db: Session, zone: ZoneInfo, *, now: datetime) -> list[dict[str, Any]]:
    """The plays that began in it, by the clock of the building."""
    plays = recent_plays(db, to_ms(now) - MINUTE_MS)
    titles = {row.id: row.title for row in db.exec(select(Creative)).all()}
    return [
        {
            "play": play,
            "title": titles.get(creative_of(play.item), play.item),
            "at": from_ms(play.began_ms).astimezone(zone),
        }
        for play in plays
    ]


def show_notice(db: Session, venue_id: str, text: str, *, now: datetime) -> None:
    """Does an operator's steps on the console's page: type it, and let it run for an hour."""
    typed = type_notice(
        db, venue_id=venue_id, text=text, title=text[:60], length_ms=10_000, language="", by=None, now=now
    )
    run_notice(db, typed.id, venue_id, until_at=now + timedelta(hours=1), now=now)


def turn_emergency(db: Session, stand: Stand, *, now: datetime) -> bool:
    """Raise it, or lift the one that is raised; returns whether one is raised now."""
    raised = _raised(db, stand)
    if raised is not None:
        lift_interrupt(db, raised.id, by=None, now=now)
        return False
    raise_interrupt(
        db, creative_id=stand.content.emergency, venue_id=stand.content.venue, until_at=None, by=None, now=now
    )
    return True


def _raised(db: Session, stand: Stand) -> RaisedInterrupt | None:
    mine = select(RaisedInterrupt).where(RaisedInterrupt.venue_id == stand.content.venue)
    return db.exec(mine.where(col(RaisedInterrupt.until_at).is_(None))).first()


def _screen_error_ms(db: Session, *, since_ms: int) -> int | None:
    """How far from its instant the newest whole spot became visible, as the player measured it; None if it is old."""
    newest = select(PlayRow).where(PlayRow.kind == "spot", PlayRow.result == "played", PlayRow.ended_ms > since_ms)
    play = db.exec(newest.order_by(col(PlayRow.began_ms).desc()).limit(1)).first()
    return play.began_ms - play.starts_ms if play else None


def _count(db: Session, table: Any) -> int:
    return int(db.exec(select(func.count()).select_from(table)).one())
