from __future__ import annotations

from flask import Blueprint

bp = Blueprint("player_api", __name__)
