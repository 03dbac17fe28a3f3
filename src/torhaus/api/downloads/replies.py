"""What ``GET /api/v1/downloads`` answers, for the OpenAPI document."""

from typing import Annotated

from pydantic import Field, WithJsonSchema

from torhaus.api.replies import Reply
from torhaus.releases.rules import Reason

Day = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]


class ProductSaid(Reply):
    """The contract's product."""

    key: str
    name: str


class Entitled(Reply):
    """Whether the contract may fetch it, and why."""

    allowed: bool
    reason: Reason
    message: str


class FileSaid(Reply):
    """A file of a version."""

    kind: str
    name: str
    size: Annotated[int | None, Field(ge=0, description="In bytes; null if not known.")]
    sha256: str | None
    signature: Annotated[str | None, Field(description="A minisign signature file as text.")]
    url: Annotated[str | None, Field(description="Works for some hours; null if it may not be fetched.")]


class _Version(Reply):
    version: str
    channel: str
    published_on: Day
    security: bool
    entitlement: Entitled
    files: list[FileSaid]
    notes_url: str


class VersionSaid(_Version):
    """A version of the product, and the versions one can update from."""

    minimum_version: str | None
    maximum_version: str | None


class Needs(Reply):
    """The versions of the product that an add-on needs."""

    minimum: str | None
    maximum: str | None


class AddOnVersion(_Version):
    """A version of an add-on."""

    needs: Needs


class AddOnSaid(Reply):
    """An add-on, with the newest version of each channel."""

    key: str
    name: str
    vendor: str
    versions: list[AddOnVersion]


class Downloads(Reply):
    """What the contract can fetch, the highest version first."""

    contract: str
    product: ProductSaid
    versions: list[VersionSaid]
    add_ons: list[AddOnSaid]
