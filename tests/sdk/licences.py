"""A licence and its key, for the tests of the SDK."""

from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from torhaus_sdk.armour import armour
from torhaus_sdk.jws import sign
from torhaus_sdk.licence import LICENCE_TYPE, Environment, Item, Licence, Seats

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KID = "tests"
KEYS = {KID: KEY.public_key()}
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def licence(**fields: Any) -> Licence:
    """A licence issued a day before NOW for 30 days."""
    values: dict[str, Any] = {
        "issuer": "acme",
        "subject": "V-2026-001",
        "audience": ("acme", "acme-agent"),
        "id": "Lx5mQ2rT8vBz",
        "issued_at": datetime(2026, 11, 21, 12, tzinfo=UTC),
        "not_before": datetime(2026, 11, 21, 12, tzinfo=UTC),
        "expires_at": datetime(2026, 12, 21, 12, tzinfo=UTC),
        "licence_ends_at": datetime(2027, 3, 31, 22, tzinfo=UTC),
        "maintained_until": None,
        "edition": "medium",
        "items": (Item("medium", "plan", "Plan Größe M", 1), Item("api", "add_on", "API", 2, NOW)),
        "allowances": {"objects": 5000, "tenants": None},
        "seats": {"full": Seats("named", 25), "guest": Seats("named", None)},
        "bindings": (),
        "customer": "10482",
        "grace_days": 30,
        "sequence": 7,
        "environment": Environment.PRODUCTION,
        "tokens": ("Ab3dE5fG7hJ9",),
    }
    return Licence(**values | fields)


def signed(**changes: Any) -> str:
    """A licence file whose claims are changed; a claim given as ... is left out."""
    claims = licence().claims() | changes
    return armour(
        sign({name: value for name, value in claims.items() if value is not ...}, key=KEY, kid=KID, typ=LICENCE_TYPE)
    )
