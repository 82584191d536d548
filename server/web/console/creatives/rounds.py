"""The rounds of a game, and the record of each draw as a file."""

from __future__ import annotations

from flask import Response
from flask.typing import ResponseReturnValue

from server.accounts.rights import Right
from server.context import reading
from server.games.lists import draw_record
from server.web.console.blueprint import bp
from server.web.console.creatives.creatives import own_creative
from server.web.identity.auth import requires


@bp.get("/creatives/<creative_id>/rounds/<round_id>/draw.json")
@requires(Right.SEE_CREATIVES)
def round_draw(creative_id: str, round_id: str) -> ResponseReturnValue:
    with reading() as db:
        own_creative(db, creative_id, Right.SEE_CREATIVES)
        record = draw_record(db, creative_id, round_id)
    headers = {"Content-Disposition": f'attachment; filename="liftcast-draw-{round_id}.json"'}
    return Response(record.model_dump_json(indent=2) + "\n", mimetype="application/json", headers=headers)
