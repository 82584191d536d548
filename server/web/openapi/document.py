"""`/api/v1/openapi.json`: made from the routes of all audiences, their docstrings and their message classes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from flask import Flask, current_app, jsonify
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from werkzeug.routing import Rule

from media.wire.errors import ErrorAnswer
from media.wire.message import PROTOCOL
from server.web.openapi.messages import ANSWERS, BODY_IS_OPTIONAL, REQUESTS, Message
from server.web.operator_api.blueprint import ListQuery

PATH, ENDPOINT = "/api/v1/openapi.json", "operator_api.openapi"
VARIABLE = re.compile(r"<([^:<>]*:)?(\w+)>")
REF = "#/components/schemas/{model}"
PUBLIC = ("phone", "wallet")  # blueprints that need neither a session nor a key


def install_openapi(app: Flask) -> None:
    """The document belongs to no single audience, so it is added beside the blueprints, after them."""
    app.add_url_rule(PATH, ENDPOINT, openapi)


def openapi() -> ResponseReturnValue:
    """This document. Making it takes a processor for 200 ms, and anybody may fetch it."""
    document = current_app.extensions.get("openapi") or document_of(current_app.url_map.iter_rules())
    current_app.extensions["openapi"] = document
    return jsonify(document)


def document_of(rules: Iterable[Rule]) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for rule in sorted(rules, key=lambda rule: rule.rule):
        if rule.rule.startswith("/api/v1/"):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                paths.setdefault(path_of(rule), {})[method.lower()] = operation(rule, method)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Liftcast", "version": f"1, protocol {PROTOCOL}"},
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": current_app.config["SESSION_COOKIE_NAME"]},
            },
        },
    }


def path_of(rule: Rule) -> str:
    """`/venues/<venue_id>` is `/venues/{venue_id}` there."""
    return VARIABLE.sub(r"{\2}", rule.rule)


def operation(rule: Rule, method: str) -> dict[str, Any]:
    message = REQUESTS.get(rule.endpoint)
    described: dict[str, Any] = {
        "operationId": f"{rule.endpoint}.{method.lower()}",
        "tags": [rule.endpoint.partition(".")[0]],
        "summary": summary_of(rule.endpoint),
        "parameters": parameters_of(rule),
        "responses": {"2XX": answer_of(rule.endpoint), "default": error_answer()},
    }
    if message and method == "GET":
        described["parameters"] += query_of(message)
    elif message:
        described["requestBody"] = {"required": rule.endpoint not in BODY_IS_OPTIONAL, "content": content(ref(message))}
    if rule.endpoint.partition(".")[0] not in PUBLIC:
        described["security"] = [{"bearer": []}, {"session": []}]
    return described


def summary_of(endpoint: str) -> str:
    view = current_app.view_functions[endpoint]
    return (view.__doc__ or endpoint.rpartition(".")[2].replace("_", " ")).strip().partition("\n")[0]


def parameters_of(rule: Rule) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": path_schema(converter)}
        for converter, name in VARIABLE.findall(rule.rule)
    ]


def path_schema(converter: str) -> dict[str, Any]:
    """`any(pause, resume):` allows just these."""
    choices = converter.removeprefix("any(").rstrip("):").split(", ") if converter else []
    return {"type": "string", "enum": choices} if choices else {"type": "string"}


def query_of(message: Message) -> list[dict[str, Any]]:
    """An optional one may be empty, as a form that was not filled in sends it."""
    schema = message.model_json_schema(ref_template=REF)
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "schema": of if name in required else {"anyOf": [of, {"const": ""}]},
        }
        for name, of in schema["properties"].items()
    ]


def answer_of(endpoint: str) -> dict[str, Any]:
    match ANSWERS.get(endpoint):
        case None:
            return {"description": "Done."}
        case (str(name), message):
            return {"description": "A list.", "content": content(list_of(endpoint, name, message))}
        case message:
            return {"description": "As it is now.", "content": content(ref(message))}


def list_of(endpoint: str, name: str, message: Message) -> dict[str, Any]:
    """`total` rows there are, and the address where the list goes on; both only of lists that come in pages."""
    fields: dict[str, Any] = {name: {"type": "array", "items": ref(message)}}
    if issubclass(REQUESTS.get(endpoint, BaseModel), ListQuery):
        fields |= {"total": {"type": "integer", "minimum": 0}, "next": {"type": ["string", "null"]}}
    return {"type": "object", "properties": fields, "required": list(fields)}


def error_answer() -> dict[str, Any]:
    return {"description": "What is wrong, and what to do about it.", "content": content(ref(ErrorAnswer))}


def content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def ref(message: Any) -> dict[str, str]:
    return {"$ref": REF.format(model=names()[message])}


@cache
def names() -> dict[Message, str]:
    """Each class by its name in the document."""
    return {message: message.__name__ for message in messages()}


def messages() -> list[Message]:
    given = [_message_of(answer) for answer in ANSWERS.values()]
    return list(dict.fromkeys([*REQUESTS.values(), *given, ErrorAnswer]))


def _message_of(answer: Message | tuple[str, Message]) -> Message:
    return answer[1] if isinstance(answer, tuple) else answer


def schemas() -> dict[str, Any]:
    """The schemas of all classes, as they are read or written."""
    written = {_message_of(answer) for answer in ANSWERS.values()} | {ErrorAnswer}
    modes = [(message, "serialization" if message in written else "validation") for message in messages()]
    _map, definitions = models_json_schema(modes, ref_template=REF)  # type: ignore[arg-type]
    return dict(definitions.get("$defs", {}))
