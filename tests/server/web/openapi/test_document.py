"""The published document of the API.

Covers: server.web.openapi.messages
"""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from server.web.openapi.messages import ANSWERS, REQUESTS


def test_the_document_describes_every_route_of_the_api(client: FlaskClient, app: Flask) -> None:
    document = client.get("/api/v1/openapi.json").json
    described = {(path, method) for path, of in document["paths"].items() for method in of}
    routes = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/v1/")]
    assert len(described) == sum(len((rule.methods or set()) - {"HEAD", "OPTIONS"}) for rule in routes)
    assert ("/api/v1/campaigns/{campaign_id}/{move}", "post") in described
    assert set(REQUESTS) | set(ANSWERS) <= {rule.endpoint for rule in routes}


def test_the_document_defines_what_it_refers_to(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json")
    referred = {part.split('"')[0] for part in document.text.split("#/components/schemas/")[1:]}
    assert referred <= set(document.json["components"]["schemas"])
