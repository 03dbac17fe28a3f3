"""JSON read strictly: UTF-8, one object, no name twice, nothing Python alone would take for JSON."""

import json
from typing import Any, NoReturn

from torhaus_sdk.refusals import Malformed


def json_object(data: bytes, *, of: str) -> dict[str, Any]:
    """Give the object in ``data``. ``of`` says in a refusal what this is, as in "its header".

    Raises:
        Malformed: it is not UTF-8, not JSON, no object, or a name stands twice in one object.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise Malformed(f"A name stands twice in {of}.")
        return found

    def no_number(text: str) -> NoReturn:
        raise Malformed(f"In {of} stands {text}, which is no JSON.")

    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=unique, parse_constant=no_number)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # half a surrogate pair is no character
    except Malformed:
        raise
    except (ValueError, RecursionError) as error:
        raise Malformed(f"{of[0].upper()}{of[1:]} is not JSON.") from error
    if not isinstance(value, dict):
        raise Malformed(f"{of[0].upper()}{of[1:]} is not a JSON object.")
    return value
