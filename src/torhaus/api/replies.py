"""What the licence API answers: one model for each answer, from which the OpenAPI document is made.

Views build their answers by themselves; the tests hold every answer against its model. Members only come, so
programs ignore those they do not know.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from torhaus_sdk.answers import Access, Code, Enforcement

Instant = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
Count = Annotated[int, Field(ge=0)]
DaysLeft = Annotated[Count | None, Field(description="Whole days left; null is without end.")]
Ref = Annotated[str, Field(pattern=r"^[0-9A-Za-z]{12}$")]


def instant_text(moment: datetime) -> str:
    """Give an instant as this API writes it: RFC 3339 in UTC, whole seconds."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _open(schema: dict[str, Any]) -> None:
    schema.pop("additionalProperties", None)  # the document promises no more than what is there


class Reply(BaseModel):
    """An answer. Our tests take no member that is not named; readers are to ignore new ones."""

    model_config = ConfigDict(strict=True, extra="forbid", json_schema_extra=_open)


class Finding(Reply):
    """One thing found; `subjects` names what it is about."""

    code: Code
    subjects: list[str] = []
    message: str


class LicenceSaid(Reply):
    """The licence that was asked about."""

    ref: Annotated[str, Field(description="Empty for a product that the contract does not license.")]
    contract: str
    customer: str
    product: str
    kind: str
    edition: str
    environment: str
    starts_at: Instant
    ends_at: Instant | None
    maintained_until: Instant | None
    grace_until: Instant | None
    after_grace: Literal["read_only", "stop"]
    fallback_until: Instant | None
    days_left: DaysLeft


class Place(Reply):
    """Installations: `model` is what is counted; null is without limit."""

    model: Literal["node_locked", "floating", "unlimited"]
    max: Count | None
    used: Count
    free: Count | None


class LeasePlaces(Reply):
    """Leases of a floating licence."""

    max: Count | None
    used: Count
    free: Count | None


class MeterPlaces(Reply):
    """A meter: what is allowed, used, and free; null is without limit, or not known yet."""

    max: Count | None
    used: Count | None
    free: Count | None


class Limits(Reply):
    """What may be used, and what is left."""

    installations: Place
    leases: LeasePlaces | None
    meters: dict[str, MeterPlaces]
    seats: dict[str, Count]


class Item(Reply):
    """Something licensed, with its own end where that comes before the licence's."""

    key: str
    kind: str
    quantity: Count
    ends_at: Instant | None


class InstallationAsked(Reply):
    """The installation that asked."""

    ref: Ref
    name: str
    environment: str
    lease_until: Instant | None


class Trial(Reply):
    """An evaluation: when it ends, and where to get more."""

    ends_at: Instant | None
    days_left: DaysLeft
    offer_url: str | None


class Answer(Reply):
    """Whether the product may run, and with what. A product decides by `access`; `code` says why."""

    iss: Annotated[str, Field(description="Key of the vendor.")]
    aud: Annotated[str, Field(description="Key of the product.")]
    sub: Annotated[str, Field(description="Reference of the licence.")]
    iat: Annotated[int, Field(description="When it was signed, in seconds since 1970.")]
    exp: Annotated[int, Field(description="Until when it may be relied on without asking again.")]
    valid: bool
    code: Code
    access: Access
    enforcement: Enforcement
    findings: list[Finding]
    message: str
    checked_at: Instant
    next_check_at: Instant
    licence: LicenceSaid
    limits: Limits
    features: list[str]
    items: list[Item]
    installation: InstallationAsked | None
    trial: Trial | None
    nonce: Annotated[str | None, Field(description="The nonce of the question, if it had one.")] = None
    signed: Annotated[
        str, Field(description="Compact JWS (EdDSA) whose payload is this answer without `signed`. Rely on it alone.")
    ]


class Installation(Reply):
    """An installation as it stands."""

    ref: Ref
    name: str
    version: str
    environment: str
    counts: Annotated[bool, Field(description="False for a test installation that takes no place.")]
    activated_at: Instant


class Activated(Reply):
    """The installation, and the answer to the question whether it may run."""

    installation: Installation
    answer: Answer


class Deactivated(Reply):
    """The installation has given back its place, or its lease."""

    installation: Ref
    deactivated: Annotated[bool, Field(description="False if only the lease was given back.")]


class MeterUse(Reply):
    """How a meter stands after these readings."""

    used: Count
    max: Count | None
    free: Count | None
    state: Literal["fine", "near", "warn", "over"]


class UsageKept(Reply):
    """How many readings were kept, and how many were known already."""

    accepted: Count
    repeated: Count
    meters: dict[str, MeterUse]


class OfflineLicence(Reply):
    """A licence file: `text` is the whole of it, from BEGIN to END."""

    number: Count
    issued_at: Instant
    expires_at: Instant
    text: str


class Used(Reply):
    """How many of how many; null is without limit."""

    used: Count
    max: Count | None


class BookedItem(Reply):
    """Something booked, with its own end where that comes before the licence's."""

    key: str
    kind: str
    name: str
    quantity: Count
    ends_at: Instant | None


class Licence(Reply):
    """A licence of the contract as it stands, whoever asks."""

    ref: Ref
    product: str
    product_name: str
    kind: str
    edition: str
    environment: str
    created_at: Instant
    starts_at: Instant
    ends_at: Instant | None
    days_left: DaysLeft
    valid: bool
    code: Code
    access: Access
    enforcement: Enforcement
    message: str
    items: list[BookedItem]
    limits: Limits
    installations: Used


class AddOn(Reply):
    """An add-on that is booked: whether it may be used now, and since and until when."""

    key: str
    name: str
    quantity: Count
    state: Literal["active", "upcoming", "expired"]
    starts_on: Annotated[str | None, Field(description="First day; null is since ever.")]
    ends_on: Annotated[str | None, Field(description="Last day of its own; null is the contract's.")]
    days_left: DaysLeft


class Licences(Reply):
    """The licences of the contract and its add-ons."""

    contract: str
    licences: list[Licence]
    add_ons: list[AddOn]


class Sales(Reply):
    """Whom to ask."""

    name: str
    sales_mail: str
    sales_phone: str


class Status(Reply):
    """How the contract stands."""

    contract: str
    customer: str
    token: Annotated[str, Field(description="Public part of the licence token.")]
    licences: Count
    checked_at: Instant
    vendor: Sales
    valid: bool
    code: Code
    access: Access
    enforcement: Enforcement
    message: str
    days_left: DaysLeft
    trial: Trial | None


class ErrorOfMember(Reply):
    """A member that cannot be."""

    pointer: Annotated[str, Field(description="JSON Pointer (RFC 6901) into the body.")]
    detail: str


class Problem(Reply):
    """A refusal (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: Annotated[str, Field(description="Stable; a new one may come, so treat one you do not know by its status.")]
    request_id: str
    errors: list[ErrorOfMember] | None = None
    about: Annotated[
        str | None, Field(description="What a refusal is about: the key of a kind of seat, a seat’s reference, a day.")
    ] = None
