from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from itsdangerous import URLSafeTimedSerializer

from server.accounts.access import Access
from server.creatives.uploads.tickets import Ticket, TicketExpired, TicketRefused, issue_ticket, read_ticket
from server.settings import Settings

KEY = "k" * 64
PERSON = Access(who="person", epoch=3, session="session")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, secret_key=KEY)


def test_a_ticket_names_the_uploader_and_the_owner(settings: Settings) -> None:
    ticket = issue_ticket(settings, access=PERSON, venue_id="venue")
    assert read_ticket(settings, ticket) == Ticket(access=PERSON, venue_id="venue")


def test_a_ticket_is_good_for_an_hour(settings: Settings, now: datetime) -> None:
    with time_machine.travel(now, tick=False):
        ticket = issue_ticket(settings, access=PERSON)
    with time_machine.travel(now + timedelta(minutes=59), tick=False):
        assert read_ticket(settings, ticket).access == PERSON
    with time_machine.travel(now + timedelta(minutes=61), tick=False), pytest.raises(TicketExpired):
        read_ticket(settings, ticket)


@pytest.mark.parametrize("broken", ["", "nonsense", "e30.a.b"])
def test_a_ticket_that_we_did_not_sign_opens_nothing(settings: Settings, broken: str) -> None:
    with pytest.raises(TicketRefused):
        read_ticket(settings, broken)


def test_a_changed_ticket_opens_nothing(settings: Settings) -> None:
    mine, theirs = (issue_ticket(settings, access=PERSON, venue_id=venue) for venue in ("mine", "theirs"))
    forged = ".".join([theirs.rsplit(".", 2)[0], *mine.rsplit(".", 2)[1:]])
    with pytest.raises(TicketRefused):
        read_ticket(settings, forged)


def test_a_signature_of_the_same_key_for_another_purpose_is_no_ticket(settings: Settings) -> None:
    other = URLSafeTimedSerializer(KEY, salt="something else").dumps({"access": {"who": "person"}})
    with pytest.raises(TicketRefused):
        read_ticket(settings, str(other))


def test_a_ticket_of_an_earlier_version_opens_nothing(settings: Settings) -> None:
    earlier = URLSafeTimedSerializer(KEY, salt="liftcast upload ticket").dumps({"person_id": "person"})
    with pytest.raises(TicketRefused):
        read_ticket(settings, str(earlier))
