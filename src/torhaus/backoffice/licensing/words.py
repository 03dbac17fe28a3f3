"""What policies and licences are called on staff pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from torhaus.frame.formatting import number_text
from torhaus.frame.words import ENVIRONMENTS, Look
from torhaus.licensing.models import AfterGrace, EnforcementLevel, LicenceModel, Matching, OfflineFiles, Overage
from torhaus.licensing.policy_rules import Flaw
from torhaus_sdk.answers import Code

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Word = _StrPromise | str

LABELS: "dict[str, Word]" = {
    "model": _("What is counted"),
    "max_installations": _("Installations at most"),
    "max_leases": _("Simultaneous uses at most"),
    "per_unit": _("Both for each booked unit of the plan"),
    "lease_seconds": _("Seconds a use is held"),
    "test_installations": _("Test installations that do not count"),
    "overage": _("Beyond a limit"),
    "overage_percent": _("Percent more that are allowed"),
    "after_grace": _("After end and grace"),
    "fallback": _("Versions published before the end go on running after it"),
    "matching": _("Parts of a fingerprint that have to fit"),
    "minimum_version": _("First version that may run"),
    "maximum_version": _("Last version that may run"),
    "environments": _("Environments allowed"),
    "checksums": _("Builds allowed"),
    "enforcement": _("A licence that is not valid"),
    "check_hours": _("Hours between checks"),
    "offline_grace_days": _("Days without contact"),
    "offline_files": _("Offline licences"),
}
GROUPS: "tuple[tuple[Word, tuple[str, ...]], ...]" = (
    (
        _("Places"),
        ("model", "max_installations", "max_leases", "lease_seconds", "test_installations", "per_unit"),
    ),
    (_("Limits and end"), ("overage", "overage_percent", "after_grace", "fallback")),
    (_("Strictness"), ("enforcement", "check_hours", "offline_grace_days", "offline_files")),
    (
        _("Machine and build"),
        ("matching", "environments", "minimum_version", "maximum_version", "checksums"),
    ),
)
MODELS = {
    LicenceModel.UNLIMITED: _("Nothing: any number of machines"),
    LicenceModel.NODE_LOCKED: _("Machines (node-locked)"),
    LicenceModel.FLOATING: _("Simultaneous uses (floating)"),
}
OVERAGES = {
    Overage.REFUSE: _("Refused"),
    Overage.PERCENT: _("Allowed up to a percentage"),
    Overage.REPORT: _("Allowed and told"),
}
AFTER_GRACE = {
    AfterGrace.READ_ONLY: _("The product is read-only"),
    AfterGrace.STOP: _("The product stops"),
}
MATCHINGS = {
    Matching.ANY: _("Any one of them"),
    Matching.MOST: _("More than half of them"),
    Matching.ALL: _("All of them"),
}
ENFORCEMENTS = {
    EnforcementLevel.BLOCK: _("Stops the product"),
    EnforcementLevel.DEGRADE: _("Makes it read-only"),
    EnforcementLevel.ADVISE: _("Is only told"),
}
OFFLINE_FILES = {
    OfflineFiles.ANY: _("For any machine"),
    OfflineFiles.BOUND: _("Each bound to one machine, which it counts"),
    OfflineFiles.NONE: _("None"),
}
OFFLINE = {
    OfflineFiles.BOUND: _("Offline licences are each bound to one machine"),
    OfflineFiles.NONE: _("No offline licences"),
}
NOT_VALID = {
    EnforcementLevel.BLOCK: _("A licence that is not valid stops the product"),
    EnforcementLevel.DEGRADE: _("A licence that is not valid makes it read-only"),
    EnforcementLevel.ADVISE: _("A licence that is not valid is only told"),
}
SOURCES = {
    "contract": _("This contract’s own policy"),
    "plan": _("The policy of the plan"),
    "usual": _("The usual policy: neither contract nor plan have one"),
}
FLAWS = {
    Flaw.RANGE: _("This number is too small or too large."),
    Flaw.PERCENT_NEEDED: _("Enter how much more is allowed, from 1 to 100 percent."),
    Flaw.VERSION: _("Enter a version that begins with a number, such as 34.1."),
    Flaw.VERSIONS_CROSSED: _("This version comes before the first one that may run. Correct one of them."),
    Flaw.ENVIRONMENT: _("Tick environments of this list only."),
    Flaw.CHECKSUM: _("Enter SHA-256 digests of 64 hexadecimal digits, one on each line."),
    Flaw.TOO_MANY: _("These are too many: at most 200 builds can be named."),
}
CODES = {
    Code.VALID: Look("ok", "check", _("Valid")),
    Code.SUSPENDED: Look("bad", "ban", _("Suspended")),
    Code.NOT_STARTED: Look("info", "calendar-clock", _("Starts later")),
    Code.NOTHING_BOOKED: Look("bad", "circle-x", _("Nothing is booked")),
    Code.PRODUCT_NOT_LICENSED: Look("bad", "circle-x", _("Not licensed")),
    Code.EXPIRED: Look("bad", "circle-x", _("Ended")),
    Code.IN_GRACE: Look("warn", "clock", _("In its days of grace")),
    Code.ALLOWANCE_EXCEEDED: Look("bad", "triangle-alert", _("More used than booked")),
    Code.OVERAGE: Look("warn", "triangle-alert", _("More used than booked, and tolerated")),
}
_WORDS: dict[str, Any] = {
    "model": MODELS,
    "overage": OVERAGES,
    "after_grace": AFTER_GRACE,
    "matching": MATCHINGS,
    "enforcement": ENFORCEMENTS,
    "offline_files": OFFLINE_FILES,
}


@dataclass(frozen=True)
class PolicyLine:
    """A field of a policy that changes, in words: what it says now, and then."""

    label: "Word"
    before: str
    text: str


def value_text(name: str, value: Any) -> str:
    """Give the value of a policy's field in words."""
    if name in _WORDS:
        return str({str(key): word for key, word in _WORDS[name].items()}[str(value)])
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if value is None:
        return gettext("as the support brings") if name == "test_installations" else gettext("any number")
    if isinstance(value, list | tuple):
        shown = [str(ENVIRONMENTS.get(one, one)) if name == "environments" else f"{one[:12]}…" for one in value]
        return ", ".join(shown) or gettext("any")
    return number_text(value) if isinstance(value, int) else value or gettext("any")


