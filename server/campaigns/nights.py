"""Campaigns with nights: a night that begins on the last day runs on after midnight."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import and_, col, or_, select

from server.campaigns.models import Campaign, Daypart
from server.screens.hours import DAY_MIN


def plays_since(on: date) -> ColumnElement[bool]:
    """Campaigns that do not end before this date, or whose last night may reach into it."""
    if on == date.min:
        return col(Campaign.ends_on) >= on
    night = select(Daypart.id).where(col(Daypart.campaign_id) == col(Campaign.id), col(Daypart.until_min) > DAY_MIN)
    return or_(col(Campaign.ends_on) >= on, and_(col(Campaign.ends_on) == on - timedelta(days=1), night.exists()))
