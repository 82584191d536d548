"""The report of phones: plays times phones present, by campaign, screen and hour.

Phones are measured by a box that is a hotspot (`player/hotspot/phone_counts.py`). A play during which none were counted
is not measured, and is in no number here but `played`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, delete

from server.csv_export import csv_line
from server.plays.models import DeliveredDay, PhonesHour
from server.plays.report import Conditions, DeliveryFilter, begun_days, campaign_names, names_of, sums_by
from server.plays.sums import sums_over_screens

HOURS_STORED_FOR = timedelta(days=400)  # a report spans a year at most
DAY_SUMS, HOUR_SUMS = ("plays", "measured", "phones"), ("plays", "phones")


@dataclass(frozen=True)
class Phones:
    """played: counted plays · measured: those during which phones were counted · phones: their sum over these"""

    played: int = 0
    measured: int = 0
    phones: int = 0

    @property
    def each(self) -> float | None:
        """Phones present during a play, on average; None where none was measured."""
        return self.phones / self.measured if self.measured else None

    def __add__(self, other: Phones) -> Phones:
        return Phones(self.played + other.played, self.measured + other.measured, self.phones + other.phones)


@dataclass(frozen=True)
class PhonesReport:
    """The same plays summed three ways. by_hour: by the hour of the venue's day, only hours with measured plays.

    by_screen and by_hour are empty if no play was measured.
    """

    all: Phones
    by_campaign: Mapping[tuple[str, str], Phones]
    by_screen: Mapping[tuple[str, str, str], Phones]
    by_hour: Mapping[int, Phones]


@dataclass(frozen=True)
class PhonesRow:
    """One campaign on one screen in one hour of a local day; `campaign_id` is empty for a venue's own notices."""

    on: date
    hour: int
    campaign_id: str
    campaign: str
    venue_id: str
    venue: str
    screen_id: str
    screen: str
    measured: int
    phones: int


def phones_report(db: Session, chosen: DeliveryFilter, *, now: datetime) -> PhonesReport:
    """Campaigns by (id, name) and screens by (id, venue, name), in the order of their names.

    Screens and hours only if anything was measured. db: reads of one moment (`plays/sums.py`)
    """
    conditions = Conditions(chosen, begun_days(db, now))
    campaigns = _by_campaign(db, chosen, now)
    all_ = sum(campaigns.values(), Phones())
    if not all_.measured:
        return PhonesReport(all_, campaigns, {}, {})
    hours = sums_by(db, PhonesHour, (col(PhonesHour.hour),), HOUR_SUMS, conditions)
    by_hour = {hour: Phones(plays, plays, phones) for hour, plays, phones in sorted(hours)}
    return PhonesReport(all_, campaigns, _by_screen(db, chosen, conditions), by_hour)


def _by_campaign(db: Session, chosen: DeliveryFilter, now: datetime) -> dict[tuple[str, str], Phones]:
    names = campaign_names(db, chosen)
    sums = sums_over_screens(db, chosen, ("campaign_id",), now=now).items()
    found = {
        (id_, names[id_]): Phones(of["plays"], of["measured"], of["phones"]) for (id_,), of in sums if id_ in names
    }
    played = ((key, of) for key, of in found.items() if of.played)
    return dict(sorted(played, key=lambda item: (item[0][1], item[0][0])))


def _by_screen(db: Session, chosen: DeliveryFilter, conditions: Conditions) -> dict[tuple[str, str, str], Phones]:
    names = names_of(db, chosen)
    rows = sums_by(db, DeliveredDay, (col(DeliveredDay.screen_id),), DAY_SUMS, conditions)
    found = {}
    for screen_id, *sums in rows:
        if screen_id in names.screens and (of := Phones(*sums)).played:
            screen, _venue_id, venue = names.screens[screen_id]
            found[screen_id, venue, screen] = of
    return dict(sorted(found.items(), key=lambda item: (*item[0][1:], item[0][0])))


def phone_rows(db: Session, chosen: DeliveryFilter, *, now: datetime) -> list[PhonesRow]:
    """A row for each day, hour, campaign and screen with measured plays, in this order."""
    names, conditions = names_of(db, chosen), Conditions(chosen, begun_days(db, now))
    keys = tuple(col(getattr(PhonesHour, name)) for name in ("on", "hour", "campaign_id", "screen_id"))
    rows = []
    for on, hour, campaign_id, screen_id, measured, phones in sums_by(db, PhonesHour, keys, HOUR_SUMS, conditions):
        if names.knows((campaign_id, screen_id, on)):
            screen, venue_id, venue = names.screens[screen_id]
            place = (venue_id, venue, screen_id, screen)
            rows.append(PhonesRow(on, hour, campaign_id, names.campaigns[campaign_id], *place, measured, phones))
    return sorted(rows, key=lambda row: (row.on, row.hour, row.campaign, row.campaign_id, row.venue, row.screen_id))


COLUMNS = (
    "day", "hour", "campaign", "campaign_id", "venue", "screen", "screen_id", "measured_plays", "plays_x_phones",
    "phones_per_play",
)  # fmt: skip


def phone_csv_lines(db: Session, chosen: DeliveryFilter, *, now: datetime) -> Iterator[str]:
    """As CSV, line by line and day by day, so that a year of a network is never in memory at once."""
    yield csv_line(*COLUMNS)
    for day in chosen.single_days():
        for row in phone_rows(db, day, now=now):
            where = (row.on.isoformat(), row.hour, row.campaign, row.campaign_id, row.venue, row.screen, row.screen_id)
            yield csv_line(*where, row.measured, row.phones, f"{row.phones / row.measured:.2f}")


def forget_phone_hours(db: Session, *, now: datetime) -> None:
    db.exec(delete(PhonesHour).where(col(PhonesHour.on) < (now - HOURS_STORED_FOR).date()))
