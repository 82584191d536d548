"""The page as it is first painted, from a stage alone."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from media.phone.page import Bundle, NotBuilt, Visitor, read_bundle, render_missing, render_page, render_try
from media.phone.words import WORDS, Language, ago_text, clock_text, say_in
from media.wire.phone import OfferStanding, Stage, Stock
from media.wire.timeline import Item, MediaRef, OfferCard, Override, PhoneItem, Spot, SpotKind

BUNDLE = Bundle(script="page-AAAA.js", style="style-BBBB.css", try_script="try-CCCC.js")
NOW = 1_772_424_000_000
STILL = MediaRef(digest="ab" * 32, mime="image/jpeg", bytes=1)
FILM = MediaRef(digest="cd" * 32, mime="video/mp4", bytes=1)


def item(id_: str, **phone: Any) -> Item:
    shape = PhoneItem(**{"image": STILL, **phone})
    return Item(id=id_, kind="image", title=f"Title of {id_}", length_ms=10_000, screen=STILL, phone=shape)


CARD = OfferCard(id="offer-1", merchant="Noodle Bar", title="One bowl free", terms="One each.", presence=True)
ITEMS = {
    "film": item("film", image=None, picture=FILM, poster=STILL),
    "coupon": item("coupon", offer=CARD),
    "notice": item("notice", text="Water is off <b>soon</b>"),
}


def stock(left: int, standing: OfferStanding) -> Stock:
    return Stock(offer="offer-1", left=left, standing=standing)


def spot(from_s: int, until_s: int, id_: str | None, kind: SpotKind = "spot") -> Spot:
    return Spot(starts_ms=NOW + from_s * 1000, ends_ms=NOW + until_s * 1000, item=id_, kind=kind)


def stage(*spots: Spot, past: tuple[Spot, ...] = (), override: Override | None = None) -> Stage:
    return Stage(
        screen="BCDFGH",
        version=1,
        now_ms=NOW,
        until_ms=spots[-1].ends_ms,
        spots=spots,
        past=past,
        items=ITEMS,
        override=override,
        media_base="http://media.example",
    )


def page(shown: Stage, **visitor: Any) -> str:
    fields = {"code": "BCDFGH", "public_base": "https://screens.example", "wish": "w", **visitor}
    return render_page(shown, visitor=Visitor(**fields), bundle=BUNDLE)


class Seen(HTMLParser):
    """The text of a page that is not hidden, as a phone without script shows it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.hidden: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("img", "input", "meta", "link"):
            return
        if self.hidden or "hidden" in dict(attrs) or tag in ("template", "script"):
            self.hidden.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.hidden and self.hidden[-1] == tag:
            self.hidden.pop()

    def handle_data(self, data: str) -> None:
        if not self.hidden and data.strip():
            self.text.append(" ".join(data.split()))


def seen(html: str) -> str:
    return " | ".join(Seen(html).text)


def section(html: str, id_: str) -> str:
    found = re.search(rf'<section id="{id_}".*?</section>', html, re.DOTALL)
    assert found
    return found[0]


def test_the_first_paint_shows_now_next_and_earlier_items() -> None:
    html = page(stage(spot(-2, 8, "film"), spot(8, 18, "notice"), past=(spot(-130, -120, "coupon"),)))
    assert "Title of film" in seen(section(html, "now"))
    assert "Title of notice | in 0:08" in seen(section(html, "next"))
    assert "Title of coupon | 2 min ago" in seen(html)


def test_next_after_a_card_that_follows_itself_is_another_item() -> None:
    html = page(stage(spot(-2, 8, "notice"), spot(8, 18, "notice"), spot(18, 28, "film")))
    assert "Title of film | in 0:18" in seen(section(html, "next"))
    alone = page(stage(spot(-2, 8, "notice"), spot(8, 18, "notice")))
    assert re.search(r'<section id="next"[^>]* hidden>', alone)


def test_the_text_of_a_notice_is_readable_and_never_markup() -> None:
    html = page(stage(spot(0, 10, "notice"), spot(10, 20, "film")))
    assert "Water is off &lt;b&gt;soon&lt;/b&gt;" in section(html, "now")
    assert "<b>soon" not in html


