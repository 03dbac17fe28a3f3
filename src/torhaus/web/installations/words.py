"""How the pages put installations into words: their state, environment, and what the licence allows."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from torhaus.frame.formatting import number_text
from torhaus.frame.words import ENVIRONMENTS, Look
from torhaus.licensing.grants import Policy
from torhaus.licensing.installation_list import Places, Shown
from torhaus.licensing.models import Installation, Licence, RemovedBy

STATES = {
    Shown.RUNNING: pgettext_lazy("installation", "Running"),
    Shown.QUIET: gettext_lazy("Not seen for days"),
    Shown.REMOVED: pgettext_lazy("installation", "Removed"),
}
_SUSPENDED = gettext_lazy("Licence suspended")
REMOVED_BY = {
    RemovedBy.PRODUCT: gettext_lazy("by the product itself"),
    RemovedBy.CUSTOMER: gettext_lazy("in this portal"),
    RemovedBy.STAFF: gettext_lazy("by our staff"),
}


def environment_text(environment: str) -> str:
    """Give what an environment is called; the vendor's own words stay as they are."""
    return str(ENVIRONMENTS.get(environment, environment))


def name_of(installation: Installation) -> str:
    """Give what an installation is called, or its reference where nobody named it."""
    return installation.name or installation.ref


def look_of(state: Shown, quiet_days: int, *, suspended: bool) -> Look:
    """Give how an installation's state looks; one that asks us of a suspended licence is not well."""
    if state is Shown.REMOVED:
        return Look("", "circle-x", STATES[state])
    if suspended:
        return Look("warn", "ban", _SUSPENDED)
    if state is Shown.RUNNING:
        return Look("ok", "check", STATES[state])
    text = ngettext("Not seen for %(n)s day", "Not seen for %(n)s days", quiet_days)
    return Look("warn", "clock", text % {"n": number_text(quiet_days)})


def allowed_words(policy: Policy, licence: Licence, places: Places) -> str:
    """Say how many installations the licence allows and how many are in use; test installations apart."""
    limit, used = policy.max_installations, licence.installations
    values = {"max": number_text(limit or 0), "n": number_text(used)}
    if limit is None:
        said = ngettext(
            "Your licence does not limit installations; %(n)s is in use.",
            "Your licence does not limit installations; %(n)s are in use.",
            used,
        )
    elif limit == 1:
        said = ngettext(
            "Your licence allows one installation; %(n)s is in use.",
            "Your licence allows one installation; %(n)s are in use.",
            used,
        )
    else:
        said = ngettext(
            "Your licence allows %(max)s installations; %(n)s is in use.",
            "Your licence allows %(max)s installations; %(n)s are in use.",
            used,
        )
    words = [said % values]
    if limit is not None and used >= limit:
        words.append(_full_words(policy, limit, used))
    if places.tests:
        tests = ngettext(
            "%(n)s test installation does not count.", "%(n)s test installations do not count.", places.tests
        )
        words.append(tests % {"n": number_text(places.tests)})
    return " ".join(words)


def _full_words(policy: Policy, limit: int, used: int) -> str:
    ceiling = policy.ceiling(limit)
    if ceiling is None:
        return _("More may be activated; we hear of it and talk to you.")
    if used < ceiling:
        return _("Up to %(ceiling)s are tolerated.") % {"ceiling": number_text(ceiling)}
    return _("To activate another one, remove one first or talk to us.")


def lease_words(policy: Policy, running: int) -> str:
    """Say of a floating licence how many may run at the same time, and how many do."""
    if policy.max_leases is None:
        said = ngettext("%(n)s runs at the moment.", "%(n)s run at the moment.", running)
    else:
        said = ngettext(
            "At most %(max)s may run at the same time; %(n)s does now.",
            "At most %(max)s may run at the same time; %(n)s do now.",
            running,
        )
    return said % {"max": number_text(policy.max_leases or 0), "n": number_text(running)}
