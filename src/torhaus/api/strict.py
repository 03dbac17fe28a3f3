"""JSON bodies read strictly and fast: what is plainly right is read by a parser in Rust, all else by the strict one.

Each member of an object has one colon outside of texts. If a body has as many colons as its objects have members, no
name stands twice and no text holds a colon; without a backslash no text is other than it looks. Then both parsers give
the same. Anything else goes to :func:`torhaus_sdk.strict_json.json_object`, which also says what is wrong.
"""

from typing import Any

from pydantic_core import from_json

from torhaus_sdk.strict_json import json_object


def strict_object(raw: bytes) -> dict[str, Any]:
    """Give the object in a body.

    Raises:
        Malformed: it is not UTF-8, not JSON, no object, or a name stands twice in one object.
    """
    if b"\\" not in raw:
        try:
            said = from_json(raw, allow_inf_nan=False)
        except ValueError:
            return json_object(raw, of="the body")
        if type(said) is dict and _members(said) == raw.count(b":"):
            return said
    return json_object(raw, of="the body")


def _members(value: dict[str, Any] | list[Any]) -> int:
    """Give how many members a value's objects have, its own and those within."""
    found = len(value) if isinstance(value, dict) else 0
    for one in value.values() if isinstance(value, dict) else value:
        if isinstance(one, dict | list):
            found += _members(one)
    return found
