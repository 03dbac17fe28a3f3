"""The arithmetic of the chain: what is hashed, in which form, and what stands for a personal value."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any

GENESIS = "0" * 64  # the digest before the first record


def canonical(value: Mapping[str, Any]) -> bytes:
    """Give JSON with sorted names and no blanks: the form that is hashed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(previous: str, sequence: int, record: Mapping[str, Any]) -> str:
    """Give the SHA-256 (hex) that binds ``record`` to its place and to everything before it.

    ``previous`` is the digest (hex) before it, :data:`GENESIS` for the first.
    """
    return hashlib.sha256(previous.encode() + canonical({"sequence": sequence, **record})).hexdigest()


def commitment(value: str, salt: str) -> str:
    """Give the salted SHA-256 commitment (hex) the chain holds instead of a personal value."""
    return hashlib.sha256(f"{salt}\x00{value}".encode()).hexdigest()


FIELDS = (
    "key",
    "at",
    "deed",
    "actor_kind",
    "actor_ref",
    "customer_ref",
    "subject_kind",
    "subject_ref",
    "before",
    "after",
    "commitments",
    "request_id",
)


def content(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is hashed of a record, from its columns :data:`FIELDS` as the database gives them."""
    hashed = {name: row[name] for name in FIELDS}
    return hashed | {"key": str(row["key"]), "at": row["at"].astimezone(UTC).isoformat()}
