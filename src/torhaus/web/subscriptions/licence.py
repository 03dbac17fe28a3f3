"""The licence in words: its kind and model, its limits, its end and what comes after it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from torhaus.core.texts import Texts
from torhaus.frame.formatting import day_text, number_text
from torhaus.frame.words import CONTRACT_KINDS
from torhaus.licensing.grants import Grants, Policy, read_grants
from torhaus.licensing.models import AfterGrace, Licence, LicenceModel
from torhaus.subscriptions.models import ContractKind
from torhaus_sdk.answers import Enforcement

_ENFORCEMENT = {
    Enforcement.ADVISE: gettext_lazy("Your product only tells you; it goes on working."),
    Enforcement.DEGRADE: gettext_lazy("Your product may only allow reading."),
    Enforcement.BLOCK: gettext_lazy("Your product may stop working."),
}
_AFTER = {
    AfterGrace.READ_ONLY: gettext_lazy("Afterwards your product may only allow reading."),
    AfterGrace.STOP: gettext_lazy("Afterwards your product may stop working."),
}


@dataclass(frozen=True)
class Trial:
    """An evaluation: its last day, and how many days are left; None once it is over."""

    last_day: date
    days_left: int | None


@dataclass(frozen=True)
class LicenceCard:
    """A licence as the page shows it: what it says, point by point."""

    ref: str
    product: Texts
    facts: list[tuple[str, str]]
    trial: Trial | None


def licence_card(licence: Licence, *, now: datetime, zone: str, offline_days: int) -> LicenceCard:
    """Give a kept licence in words; ``offline_days`` is how long an offline licence lasts."""
    grants = read_grants(licence.grants)
    return LicenceCard(
        ref=licence.ref,
        product=licence.product.name,
        facts=list(_facts(grants, int(now.timestamp()), ZoneInfo(zone), offline_days)),
        trial=_trial(grants, int(now.timestamp()), ZoneInfo(zone)),
    )


def _facts(grants: Grants, now: int, zone: ZoneInfo, offline_days: int) -> Iterator[tuple[str, str]]:
    policy = grants.policy
    yield _("Licence type"), str(CONTRACT_KINDS[ContractKind(grants.kind)])
    yield _("Model"), _model(policy)
    yield _("Valid until"), _end(grants, now, zone)
    if grants.maintained_until is not None:
        yield _("Maintained until"), day_text(_last_day(grants.maintained_until, zone))
    if grants.ends_at is not None:
        yield _("After the end"), _after(grants)
    yield _("Without a connection"), _offline(policy, offline_days)
    yield _("If the licence is not valid"), str(_ENFORCEMENT[Enforcement(policy.enforcement)])


def _model(policy: Policy) -> str:
    if policy.model == LicenceModel.UNLIMITED:
        return _("Any number of installations")
    machines = _machines(policy.max_installations)
    if policy.model == LicenceModel.NODE_LOCKED:
        return _("Bound to machines: %(machines)s") % {"machines": machines}
    if policy.max_leases is None:
        return _("Floating: %(machines)s") % {"machines": machines}
    values = {"max": number_text(policy.max_leases), "machines": machines}
    return _("Floating: at most %(max)s at the same time, %(machines)s") % values


def _machines(limit: int | None) -> str:
    if limit is None:
        return _("any number of installations")
    return ngettext("at most %(n)s installation", "at most %(n)s installations", limit) % {"n": number_text(limit)}


def _end(grants: Grants, now: int, zone: ZoneInfo) -> str:
    if grants.ends_at is None:
        return _("No expiry")
    day = day_text(_last_day(grants.ends_at, zone))
    if now >= grants.ends_at:
        return _("%(day)s (over)") % {"day": day}
    left = _days_left(grants.ends_at, now, zone)
    if left == 0:
        return _("%(day)s (last day today)") % {"day": day}
    return ngettext("%(day)s (%(n)s day left)", "%(day)s (%(n)s days left)", left) % {
        "day": day,
        "n": number_text(left),
    }


def _after(grants: Grants) -> str:
    words = []
    if grants.kind == ContractKind.EVALUATION:
        words.append(_("An evaluation ends by itself and never becomes a paid contract."))
    if grants.grace_days:
        grace = ngettext(
            "Everything goes on for %(n)s more day.", "Everything goes on for %(n)s more days.", grants.grace_days
        )
        words.append(grace % {"n": number_text(grants.grace_days)})
    if grants.policy.fallback:
        words.append(_("Versions published until then go on working for good."))
    words.append(str(_AFTER[AfterGrace(grants.policy.after_grace)]))
    return " ".join(words)


def _offline(policy: Policy, offline_days: int) -> str:
    goes_on = ngettext(
        "Your product goes on for %(n)s day without reaching us.",
        "Your product goes on for %(n)s days without reaching us.",
        policy.offline_grace_days,
    )
    file = ngettext(
        "An offline licence lasts up to %(n)s day.", "An offline licence lasts up to %(n)s days.", offline_days
    )
    days = {"n": number_text(policy.offline_grace_days)}
    return f"{goes_on % days} {file % {'n': number_text(offline_days)}}"


def _trial(grants: Grants, now: int, zone: ZoneInfo) -> Trial | None:
    if grants.kind != ContractKind.EVALUATION or grants.ends_at is None:
        return None
    left = _days_left(grants.ends_at, now, zone) if now < grants.ends_at else None
    return Trial(_last_day(grants.ends_at, zone), left)


def _days_left(end: int, now: int, zone: ZoneInfo) -> int:
    """Give how many days follow today's, counted by the calendar: clocks that change between now and then do not matter."""
    return (_last_day(end, zone) - datetime.fromtimestamp(now, UTC).astimezone(zone).date()).days


def _last_day(end: int, zone: ZoneInfo) -> date:
    """Give the last day of what ends at an instant."""
    return (datetime.fromtimestamp(end, UTC) - timedelta(seconds=1)).astimezone(zone).date()