def changed_lines(before: dict[str, Any], after: dict[str, Any]) -> list[PolicyLine]:
    """Give the fields that change, before and after in words."""
    return [
        PolicyLine(LABELS[name], value_text(name, before[name]), value_text(name, after[name]))
        for name in LABELS
        if before[name] != after[name]
    ]


def policy_words(values: dict[str, Any]) -> list[str]:
    """Give a policy in sentences; what it does not say is left out."""
    return [*_places(values), *_strictness(values), *_build(values)]


def _held(seconds: int) -> str:
    """Say how long a use is held, in the largest unit that needs no fraction."""
    if seconds and seconds % 3600 == 0:
        n = seconds // 3600
        return _counted(ngettext("A use is held for %(n)s hour", "A use is held for %(n)s hours", n), n)
    if seconds and seconds % 60 == 0:
        n = seconds // 60
        return _counted(ngettext("A use is held for %(n)s minute", "A use is held for %(n)s minutes", n), n)
    return _counted(ngettext("A use is held for %(n)s second", "A use is held for %(n)s seconds", seconds), seconds)


def _places(values: dict[str, Any]) -> Iterator[str]:
    machines, uses = values["max_installations"], values["max_leases"]
    if values["model"] == LicenceModel.UNLIMITED:
        yield gettext("Any number of machines")
        return
    if values["model"] == LicenceModel.FLOATING:
        yield (
            gettext("Floating: any number of uses at the same time")
            if uses is None
            else _counted(
                ngettext("Floating: %(n)s use at the same time", "Floating: %(n)s uses at the same time", uses), uses
            )
        )
        yield _held(values["lease_seconds"])
    if machines is not None:
        yield _counted(ngettext("%(n)s machine at most", "%(n)s machines at most", machines), machines)
    elif values["model"] == LicenceModel.NODE_LOCKED:
        yield gettext("Any number of machines, each activated")
    if values["per_unit"]:
        yield gettext("counted for each booked unit of the plan")
    tests = values["test_installations"]
    if tests is None:
        yield gettext("Test installations as the booked support brings them")
    else:
        yield _counted(
            ngettext("%(n)s test installation does not count", "%(n)s test installations do not count", tests), tests
        )


def _strictness(values: dict[str, Any]) -> Iterator[str]:
    if values["overage"] == Overage.PERCENT:
        yield gettext("Up to %(n)s\u00a0%% more is allowed") % {"n": number_text(values["overage_percent"])}
    else:
        told = values["overage"] == Overage.REPORT
        yield gettext("More is allowed and told") if told else gettext("More is refused")
    yield str(NOT_VALID[EnforcementLevel(values["enforcement"])])
    stops = values["after_grace"] == AfterGrace.STOP
    yield gettext("After end and grace it stops") if stops else gettext("After end and grace it is read-only")
    if values["fallback"]:
        yield gettext("Versions published before the end go on running")
    hours, days = values["check_hours"], values["offline_grace_days"]
    yield _counted(ngettext("Asks again every hour", "Asks again every %(n)s hours", hours), hours)
    yield _counted(ngettext("%(n)s day without contact", "%(n)s days without contact", days), days)
    if files := OFFLINE.get(OfflineFiles(values["offline_files"])):
        yield str(files)


def _build(values: dict[str, Any]) -> Iterator[str]:
    for name in ("minimum_version", "maximum_version", "environments"):
        if values[name]:
            yield f"{LABELS[name]}: {value_text(name, values[name])}"
    if builds := len(values["checksums"]):
        yield _counted(ngettext("Only %(n)s build", "Only %(n)s builds", builds), builds)
    if values["model"] != LicenceModel.UNLIMITED and values["matching"] != Matching.MOST:
        yield f"{LABELS['matching']}: {value_text('matching', values['matching'])}"


def _counted(text: str, number: int) -> str:
    return text % {"n": number_text(number)}
