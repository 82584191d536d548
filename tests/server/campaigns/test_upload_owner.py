from __future__ import annotations

import pytest
from sqlmodel import Session

from server.campaigns.advertisers import AdvertiserArchived, NoAdvertiser
from server.campaigns.upload_owner import require_owner_in_use
from server.screens.venues import NoVenue, VenueRetired
from tests.factories import NOON, make_advertiser, make_venue


def test_an_upload_may_belong_to_an_advertiser_a_venue_or_nobody(db: Session) -> None:
    require_owner_in_use(db, None, None)
    require_owner_in_use(db, "", "")
    require_owner_in_use(db, make_advertiser(db).id, make_venue(db).id)


def test_nothing_is_uploaded_for_an_owner_out_of_use(db: Session) -> None:
    with pytest.raises(AdvertiserArchived):
        require_owner_in_use(db, make_advertiser(db, archived_at=NOON).id, None)
    with pytest.raises(VenueRetired):
        require_owner_in_use(db, make_advertiser(db).id, make_venue(db, retired_at=NOON).id)


@pytest.mark.parametrize(("advertiser", "venue", "error"), [("x", None, NoAdvertiser), (None, "名", NoVenue)])
def test_an_owner_that_does_not_exist_is_refused(
    db: Session, advertiser: str | None, venue: str | None, error: type[Exception]
) -> None:
    with pytest.raises(error):
        require_owner_in_use(db, advertiser, venue)
