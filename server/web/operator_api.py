from __future__ import annotations

from flask import Blueprint

bp = Blueprint("operator_api", __name__)