def test_a_coupon_is_claimed_by_a_plain_form() -> None:
    html = page(stage(spot(0, 10, "coupon"), spot(10, 20, "film")), presence="tok", token="t0k3n")
    form = re.search(r"<form.*?</form>", section(html, "now"), re.DOTALL)
    assert form
    assert 'method="post" action="/api/v1/offers/offer-1/claims"' in form[0]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0]))
    assert fields == {"screen": "BCDFGH", "presence": "tok", "key": "w-offer-1", "t": "t0k3n"}


@pytest.mark.parametrize(
    ("visitor", "text"),
    [
        ({"presence": "tok", "stock": {"offer-1": stock(12, OfferStanding.OPEN)}}, "12 left"),
        ({"presence": "tok", "stock": {"offer-1": stock(0, OfferStanding.SOLD_OUT)}}, "All gone"),
        ({"presence": "tok", "stock": {"offer-1": stock(5, OfferStanding.PAUSED)}}, "Paused."),
        ({"presence": "tok", "stock": {"offer-1": stock(5, OfferStanding.STOPPED)}}, "This offer is over"),
        ({}, "scan the code on the screen"),
    ],
)
def test_an_offer_says_whether_it_can_be_claimed(visitor: dict[str, Any], text: str) -> None:
    now = seen(section(page(stage(spot(0, 10, "coupon"), spot(10, 20, "film")), **visitor), "now"))
    assert text in now
    assert ("Get this coupon" in now) == (text == "12 left")


def test_the_boxs_own_page_is_presence() -> None:
    html = page(stage(spot(0, 10, "coupon"), spot(10, 20, "film")), present=True)
    assert "Get this coupon" in seen(section(html, "now"))


def test_the_scanned_item_is_shown_beside_the_present_one() -> None:
    html = page(stage(spot(0, 10, "film")), scanned="coupon", scanned_item=ITEMS["coupon"], presence="tok")
    assert seen(section(html, "scanned")).startswith("You scanned this | ✕ | Title of coupon")
    assert "Title of film" in seen(section(html, "now"))
    assert 'href="/s/BCDFGH?p=tok"' in section(html, "scanned")


def test_the_scanned_item_is_not_shown_twice_while_it_is_on() -> None:
    html = page(stage(spot(0, 10, "film")), scanned="film", scanned_item=ITEMS["film"])
    assert seen(section(html, "scanned")) == ""
    assert "You scanned this | Title of film" in seen(section(html, "now"))


def test_something_scanned_that_is_gone_is_said_to_be_gone() -> None:
    assert "no longer shown here" in seen(page(stage(spot(0, 10, "film")), scanned="old"))


def test_an_override_is_shown_and_named() -> None:
    override = Override(starts_ms=NOW - 1000, item="notice", why="file missing")
    text = seen(section(page(stage(spot(0, 10, "film"), override=override)), "now"))
    assert "The screen shows this instead" in text
    assert "Title of notice" in text


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (stage(spot(0, 10, None, "off")), "The screen is off now"),
        (stage(spot(0, 10, None, "house")), "Nothing is planned here yet"),
        (
            stage(spot(0, 10, "film"), override=Override(starts_ms=NOW, item=None, why="no display")),
            "cannot show anything",
        ),
    ],
)
def test_a_screen_without_an_item_says_why(shown: Stage, text: str) -> None:
    assert text in seen(section(page(shown), "now"))


def test_a_phone_without_script_reloads_when_the_item_changes() -> None:
    assert '<noscript><meta http-equiv="refresh" content="9"></noscript>' in page(stage(spot(0, 8, "film")))
    assert 'content="60"></noscript>' in page(stage(spot(0, 800, "film")))


def test_chinese_pages_speak_chinese() -> None:
    html = page(stage(spot(0, 10, "film"), spot(10, 20, "notice")), language="zh")
    assert '<html lang="zh-CN">' in html
    assert "接下来 | Title of notice | 0:10 后" in seen(html)


