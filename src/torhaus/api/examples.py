"""Examples for document and page, as the API says them; a test holds each against its model."""

from typing import Any

_LIMITS: dict[str, Any] = {
    "installations": {"model": "node_locked", "max": 5, "used": 3, "free": 2},
    "leases": None,
    "meters": {"objects": {"max": 5000, "used": 4120, "free": 880}},
    "seats": {"full": 25},
}
_ITEM = {"key": "medium", "kind": "plan", "quantity": 5000, "ends_at": None}
ANSWER: dict[str, Any] = {
    "iss": "acme",
    "aud": "acme",
    "sub": "Lc7Yw2Qp9Rt4",
    "iat": 1795348800,
    "exp": 1796558400,
    "valid": True,
    "code": "valid",
    "access": "full",
    "enforcement": "block",
    "findings": [
        {
            "code": "allowance_near",
            "subjects": ["objects"],
            "message": "Most of what is booked is used: objects.",
        }
    ],
    "message": "The licence is valid.",
    "checked_at": "2026-11-22T12:00:00Z",
    "next_check_at": "2026-11-23T12:00:00Z",
    "licence": {
        "ref": "Lc7Yw2Qp9Rt4",
        "contract": "V-2026-001",
        "customer": "10482",
        "product": "acme",
        "kind": "subscription",
        "edition": "medium",
        "environment": "production",
        "starts_at": "2026-03-31T22:00:00Z",
        "ends_at": "2027-03-31T22:00:00Z",
        "maintained_until": None,
        "grace_until": "2027-04-30T22:00:00Z",
        "after_grace": "read_only",
        "fallback_until": None,
        "days_left": 129,
    },
    "limits": _LIMITS,
    "features": ["medium", "flows"],
    "items": [_ITEM, {"key": "flows", "kind": "add_on", "quantity": 1, "ends_at": None}],
    "installation": {
        "ref": "In3Bd8Kx5Zm1",
        "name": "Warehouse Hamburg",
        "environment": "production",
        "lease_until": None,
    },
    "trial": None,
    "nonce": "9f1c2a",
    "signed": "eyJhbGciOiJFZERTQSIs….eyJpc3MiOiJhY21lIiwi….mO3v…",
}
FINGERPRINT = {"machine": "0c1f6ab5", "board": "77d0e2c4"}
VALIDATE = {"installation": "In3Bd8Kx5Zm1", "fingerprint": FINGERPRINT, "version": "34.1", "nonce": "9f1c2a"}
HEARTBEAT = {"installation": "In3Bd8Kx5Zm1", "process": "worker-1", "fingerprint": FINGERPRINT}
ACTIVATE = {"fingerprint": FINGERPRINT, "name": "Warehouse Hamburg", "version": "34.1", "environment": "production"}
ACTIVATED: dict[str, Any] = {
    "installation": {
        "ref": "In3Bd8Kx5Zm1",
        "name": "Warehouse Hamburg",
        "version": "34.1",
        "environment": "production",
        "counts": True,
        "activated_at": "2026-11-22T12:00:00Z",
    },
    "answer": ANSWER,
}
DEACTIVATE = {"installation": "In3Bd8Kx5Zm1"}
DEACTIVATED = {"installation": "In3Bd8Kx5Zm1", "deactivated": True}
USAGE = {
    "installation": "In3Bd8Kx5Zm1",
    "readings": [{"id": "2026-11-22-objects", "meter": "objects", "kind": "gauge", "quantity": 4120}],
}
USAGE_KEPT = {
    "accepted": 1,
    "repeated": 0,
    "meters": {"objects": {"used": 4120, "max": 5000, "free": 880, "state": "near"}},
}
OFFLINE_LICENCE = {"newest_seen": 2}
OFFLINE_LICENCE_ISSUED = {
    "number": 3,
    "issued_at": "2026-11-22T12:00:00Z",
    "expires_at": "2026-12-22T12:00:00Z",
    "text": "-----BEGIN TORHAUS LICENCE-----\neyJhbGciOiJFZERTQSIs…\n-----END TORHAUS LICENCE-----\n",
}
LICENCES: dict[str, Any] = {
    "contract": "V-2026-001",
    "licences": [
        {
            "ref": "Lc7Yw2Qp9Rt4",
            "product": "acme",
            "product_name": "Acme",
            "kind": "subscription",
            "edition": "medium",
            "environment": "production",
            "created_at": "2026-04-01T08:00:00Z",
            "starts_at": "2026-03-31T22:00:00Z",
            "ends_at": "2027-03-31T22:00:00Z",
            "days_left": 129,
            "valid": True,
            "code": "valid",
            "access": "full",
            "enforcement": "block",
            "message": "The licence is valid.",
            "items": [_ITEM | {"name": "Medium"}],
            "limits": _LIMITS,
            "installations": {"used": 3, "max": 5},
        }
    ],
    "add_ons": [
        {
            "key": "flows",
            "name": "Flows",
            "quantity": 1,
            "state": "active",
            "starts_on": "2026-04-01",
            "ends_on": None,
            "days_left": 129,
        }
    ],
}
STATUS: dict[str, Any] = {
    "contract": "V-2026-001",
    "customer": "10482",
    "token": "Ab3xY7kQ",
    "licences": 1,
    "checked_at": "2026-11-22T12:00:00Z",
    "vendor": {"name": "Acme", "sales_mail": "sales@acme.example", "sales_phone": "+49 211 123450"},
    "valid": True,
    "code": "valid",
    "access": "full",
    "enforcement": "block",
    "message": "The licence is valid.",
    "days_left": 129,
    "trial": None,
}
DOWNLOADS: dict[str, Any] = {
    "contract": "V-2026-001",
    "product": {"key": "acme", "name": "Acme"},
    "versions": [
        {
            "version": "34.1",
            "channel": "stable",
            "published_on": "2026-11-10",
            "security": False,
            "entitlement": {"allowed": True, "reason": "active", "message": "Included in your contract."},
            "files": [
                {
                    "kind": "installation",
                    "name": "acme-installation-34.1.zip",
                    "size": 184000000,
                    "sha256": "a" * 64,
                    "signature": None,
                    "url": "https://portal.example.com/downloads/files/…",
                }
            ],
            "notes_url": "https://portal.example.com/downloads/versions/…",
            "minimum_version": "33",
            "maximum_version": None,
        }
    ],
    "add_ons": [],
}
