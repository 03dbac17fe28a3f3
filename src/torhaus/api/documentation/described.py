"""Operations as the page shows them: members in words, an example for curl, the reply."""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from pydantic.json_schema import models_json_schema

from torhaus.api.operations import OPERATIONS, Operation
from torhaus.api.problem_codes import all_codes, example
from torhaus.frame.formatting import number_text


@dataclass(frozen=True)
class Member:
    """A member of a body, or a parameter."""

    name: str
    takes: str
    required: bool
    text: str


@dataclass(frozen=True)
class Shown:
    """An operation, ready to be shown."""

    operation: Operation
    members: list[Member]
    curl: str
    reply: str
    statuses: str
    limit: str


@dataclass(frozen=True)
class Code:
    """A code of refusals."""

    code: str
    status: int
    title: str
    detail: str


def operations(portal: str) -> list[Shown]:
    """Give every operation, in the current language."""
    return [
        Shown(
            operation=one,
            members=list(_members(one)),
            curl=_curl(one, portal),
            reply=json.dumps(one.reply_example, ensure_ascii=False, indent=2),
            statuses=", ".join(map(str, one.replies)),
            limit=number_text(one.limit) if one.body else "",
        )
        for one in OPERATIONS
    ]


def codes() -> list[Code]:
    """Give every code of refusals, in the current language."""
    found = [example(code) for code in all_codes()]
    return [Code(said["code"], said["status"], said["title"], said["detail"]) for said in found]


def _members(one: Operation) -> Iterator[Member]:
    for parameter in one.parameters:
        yield Member(parameter.name, _takes(parameter.schema, {}), required=False, text=str(parameter.text))
    if one.body is None:
        return
    _map, said = models_json_schema([(one.body, "validation")], ref_template="{model}")
    yield from _of_schema(said["$defs"][one.body.__name__], said["$defs"], "")


def _of_schema(schema: Mapping[str, Any], models: Mapping[str, Any], before: str) -> Iterator[Member]:
    required = schema.get("required", [])
    for name, its in schema["properties"].items():
        text = its.get("description", "")
        yield Member(before + name, _takes(its, models), required=name in required, text=_(text) if text else "")
        inner = its.get("items", {}).get("$ref")
        if inner:
            yield from _of_schema(models[inner], models, f"{before}{name}[].")


def _takes(schema: Mapping[str, Any], models: Mapping[str, Any]) -> str:
    """Say in a word or two what a member takes."""
    kinds = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null" and "const" not in one]
    said = dict.fromkeys(_kind(one, models) for one in kinds)
    return _(" or ").join(said)


def _kind(schema: Mapping[str, Any], models: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(str(one) for one in schema["enum"] if one)
    if "anyOf" in schema:
        return _takes(schema, models)
    kind = schema.get("type")
    if kind == "string" and "format" in schema:
        return _("a day") if schema["format"] == "date" else _("an instant (RFC 3339)")
    if kind == "string":
        return _("text, up to %(most)s") % {"most": schema["maxLength"]}
    if kind == "integer":
        return _("whole number")
    if kind == "boolean":
        return _("true or false")
    return _("array") if kind == "array" else _("object")


def _curl(one: Operation, portal: str) -> str:
    lines = ['curl --fail-with-body --silent --show-error -H "Authorization: Bearer $TOKEN"']
    address = portal + one.path
    if one.parameters:
        address += "?" + "&".join(f"{its.name}={its.example}" for its in one.parameters)
    if one.keyed:
        lines.append('  -H "Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)"')
    if one.body_example is not None:
        lines.append("  --json " + shlex.quote(json.dumps(one.body_example, ensure_ascii=False)))
    lines.append(f'  "{address}"')
    return " \\\n".join(lines)
