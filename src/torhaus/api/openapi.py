"""The API as an OpenAPI 3.1 document, made of the table of operations and the models of bodies and answers."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import translation
from pydantic.json_schema import models_json_schema

from torhaus import __version__
from torhaus.api.operations import OPERATIONS, Operation
from torhaus.api.problem_codes import example
from torhaus.api.replies import Problem
from torhaus.frame.idempotency import HEADER, REPLAYED
from torhaus.frame.problems import CONTENT_TYPE

PATH = "/api/v1/openapi.json"
_REFS = "#/components/schemas/{model}"
_ABOUT = (
    "For products and other programs of a customer: whether they may run and with what, their installations, usage "
    "and files. Every request brings the contract's licence token; the answer is about that contract. "
    "v1 only grows: members, codes, parameters and addresses come, none goes or changes its meaning. "
    "Ignore members you do not know; treat a code you do not know by its status, or by `access`."
)
_HEADERS: Mapping[int, Mapping[str, str]] = {
    401: {"WWW-Authenticate": "How to authenticate (RFC 6750)."},
    405: {"Allow": "The methods that are taken."},
    409: {"Retry-After": "With `request_in_progress`: seconds to wait."},
    429: {"Retry-After": "Seconds to wait."},
    503: {"Retry-After": "Seconds to wait."},
}
_STATUS_WORDS = {
    400: "The request cannot be read", 401: "No licence token, or one that does not work",
    403: "The token may not do that, or the connection is not encrypted", 404: "Something it names is not there",
    405: "Another method", 406: "JSON is not accepted", 409: "What stands refuses it",
    411: "The length of the body is not said", 413: "The body is too large", 415: "The body is not JSON", 422: "The body, or its idempotency key, cannot be",
    429: "Too many requests", 500: "Our fault", 503: "Not available just now; nothing was changed",
}  # fmt: skip


def document(server: str) -> dict[str, Any]:
    """Give the document of the API at ``server`` (the portal's address), in English."""
    with translation.override("en"):
        return {
            "openapi": "3.1.0",
            "info": {"title": "Torhaus product API", "version": "1", "summary": f"Torhaus {__version__}", "description": _ABOUT},
            "servers": [{"url": server.rstrip("/")}],
            "security": [{"licenceToken": []}],
            "tags": [{"name": "licensing"}, {"name": "downloads"}, {"name": "seats"}, {"name": "document"}],
            "paths": {one.path: {one.method.lower(): _operation(one)} for one in OPERATIONS} | _own(),
            "components": {
                "securitySchemes": {
                    "licenceToken": {
                        "type": "http",
                        "scheme": "bearer",
                        "description": "The contract's licence token, as the portal shows it (RFC 6750).",
                    }
                },
                "schemas": schemas(),
            },
        }  # fmt: skip


def schemas() -> dict[str, Any]:
    """Give the schemas of all bodies and answers by the names of their models."""
    models: list[Any] = [Problem]
    for one in OPERATIONS:
        models += [one.reply] if one.body is None else [one.body, one.reply]
    wanted: Any = [(model, "validation") for model in dict.fromkeys(models)]
    _, found = models_json_schema(wanted, ref_template=_REFS)
    return {name: _tidy(schema) for name, schema in sorted(found["$defs"].items())}


def _tidy(schema: Any) -> Any:
    """Drop what pydantic adds and nobody reads: titles made of names."""
    if isinstance(schema, list):
        return [_tidy(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _tidy(value) for key, value in schema.items() if key != "title" or isinstance(value, dict)}


def _operation(one: Operation) -> dict[str, Any]:
    said: dict[str, Any] = {
        "operationId": one.name,
        "tags": [one.tag],
        "summary": str(one.title),
        "description": str(one.text),
        "parameters": _parameters(one),
        "responses": {str(status): _reply(one, status) for status in one.replies} | refusals(one.codes()),
    }
    if one.body is not None:
        schema = {"$ref": _REFS.format(model=one.body.__name__)}
        content = {"application/json": {"schema": schema, "example": one.body_example}}
        about = f"At most {one.limit} bytes. Members that are not named are ignored."
        said["requestBody"] = {"required": one.body_required, "description": about, "content": content}
    return said


def _parameters(one: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": its.name, "in": "query", "description": str(its.text), "schema": its.schema, "example": its.example}
        for its in one.parameters
    ]
    if one.keyed:
        found.append(
            {
                "name": HEADER,
                "in": "header",
                "description": "The same key with the same request has one effect, and gives the first reply again "
                f"(with the header `{REPLAYED}`), for at least 24 hours. A UUID, new for each new request.",
                "schema": {"type": "string", "pattern": r"^[\x21-\x7e]{1,255}$", "minLength": 1, "maxLength": 255},
                "example": "5b1c7b52-5a0b-4a39-9c1e-2f1f0a2b7d11",
            }
        )
    return found


def _reply(one: Operation, status: int) -> dict[str, Any]:
    said: dict[str, Any] = {
        "description": str(one.replies[status]),
        "content": {
            "application/json": {
                "schema": {"$ref": _REFS.format(model=one.reply.__name__)},
                "example": one.reply_example,
            }
        },
    }
    if one.keyed:
        schema = {"type": "string", "enum": ["true"]}
        said["headers"] = {REPLAYED: {"description": "This is the reply of an earlier request.", "schema": schema}}
    return said


def refusals(codes: Iterable[str]) -> dict[str, Any]:
    """Give the responses of the refusals with these codes, by status."""
    by_status: dict[int, dict[str, Any]] = {}
    for code in codes:
        said = example(code)
        by_status.setdefault(said["status"], {})[code] = said
    return {str(status): _problem(status, by_status[status]) for status in sorted(by_status)}


def _problem(status: int, said: Mapping[str, Any]) -> dict[str, Any]:
    schema = {
        "allOf": [
            {"$ref": _REFS.format(model="Problem")},
            {"properties": {"status": {"const": status}, "code": {"enum": list(said)}}},
        ]
    }
    examples = {code: {"value": value} for code, value in said.items()}
    response: dict[str, Any] = {
        "description": _STATUS_WORDS[status],
        "content": {CONTENT_TYPE: {"schema": schema, "examples": examples}},
    }
    if headers := _HEADERS.get(status):
        response["headers"] = {
            name: {"description": about, "schema": {"type": "string"}} for name, about in headers.items()
        }
    return response


def _own() -> dict[str, Any]:
    """Describe the document itself."""
    schema = {"type": "object", "required": ["openapi", "info", "paths"]}
    return {
        PATH: {
            "get": {
                "operationId": "openapi",
                "tags": ["document"],
                "summary": "This document",
                "security": [],
                "responses": {
                    "200": {"description": "This document", "content": {"application/json": {"schema": schema}}},
                    "304": {"description": "Not changed since the `ETag` of the header If-None-Match"},
                }
                | refusals(["bad_request", "https_required", "method_not_allowed", "server_error"]),
            }
        }
    }
