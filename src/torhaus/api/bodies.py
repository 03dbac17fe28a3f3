"""What programs send to the licence API: one model for each body. Members that are not named here are ignored (R21).

The OpenAPI document and the page for readers are made from these models, so what they take and what those say
cannot differ.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from django.utils.translation import gettext_noop as _
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    WithJsonSchema,
)
from pydantic_core import core_schema

BODY_LIMIT = 16_384
USAGE_LIMIT = 262_144
PART_NAME = r"[a-z0-9_.-]{1,32}"
LARGEST = 2**53 - 1  # the largest whole number that every JSON reader keeps as it is
_PLAIN = r"^[^\x00-\x1f\x7f]*$"  # compiled in Rust, where "$" is the end and nothing else
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(r"(\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:)(\d{2})((?:\.\d{1,9})?)([Zz]|[+-]\d{2}:\d{2})", re.ASCII)


def _whole(value: Any) -> Any:
    # JSON has one kind of number: 5.0 is as whole as 5.
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) <= LARGEST else value


def _day(text: str) -> str:
    if not _DAY.fullmatch(text):
        raise ValueError("no day")
    date.fromisoformat(text)
    return text


def instant(text: str) -> datetime:
    """Read an instant of RFC 3339, with any offset, as UTC; a leap second counts as the one before it.

    Raises:
        ValueError: it is none.
    """
    found = _INSTANT.fullmatch(text)
    if found is None:
        raise ValueError("no instant")
    start, seconds, fraction, zone = found.groups()
    seconds = "59" if seconds == "60" else seconds
    zone = "+00:00" if zone in "Zz" else zone
    try:
        return datetime.fromisoformat(f"{start.upper()}{seconds}{fraction[:7]}{zone}").astimezone(UTC)
    except OverflowError as error:  # the first or last hours of the calendar, elsewhere
        raise ValueError("no instant") from error


def _instant_text(text: str) -> str:
    instant(text)
    return text


@dataclass(frozen=True)
class _Plain:
    """A text of 1 to so many characters without control characters, for models and for the document."""

    longest: int

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.str_schema(min_length=1, max_length=self.longest, pattern=_PLAIN, strict=True)

    def __get_pydantic_json_schema__(self, *_: Any) -> dict[str, Any]:
        return self.schema()

    def schema(self) -> dict[str, Any]:
        """Give it as JSON Schema."""
        # For other languages, where "$" may also stand before a last line feed.
        pattern = rf"^[^\u0000-\u001f\u007f]{{1,{self.longest}}}(?!\n)$"
        return {"type": "string", "minLength": 1, "maxLength": self.longest, "pattern": pattern}


Reference = Annotated[str, _Plain(40)]
Process = Annotated[str, _Plain(64)]
Key = Annotated[str, _Plain(60)]
Text20 = Annotated[str, _Plain(20)]
Text40 = Annotated[str, _Plain(40)]
Text64 = Annotated[str, _Plain(64)]
Text120 = Annotated[str, _Plain(120)]
Value = Annotated[str, _Plain(200)]
Whole = Annotated[int, Field(ge=0, le=LARGEST), BeforeValidator(_whole)]
Day = Annotated[str, AfterValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Instant = Annotated[str, AfterValidator(_instant_text), WithJsonSchema({"type": "string", "format": "date-time"})]
_PARTS_SCHEMA = {
    "type": "object",
    "minProperties": 1,
    "maxProperties": 16,
    "propertyNames": {"pattern": rf"^{PART_NAME}(?!\n)$"},
    "additionalProperties": _Plain(200).schema(),
}
# A plain text is one part named "id".
Fingerprint = Annotated[
    dict[Annotated[str, Field(pattern=rf"^{PART_NAME}$")], Value],
    Field(min_length=1, max_length=16),
    BeforeValidator(lambda said: {"id": said} if isinstance(said, str) else said),
    WithJsonSchema({"anyOf": [_PARTS_SCHEMA, _Plain(200).schema()]}),
]


class Body(BaseModel):
    """A request's body: exact types, unknown members ignored."""

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)


