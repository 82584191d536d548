"""The booking form in a browser: the chosen goal decides what is shown, what the keyboard reaches, and what is sent;
places are searched, chosen and taken out again, with the keyboard alone and without a script too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlmodel import select

from server.accounts.links import sign_in_link
from server.campaigns.models import Campaign, Exclusion, Target
from server.db import transaction, utc_now
from tests.factories import make_advertiser, make_creative, make_person, make_screen, make_venue
from tests.rig.phones.browser import sign_in
from tests.rig.servers.house import RunningHouse, running_house

MANY = 40
NARROW = {"width": 320, "height": 700}

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]

FIELDS = {
    "share": ["goal", "hourly", "preemptible"],
    "plays_per_day": ["goal", "hourly", "preemptible"],
    "plays": ["goal", "pace", "hourly", "preemptible"],
    "impressions": ["goal", "pace", "hourly", "preemptible"],
    "takeover": [],
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    with running_house(tmp_path_factory.mktemp("house"), parts=("web",)) as house:
        with transaction(house.engine) as db:
            tower = make_venue(db, name="North Tower")
            for number in range(MANY):
                make_screen(db, venue=tower, name=f"Car {number:02}", tags=["premium"])
        yield house


@pytest.fixture
def address(house: RunningHouse) -> tuple[str, str]:
    """A link to sign in, and the address of the empty form of an advertiser with one creative."""
    with transaction(house.engine) as db:
        advertiser = make_advertiser(db)
        make_creative(db, advertiser_id=advertiser.id)
        link = sign_in_link(db, make_person(db).email, house.settings, utc_now())
    return link, f"{house.url}/console/campaigns/new?advertiser={advertiser.id}"


@pytest.fixture
def form(address: tuple[str, str], browser: Browser) -> Iterator[Page]:
    """The empty form, in a browser context without anything of an earlier test."""
    link, form = address
    with browser.new_page() as page:
        sign_in(page, link)
        page.goto(form)
        yield page


def reached(page: Page, most: int = 5) -> list[str]:
    """The fields that Tab leads to after the goal, up to the creatives."""
    page.locator("#goal_kind").focus()
    names: list[str] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        name = page.locator(":focus").get_attribute("name") or ""
        if name == "creatives_search":
            break
        names.append(name)
    return names


def test_a_goal_shows_the_fields_that_it_needs_and_no_others(form: Page) -> None:
    labels = set()
    for goal, fields in FIELDS.items():
        form.locator("#goal_kind").select_option(goal)
        assert [
            name for name in ("goal", "pace", "hourly", "preemptible") if form.locator(f"#{name}").is_visible()
        ] == (fields)
        assert reached(form) == fields
        labels.add(form.locator("label[for=goal]").inner_text())
    assert len(labels) == len(FIELDS)


def test_the_form_does_not_send_fields_of_another_goal(form: Page, house: RunningHouse) -> None:
    form.locator("#name").fill("Spring")
    for name in ("starts_on", "ends_on"):
        form.locator(f"#{name}").fill(utc_now().date().isoformat())
    form.locator("#goal_kind").select_option("plays")
    form.locator("#goal").fill("0")
    form.locator("#pace").select_option("asap")
    form.locator("#hourly").fill("4")
    form.locator("#preemptible").check()
    form.locator("#goal_kind").select_option("takeover")
    form.locator("input[name='creatives[]']").first.check()
    form.get_by_role("button", name="Save as draft").click()
    form.wait_for_url("**/console/campaigns/0*")
    with transaction(house.engine) as db:
        campaign = db.exec(select(Campaign).where(Campaign.name == "Spring")).one()
    assert (campaign.goal_kind, campaign.pace, campaign.hourly, campaign.preemptible) == (
        "takeover",
        "even",
        None,
        False,
    )


# --- places


def fill_in(page: Page, name: str) -> None:
    page.locator("#name").fill(name)
    for day in ("starts_on", "ends_on"):
        page.locator(f"#{day}").fill(utc_now().date().isoformat())
    page.locator("input[name='creatives[]']").first.check()
    page.get_by_role("checkbox", name="On all screens").uncheck()


def search(page: Page, text: str, *, field: str = "targets") -> Locator:
    """Type into a picker; what it found."""
    page.locator(f"#{field}_search").fill(text)
    return page.locator(f"#{field}-found")


def chips(page: Page, field: str = "targets") -> list[str]:
    return page.locator(f"#{field} .chips li").all_inner_texts()


def focused(page: Page) -> str:
    """The id of what has the focus, or the value of a tick."""
    return str(page.evaluate("document.activeElement.id || document.activeElement.value"))


def placed(house: RunningHouse, name: str) -> tuple[set[str], set[str]]:
    """The places that a campaign names, and those that it excludes, by kind."""
    with transaction(house.engine) as db:
        campaign = db.exec(select(Campaign).where(Campaign.name == name)).one()
        tables = (Target, Exclusion)
        rows = [db.exec(select(table).where(table.campaign_id == campaign.id)).all() for table in tables]
        return {target.kind for target in rows[0]}, {target.kind for target in rows[1]}


def test_places_are_found_chosen_and_taken_out_again(form: Page, house: RunningHouse) -> None:
    fill_in(form, "Picked")
    expect(form.locator("#targets-found")).to_contain_text("Type a part of a name")
    found = search(form, "north car")
    expect(found).to_contain_text("narrow your search")
    expect(found.locator("li")).to_have_count(6)
    expect(search(form, "north car 07")).to_contain_text("North Tower · Car 07")
    found.locator("input").first.check()
    expect(form.locator("#targets [role=status]")).to_have_text("Chosen: North Tower · Car 07")
    expect(search(form, "premium")).to_contain_text("premium")
    found.locator("input").first.check()
    assert chips(form) == ["North Tower · Car 07", "premium"]
    form.locator("#targets .chips label").first.click()
    assert chips(form) == ["premium"]
    form.get_by_text("Except at").click()
    expect(search(form, "north tower", field="exclusions").locator("legend").first).to_have_text("Venues")
    form.locator("#exclusions-found").get_by_label("North Tower · Car 00", exact=True).first.check()
    form.get_by_role("button", name="Save as draft").click()
    form.wait_for_url("**/console/campaigns/0*")
    assert placed(house, "Picked") == ({"tag"}, {"screen"})
    assert chips(form) == ["premium"]
    assert chips(form, "exclusions") == ["North Tower · Car 00"]


def test_the_keyboard_alone_chooses_places_and_enter_in_the_search_books_nothing(form: Page) -> None:
    fill_in(form, "By keyboard")
    form.locator("#targets_search").focus()
    form.keyboard.insert_text("car 0")
    expect(form.locator("#targets-found li")).to_have_count(6)
    with form.expect_response(lambda response: response.request.method == "POST"):
        form.keyboard.press("Enter")
    expect(form.locator("#targets-found li")).to_have_count(6)
    for key in ("Tab", "Tab", "Space", "Space"):  # past the button, to the first; then the one that came in its place
        form.keyboard.press(key)
    expect(form.locator("#targets .chips li")).to_have_count(2)
    assert focused(form).startswith("screen:")
    form.locator("#targets .chips input").first.focus()
    form.keyboard.press("Space")
    expect(form.locator("#targets .chips li")).to_have_count(1)
    assert focused(form) == form.locator("#targets .chips input").input_value()
    form.keyboard.press("Space")
    expect(form.locator("#targets .chips li")).to_have_count(0)
    assert focused(form) == "targets_search"
    assert "/campaigns/new" in form.url


def test_a_search_that_finds_nothing_is_read_out_with_what_to_try(form: Page) -> None:
    form.get_by_role("checkbox", name="On all screens").uncheck()
    search(form, "nowhere")
    message = "No other place is called “nowhere”. Try a part of its name, or a screen's code."
    expect(form.locator("#targets [role=status]")).to_have_text(message)
    form.get_by_role("button", name="中文").click()
    form.get_by_role("checkbox", name="所有屏幕").uncheck()
    search(form, "无此处")
    expect(form.locator("#targets [role=status]")).to_contain_text("没有其他名为“无此处”的位置。")


def test_all_screens_need_no_places(form: Page) -> None:
    expect(form.locator("#targets_search")).to_be_hidden()
    form.get_by_role("checkbox", name="On all screens").uncheck()
    expect(form.locator("#targets_search")).to_be_visible()


def test_on_a_narrow_screen_nothing_is_cut_off(form: Page) -> None:
    form.set_viewport_size(NARROW)  # type: ignore[arg-type]
    form.get_by_role("checkbox", name="On all screens").uncheck()
    found = search(form, "car")
    expect(found.locator("li")).to_have_count(6)
    found.locator("input").first.check()
    assert form.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    sizes = form.locator("#targets label").evaluate_all("labels => labels.map(l => l.getBoundingClientRect().right)")
    assert max(sizes) <= NARROW["width"]


def test_without_a_script_places_are_searched_and_chosen_too(
    address: tuple[str, str], house: RunningHouse, browser: Browser
) -> None:
    link, form = address
    with browser.new_page(java_script_enabled=False) as page:
        sign_in(page, link)
        page.goto(form)
        fill_in(page, "Plain")
        page.locator("#targets_search").fill("premium")
        page.locator("#targets").get_by_role("button", name="Search").click()
        assert page.url.endswith("#targets")
        assert page.locator("#name").input_value() == "Plain"
        page.locator("#targets-found input").first.check()
        page.locator("#targets_search").fill("car 03")
        page.locator("#targets").get_by_role("button", name="Search").click()
        expect(page.locator("#targets .chips li")).to_have_text(["premium"])
        page.locator("#targets-found input").first.check()
        page.locator("#targets .chips label").first.click()
        page.get_by_role("button", name="Save as draft").click()
        page.wait_for_url("**/console/campaigns/0*")
    assert placed(house, "Plain") == ({"screen"}, set())


# --- hours of the week


def cell(page: Page, day: str, hour: int) -> Locator:
    return page.locator("[data-week]").get_by_label(f"{day} {hour}:00", exact=True)


def line(page: Page, weekday: int) -> str:
    return page.locator(f"[name=hours_{weekday}]").input_value()


@pytest.mark.parametrize("width", [390, 1280])
def test_hours_are_dragged_ticked_by_keyboard_and_typed_to_the_minute(form: Page, width: int) -> None:
    form.set_viewport_size({"width": width, "height": 900})
    cell(form, "Mon", 8).scroll_into_view_if_needed()
    cell(form, "Mon", 8).hover()
    form.mouse.down()
    for hour in (9, 10):
        cell(form, "Mon", hour).hover()
    form.mouse.up()
    assert line(form, 0) == "08:00-11:00"

    cell(form, "Mon", 10).focus()
    form.keyboard.press("ArrowDown" if width > 640 else "ArrowRight")
    form.keyboard.press("Space")
    assert line(form, 1) == "10:00-11:00"
    form.keyboard.press("Space")
    assert line(form, 1) == ""

    form.locator("#hours-days").select_option("01234")
    form.locator("#hours-all").fill("14:20-15:50, 22:00-02:00")
    form.get_by_role("button", name="Fill in").click()
    assert line(form, 4) == "14:20-15:50, 22:00-02:00"
    expect(cell(form, "Mon", 14)).to_have_attribute("aria-pressed", "mixed")
    expect(cell(form, "Sat", 1)).to_have_attribute("aria-pressed", "true")  # Friday's night goes on
    cell(form, "Sat", 1).click()
    assert line(form, 4) == "14:20-15:50, 22:00-01:00"
    assert form.evaluate("document.documentElement.scrollWidth") <= width
