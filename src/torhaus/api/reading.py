"""Read the JSON body of a request: its kind, size and form, and then what stands in it."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from torhaus.api.bodies import BODY_LIMIT, Body
from torhaus.api.strict import strict_object
from torhaus.frame import problems
from torhaus_sdk.refusals import Malformed

B = TypeVar("B", bound=Body)
_TOLD = 20  # of many mistakes the first ones are named


class Refused(Exception):
    """The body cannot be taken; ``answer`` says why."""

    def __init__(self, answer: HttpResponse) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


def read_object(request: HttpRequest, *, limit: int = BODY_LIMIT) -> dict[str, Any]:
    """Give the JSON object that the request brings; no body is an empty object.

    Raises:
        Refused: it is of another kind (415), too large (413, before it is read), of unknown length (411), or no JSON
            object (400).
    """
    if "Transfer-Encoding" in request.headers:
        # Django reads as much as Content-Length says: nothing, and an empty body would be taken for what was sent.
        raise Refused(problems.length_required(request))
    length = _length(request)
    if length == 0:
        return {}
    if length > limit:
        raise Refused(problems.body_too_large(request, limit=limit))
    if request.content_type != "application/json":
        raise Refused(problems.not_json(request))
    try:
        return strict_object(request.body)
    except Malformed:
        raise Refused(problems.invalid_json(request)) from None


def read_body(request: HttpRequest, model: type[B], said: Mapping[str, Any]) -> B:
    """Give ``said`` as the model takes it.

    Raises:
        Refused: members are missing or of another type (422, with a pointer to each).
    """
    try:
        return model.model_validate(said)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=True, include_input=False)
        raise Refused(problems.invalid_body(request, errors=_told(faults, said))) from None


def _length(request: HttpRequest) -> int:
    given = str(request.META.get("CONTENT_LENGTH") or "0")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 16 else 0


def _told(faults: Sequence[ErrorDetails], said: Mapping[str, Any]) -> list[dict[str, str]]:
    told = [{"pointer": _pointer(fault["loc"], said), "detail": _detail(fault)} for fault in faults[:_TOLD]]
    return [one for number, one in enumerate(told) if one not in told[:number]]


def _pointer(place: Sequence[int | str], body: Mapping[str, Any]) -> str:
    """Give the JSON Pointer (RFC 6901) of a fault, as far as the body goes; what is missing is named in its parent."""
    steps = []
    said: Any = body
    for step in place:
        if step == "[key]":
            break
        if isinstance(said, list) and isinstance(step, int):
            said = said[step]
        elif isinstance(said, Mapping):
            said = said.get(str(step))
        else:
            break
        steps.append(str(step).replace("~", "~0").replace("/", "~1"))
    return "".join(f"/{step}" for step in steps)


def _detail(fault: ErrorDetails) -> str:
    """Say what a member takes."""
    kind, limits = fault["type"], fault.get("ctx", {})
    if kind == "missing":
        return problems.missing_member()
    if kind in {"string_too_long", "too_long"}:
        return _("It is too long: at most %(most)s.") % {"most": limits["max_length"]}
    if kind in {"string_too_short", "too_short"}:
        return _("It is too short: at least %(least)s.") % {"least": limits["min_length"]}
    if kind == "literal_error":
        return _("It takes %(expected)s.") % {"expected": limits["expected"].replace(" or ", ", ")}
    if kind in {"greater_than_equal", "less_than_equal"}:
        return _("It takes a number from 0 to 9007199254740991.")
    return _OF_TYPE.get(kind, _otherwise)()


def _otherwise() -> str:
    return _("This value is not taken here; the documentation of the API says what is.")


_OF_TYPE = {
    "string_type": lambda: _("It takes a text."),
    "string_pattern_mismatch": lambda: _("It has characters that are not taken here."),
    "int_type": lambda: _("It takes a whole number."),
    "bool_type": lambda: _("It takes true or false."),
    "list_type": lambda: _("It takes an array."),
    "dict_type": lambda: _("It takes an object, or a text."),
    "model_type": lambda: _("It takes an object."),
    "model_attributes_type": lambda: _("It takes an object."),
}
