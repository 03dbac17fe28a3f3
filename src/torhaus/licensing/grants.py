"""What a licence grants, as values: policy, term, items, allowances; and their text in the kept row. Pure.

Instants are whole seconds since 1970 (UTC), because the hot path compares them a thousand times a second.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

from pydantic_core import from_json, to_json

from torhaus_sdk.answers import Enforcement


@dataclass(frozen=True)
class Policy:
    """How a licence is enforced (``models.PolicyFields``), with the limits already multiplied by what is booked."""

    model: str = "unlimited"
    max_installations: int | None = None
    max_leases: int | None = None
    lease_seconds: int = 600
    test_installations: int = 0
    overage: str = "refuse"
    overage_percent: int = 0
    after_grace: str = "read_only"
    fallback: bool = False
    matching: str = "most"
    minimum_version: str = ""
    maximum_version: str = ""
    environments: tuple[str, ...] = ()
    checksums: tuple[str, ...] = ()
    enforcement: str = Enforcement.BLOCK.value
    check_hours: int = 24
    offline_grace_days: int = 14
    offline_files: str = "any"

    def ceiling(self, limit: int | None) -> int | None:
        """Give up to which number more is let in where ``limit`` was agreed; None is any number."""
        if limit is None or self.overage == "report":
            return None
        return limit + limit * self.overage_percent // 100 if self.overage == "percent" else limit


@dataclass(frozen=True)
class Granted:
    """Something licensed: key and kind of the item, how much, and its own end where it comes before the licence's."""

    key: str
    kind: str
    quantity: int
    ends_at: int | None = None


@dataclass(frozen=True)
class Grants:
    """What a licence grants. ``ends_at`` None is without end; ``maintained_until`` None as long as the licence.

    ``lacks`` is why there is nothing to grant (``product_not_licensed``, ``nothing_booked``), or empty.
    """

    contract: str
    customer: str
    product: str
    kind: str
    edition: str
    environment: str
    starts_at: int
    ends_at: int | None
    grace_days: int
    maintained_until: int | None
    suspended: bool
    lacks: str = ""
    items: tuple[Granted, ...] = ()
    allowances: Mapping[str, int | None] = field(default_factory=dict)
    seats: Mapping[str, int] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)

    def text(self) -> str:
        """Give the canonical JSON of these grants: equal grants have equal text."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))


@lru_cache(maxsize=500)
def read_grants(text: str) -> Grants:
    """Read what :meth:`Grants.text` gave. The text comes from the database each time, so nothing here grows old."""
    said: dict[str, Any] = from_json(text)
    said["policy"] = _policy(to_json(said["policy"]))
    said["items"] = tuple([_granted(one["key"], one["kind"], one["quantity"], one["ends_at"]) for one in said["items"]])
    return Grants(**said)


# Few policies and items are behind many licences, so most of them have been made before.


@lru_cache(maxsize=500)
def _policy(text: bytes) -> Policy:
    said = from_json(text)
    return Policy(**said | {"environments": tuple(said["environments"]), "checksums": tuple(said["checksums"])})


@lru_cache(maxsize=1_000)
def _granted(key: str, kind: str, quantity: int, ends_at: int | None) -> Granted:
    return Granted(key, kind, quantity, ends_at)
