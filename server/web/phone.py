"""The phone's web (`media.phone`) over the server's database."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from media.phone.blueprint import blueprint
from media.phone.claims import add_claim_routes
from media.phone.page import NotBuilt
from media.phone.source import PhoneSource
from server.errors import LiftcastError
from server.web import wallet
from server.web.answers import answer_error
from server.web.phone_source import DatabasePhoneSource

SOURCE: PhoneSource = DatabasePhoneSource()

bp = blueprint(SOURCE)
add_claim_routes(wallet.bp, SOURCE)  # beside the wallet's pages, whose errors and headers they share


class PhonePageNotBuilt(LiftcastError):
    """The phone page's script and style are not built. Run `make setup` on the server, then load this page again."""

    status = 503


@bp.errorhandler(NotBuilt)
def not_built(_error: NotBuilt) -> ResponseReturnValue:
    return answer_error(PhonePageNotBuilt())
