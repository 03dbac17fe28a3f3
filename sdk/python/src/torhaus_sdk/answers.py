"""The words of the licence server's signed answer: codes, access, enforcement. The list only grows.

A product decides by ``access`` (and ``valid``); ``code`` tells why, and a code it does not know changes nothing.
"""

from enum import StrEnum

__all__ = ["ANSWER_TYPE", "BLOCKING", "TOLERATED", "Access", "Code", "Enforcement"]

ANSWER_TYPE = "license-status+jwt"


class Access(StrEnum):
    """What the product is to allow now."""

    FULL = "full"
    READ_ONLY = "read_only"
    NONE = "none"


class Enforcement(StrEnum):
    """How strictly the vendor wants a licence that is not valid to be treated."""

    ADVISE = "advise"
    DEGRADE = "degrade"
    BLOCK = "block"


class Code(StrEnum):
    """Every finding there is, in order of precedence: of several, ``code`` of the answer is the first."""

    # Not valid.
    SUSPENDED = "suspended"
    NOT_STARTED = "not_started"
    PRODUCT_NOT_LICENSED = "product_not_licensed"
    NOTHING_BOOKED = "nothing_booked"
    EXPIRED = "expired"
    EDITION_MISMATCH = "edition_mismatch"
    ENVIRONMENT_REQUIRED = "environment_required"
    ENVIRONMENT_NOT_ALLOWED = "environment_not_allowed"
    VERSION_REQUIRED = "version_required"
    VERSION_NOT_ALLOWED = "version_not_allowed"
    VERSION_NOT_MAINTAINED = "version_not_maintained"
    CHECKSUM_REQUIRED = "checksum_required"
    CHECKSUM_MISMATCH = "checksum_mismatch"
    INSTALLATION_REQUIRED = "installation_required"
    INSTALLATION_UNKNOWN = "installation_unknown"
    INSTALLATION_REMOVED = "installation_removed"
    FINGERPRINT_REQUIRED = "fingerprint_required"
    FINGERPRINT_MISMATCH = "fingerprint_mismatch"
    TOO_MANY_INSTALLATIONS = "too_many_installations"
    LEASE_REQUIRED = "lease_required"
    LEASE_EXPIRED = "lease_expired"
    TOO_MANY_LEASES = "too_many_leases"
    FEATURE_MISSING = "feature_missing"
    ALLOWANCE_EXCEEDED = "allowance_exceeded"
    # Valid, and worth telling.
    IN_GRACE = "in_grace"
    FALLBACK = "fallback"
    OVERAGE = "overage"
    VALID = "valid"
    # Valid as well; these never stand as the code of an answer.
    ENDS_SOON = "ends_soon"
    ALLOWANCE_NEAR = "allowance_near"
    CHECK_OVERDUE = "check_overdue"


_ORDER = list(Code)
BLOCKING = frozenset(_ORDER[: _ORDER.index(Code.IN_GRACE)])
TOLERATED = frozenset({Code.IN_GRACE, Code.FALLBACK, Code.OVERAGE})
