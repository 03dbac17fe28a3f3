"""Rules of policies: between which bounds each field stands, and what does not go together. Pure."""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from torhaus.core.versions import version_key

# With the percentage of overage on top it still fits the columns that count places.
MOST_PLACES = 1_000_000_000
MOST_PERCENT = 100
LEASE_SECONDS = (60, 31 * 86400)
CHECK_HOURS = (1, 8784)
OFFLINE_GRACE_DAYS = (0, 3660)
MOST_CHECKSUMS = 200
# Where a product may say it runs; the doors refuse other words. A policy that named another could be met by nobody.
ENVIRONMENTS = ("production", "staging", "test", "development")
CHECKSUM = re.compile(r"[0-9a-f]{64}")
VERSION = re.compile(r"v?[0-9][0-9A-Za-z.+!_-]{0,38}")


class Flaw(StrEnum):
    """What is wrong with a field of a policy."""

    RANGE = "range"
    PERCENT_NEEDED = "percent_needed"
    VERSION = "version"
    VERSIONS_CROSSED = "versions_crossed"
    ENVIRONMENT = "environment"
    CHECKSUM = "checksum"
    TOO_MANY = "too_many"


class NoPolicy(ValueError):
    """A field of a policy cannot be so; ``flaw`` says why."""

    def __init__(self, field: str, flaw: Flaw) -> None:
        super().__init__(f"{field}: {flaw.value}")
        self.field = field
        self.flaw = flaw


def flaws(values: Mapping[str, Any]) -> Iterator[tuple[str, Flaw]]:
    """Give what is wrong with the fields of a policy, of the right types."""
    yield from _out_of_range(values)
    if values["overage"] == "percent" and not values["overage_percent"]:
        yield "overage_percent", Flaw.PERCENT_NEEDED
    yield from _of_versions(values)
    yield from _of_lists(values)


def _out_of_range(values: Mapping[str, Any]) -> Iterator[tuple[str, Flaw]]:
    for name, (least, most) in RANGES.items():
        value = values[name]
        if value is not None and not least <= value <= most:
            yield name, Flaw.RANGE


RANGES: Mapping[str, tuple[int, int]] = {
    "max_installations": (0, MOST_PLACES),
    "max_leases": (0, MOST_PLACES),
    "test_installations": (0, MOST_PLACES),
    "lease_seconds": LEASE_SECONDS,
    "overage_percent": (0, MOST_PERCENT),
    "check_hours": CHECK_HOURS,
    "offline_grace_days": OFFLINE_GRACE_DAYS,
}


def _of_versions(values: Mapping[str, Any]) -> Iterator[tuple[str, Flaw]]:
    least, most = values["minimum_version"], values["maximum_version"]
    wrong = [
        name for name, said in (("minimum_version", least), ("maximum_version", most)) if said and not _version(said)
    ]
    for name in wrong:
        yield name, Flaw.VERSION
    if least and most and not wrong and version_key(least) > version_key(most):
        yield "maximum_version", Flaw.VERSIONS_CROSSED


def _version(said: str) -> bool:
    return VERSION.fullmatch(said) is not None


def _of_lists(values: Mapping[str, Any]) -> Iterator[tuple[str, Flaw]]:
    if not set(ENVIRONMENTS).issuperset(values["environments"]):
        yield "environments", Flaw.ENVIRONMENT
    if len(values["checksums"]) > MOST_CHECKSUMS:
        yield "checksums", Flaw.TOO_MANY
    elif not all(CHECKSUM.fullmatch(one) for one in values["checksums"]):
        yield "checksums", Flaw.CHECKSUM