def test_all_files_are_our_own_and_no_script_is_inline() -> None:
    html = page(stage(spot(0, 10, "film")))
    addresses = re.findall(r'(?:src|href|action)="([^"]*)"', html)
    assert all(a.startswith(("/", "http://media.example/media/", "data:,", "#")) or a == "" for a in addresses)
    assert re.findall(r"<script(?![^>]*(?:src=|application/json))", html) == []
    assert " style=" not in html
    assert " onclick=" not in html


def test_the_script_gets_the_stage_and_no_text_escapes_its_tag() -> None:
    evil = stage(spot(0, 10, "film")).model_copy(update={"items": {"film": item("film", text="</script><script>x")}})
    found = re.search(r'<script id="hello" type="application/json">(.*?)</script>', page(evil), re.DOTALL)
    assert found
    hello = json.loads(found[1])
    assert Stage.model_validate(hello["stage"]) == evil
    assert hello["code"] == "BCDFGH"


def test_an_unknown_code_gets_a_page_that_says_what_to_do() -> None:
    html = render_missing("<QQ>", language="en", bundle=BUNDLE)
    assert "There is no screen with this code" in html
    assert "&lt;QQ&gt;" in html
    assert "Scan the code on the screen once more." in html


def test_a_bundle_that_is_not_built_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(NotBuilt, match="make setup"):
        read_bundle(tmp_path)
    names = {"script": "page-A.js", "style": "style-B.css"}
    (tmp_path / "bundle.json").write_text(json.dumps(names))
    with pytest.raises(NotBuilt):  # of an older build
        read_bundle(tmp_path)
    (tmp_path / "bundle.json").write_text(json.dumps({**names, "try_script": "try-C.js"}))
    assert read_bundle(tmp_path) == Bundle("page-A.js", "style-B.css", "try-C.js")


@pytest.mark.parametrize(("language", "title"), [("en", "Try the game"), ("zh", "试玩")])
def test_a_game_is_tried_on_a_page_with_the_controller_alone(language: Language, title: str) -> None:
    html = render_try(language=language, media_base="http://media.example", bundle=BUNDLE)
    assert f"<title>{title}</title>" in html
    assert 'src="/phone/try-CCCC.js"' in html
    assert "page-AAAA.js" not in html
    seen = Seen(html)
    assert say_in(language)("try_wait") in seen.text
    found = re.search(r'<script type="application/json" id="try">(.*?)</script>', html, re.DOTALL)
    assert found
    assert json.loads(found[1]) == {"language": language, "stage": {"media_base": "http://media.example"}}


def test_the_words_are_the_same_in_both_languages() -> None:
    words = json.loads(WORDS.read_text())
    assert list(words["en"]) == list(words["zh"])


def test_times_are_written_as_the_script_writes_them() -> None:
    assert [clock_text(ms) for ms in (0, 6_001, 750_000)] == ["0:00", "0:07", "12:30"]
    assert ago_text(say_in("en"), 59_000) == "just now"


def test_the_buildings_card_has_the_time_of_its_zone_at_first_paint() -> None:
    card = item("card").model_copy(update={"clock": "Asia/Shanghai"})
    shown = stage(spot(-5, 55, "card", "house")).model_copy(update={"items": {"card": card}})
    assert {"12:00", "Monday 2 March"} <= set(Seen(page(shown)).text)
    assert {"12:00", "3月2日 星期一"} <= set(Seen(page(shown, language="zh")).text)
    assert "12:00" not in Seen(page(stage(spot(-5, 55, "notice")))).text


@pytest.mark.parametrize(("back_s", "time"), [(3_600, "13:00"), (20 * 3_600, "Tuesday 08:00")])
def test_a_closed_screen_says_when_it_is_back(back_s: int, time: str) -> None:
    closed = stage(spot(-5, back_s, None, "off"), spot(back_s, back_s + 10, "notice"))
    closed = closed.model_copy(update={"zone": "Asia/Shanghai"})
    assert f"It is back at {time}." in Seen(page(closed)).text
