"""Every answer of the API is held against the OpenAPI document: status, kind, schema, and no member beyond it."""

from functools import cache

from django.urls import Resolver404, resolve
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from torhaus.api.openapi import PATH, document
from torhaus.api.operations import OPERATIONS
from torhaus.api.replies import Problem

BY_PATH = {one.path: one for one in OPERATIONS}
_URN = "urn:openapi"


@cache
def described() -> dict:
    return document("https://portal.example.com")


@cache
def validator(path: str, method: str, status: str, kind: str) -> Draft202012Validator:
    registry = Registry().with_resource(_URN, Resource(contents=described(), specification=DRAFT202012))
    steps = [
        "paths",
        path.replace("/", "~1"),
        method,
        "responses",
        status,
        "content",
        kind.replace("/", "~1"),
        "schema",
    ]
    return Draft202012Validator(
        {"$ref": f"{_URN}#/{'/'.join(steps)}"}, registry=registry, format_checker=FormatChecker()
    )


def check(method: str, path: str, answer) -> None:
    """Assert that ``answer`` is one that the document describes. Methods that are not taken are checked as the taken one."""
    operations = described()["paths"].get(path)
    if operations is None:
        return
    [(taken, operation)] = operations.items()
    status, kind = str(answer.status_code), answer.headers.get("Content-Type", "").partition(";")[0]
    where = f"{method} {path} answered {status}"
    assert status in operation["responses"], f"{where}, which is not documented"
    if method == "HEAD" or status == "304":
        return
    content = operation["responses"][status].get("content", {})
    assert kind in content, f"{where} as {kind}"
    said = answer.json()
    validator(path, taken, status, kind).validate(said)
    for header in operation["responses"][status].get("headers", {}):
        optional = {"Retry-After", "Idempotent-Replayed"} if status in {"200", "201", "409"} else set()
        assert header in answer.headers or header in optional, f"{where} without {header}"
    if answer.status_code >= 400:
        Problem.model_validate_json(answer.content)
    elif path != PATH:
        BY_PATH[path].reply.model_validate_json(answer.content)


def is_routed(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True