class Said(Body):
    """What a product says of itself with every question."""

    product: Annotated[Key | None, Field(description=_("Key of the product; without it the contract’s own."))] = None
    version: Annotated[Text40 | None, Field(description=_("Version of the product."))] = None
    released_on: Annotated[Day | None, Field(description=_("Day on which this version was published."))] = None
    checksum: Annotated[Text64 | None, Field(description=_("SHA-256 of the product’s build, in hexadecimal."))] = None
    edition: Annotated[Key | None, Field(description=_("Edition (key of the plan) the product takes itself for."))] = (
        None
    )
    require: Annotated[
        list[Key] | None, Field(max_length=100, description=_("Features (keys of items) that must be licensed."))
    ] = None
    nonce: Annotated[
        Value | None,
        Field(description=_("A value of the caller’s; the signed answer repeats it, so it cannot be old.")),
    ] = None


class ValidateBody(Said):
    """``POST validate``: the question whether the product may run, and with what."""

    installation: Annotated[Reference | None, Field(description=_("Reference that “activate” gave."))] = None
    environment: Annotated[
        Text20 | None, Field(description=_("What it is used for, such as production, test or development."))
    ] = None
    process: Annotated[Process | None, Field(description=_("Which process of the installation holds the lease."))] = (
        None
    )
    fingerprint: Annotated[Fingerprint | None, Field(description=_("Named parts of this machine’s fingerprint."))] = (
        None
    )


class HeartbeatBody(ValidateBody):
    """``POST heartbeat``: the same question, and with a floating licence the lease is taken or extended."""

    installation: Annotated[Reference, Field(description=_("Reference that “activate” gave."))]


class ActivateBody(Said):
    """``POST activate``: this machine is to be an installation of the licence."""

    fingerprint: Annotated[
        Fingerprint,
        Field(description=_("1 to 16 named parts, hashed by the caller; a plain text is one part named “id”.")),
    ]
    name: Annotated[Text120 | None, Field(description=_("What people call this installation."))] = None
    environment: Annotated[
        Literal["production", "staging", "test", "development"] | None,
        Field(description=_("What it is used for; test and development may take no place.")),
    ] = None


class DeactivateBody(Body):
    """``POST deactivate``: the installation gives its place back."""

    installation: Annotated[Reference, Field(description=_("Reference that “activate” gave."))]
    keep: Annotated[bool, Field(description=_("Give only the lease back; the installation stays."))] = False
    process: Annotated[Process | None, Field(description=_("Which process gives its lease back."))] = None


class ReadingBody(Body):
    """One reading of a meter."""

    id: Annotated[Text64, Field(description=_("The caller’s own id: the same reading sent twice counts once."))]
    meter: Annotated[Key, Field(description=_("Key of the meter."))]
    kind: Annotated[
        Literal["gauge", "counter"] | None,
        Field(description=_("gauge: so much is in use now; counter: so much was used since the last reading.")),
    ] = None
    quantity: Annotated[Whole, Field(description=_("How much."))]
    at: Annotated[Instant | None, Field(description=_("When it was read; without it now."))] = None


class UsageBody(Body):
    """``POST usage``: readings of meters. All of them are kept, or none."""

    installation: Annotated[Reference | None, Field(description=_("Reference that “activate” gave."))] = None
    readings: Annotated[list[ReadingBody], Field(min_length=1, max_length=1000)]


class OfflineLicenceBody(Body):
    """``POST offline-licence``: a signed licence file of what is booked now."""

    newest_seen: Annotated[
        Whole | None,
        Field(description=_("Number of the newest file the caller has (0: none); a newer one is given, none issued.")),
    ] = None
    installation: Annotated[
        Reference | None,
        Field(description=_("Bind the file to this installation: the reference that “activate” gave.")),
    ] = None
    fingerprint: Annotated[
        Fingerprint | None,
        Field(
            description=_(
                "Or to the machine with this fingerprint, as “activate” takes it; it counts as an installation."
            )
        ),
    ] = None
    name: Annotated[Text120 | None, Field(description=_("What people call that machine."))] = None
