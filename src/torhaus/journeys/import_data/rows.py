"""What a row of any table is: strict fields, each with its meaning, and problems in plain words. Pure."""

import difflib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from torhaus.journeys.import_data import cells

Values = dict[str, Any]


class Row(BaseModel):
    """A row of a table. Unknown columns are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FieldProblem(NamedTuple):
    """What is wrong with a row: the field ("" for the whole row) and what was expected."""

    field: str
    message: str


def need(meaning: str) -> Any:
    """Declare a field that must be given."""
    return Field(description=meaning)


def may(meaning: str, default: Any = "") -> Any:
    """Declare a field that may be left out."""
    return Field(default=default, description=meaning)


def reader(read: Callable[..., Any], *, empty: Any = ..., **options: Any) -> BeforeValidator:
    """Make a validator of a cell reader; with ``empty`` given, nothing at all is read as that."""
    ready = partial(read, **options) if options else read

    def validate(value: Any) -> Any:
        return empty if empty is not ... and (value is None or value == "") else ready(value)

    return BeforeValidator(validate)


def plain(most: int) -> BeforeValidator:
    """Read a text that may be empty."""
    return reader(cells.read_text, empty="", most=most)


def named(most: int) -> BeforeValidator:
    """Read a text that may not be empty."""
    return reader(cells.read_name, most=most)


def localised(most: int) -> BeforeValidator:
    """Read a text in several languages."""
    return reader(cells.read_texts, empty={}, most=most)


def one_of(*choices: str, empty: Any = ...) -> BeforeValidator:
    """Read one of ``choices``."""
    return reader(cells.read_choice, empty=empty, choices=choices)


def counted(most: int = cells.MOST, least: int = 0) -> BeforeValidator:
    """Read a whole number."""
    return reader(cells.read_whole, least=least, most=most)


def numbered(most: int) -> BeforeValidator:
    """Read a number that names something."""
    return reader(cells.read_number, most=most)


SMALL = 2_000_000_000
Key40 = Annotated[str, reader(cells.read_key, most=40)]
Key = Annotated[str, reader(cells.read_key, most=60)]
OptionalKey = Annotated[str | None, reader(cells.read_key, empty=None, most=60)]
YesNo = Annotated[bool, reader(cells.read_yes_no)]
OptionalMail = Annotated[str, reader(cells.read_mail, empty="")]
OptionalUrl = Annotated[str, reader(cells.read_url, empty="")]
Country = Annotated[str, reader(cells.read_country)]
OptionalWhole = Annotated[int | None, reader(cells.read_whole, empty=None, most=SMALL)]
Language = Annotated[str | None, one_of("de", "en", empty=None)]


def not_empty(given: dict[str, str]) -> dict[str, str]:
    """Refuse a text in several languages that says nothing in any."""
    if not given:
        raise ValueError("expected a text, found nothing")
    return given


def problems_of(error: ValidationError, row: type[Row]) -> list[FieldProblem]:
    """Give a validation error as plain sentences, one for each field."""
    return [_problem(one, row) for one in error.errors(include_url=False, include_input=False)]


def _problem(one: Any, row: type[Row]) -> FieldProblem:
    place = [str(part) for part in one["loc"]]
    field = ".".join(place)
    kind = one["type"]
    if kind == "value_error":
        return FieldProblem(field, str(one["ctx"]["error"]))
    if kind == "missing":
        known = row.model_fields.get(place[0])
        meaning = known.description if known is not None and len(place) == 1 else ""
        return FieldProblem(field, f"missing; expected {meaning or 'a value'}")
    if kind == "extra_forbidden":
        return FieldProblem(field, unknown_name("field", place[-1], list(row.model_fields)))
    if kind in {"model_type", "dict_type", "model_attributes_type"}:
        return FieldProblem(field, "expected named values, e.g. { objects = 5000 }")
    if kind == "list_type":
        return FieldProblem(field, "expected a list")
    return FieldProblem(field, f"expected {one['msg'][:1].lower()}{one['msg'][1:]}")


def unknown_name(what: str, found: str, known: Sequence[str]) -> str:
    """Say that ``found`` is no known name, and which one is near."""
    near = difflib.get_close_matches(found.lower(), known, 1, 0.6)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
    return f"unknown {what} {cells.shown(found)}; {hint}"
