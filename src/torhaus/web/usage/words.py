"""How the pages put meters into words: how near to the allowance, and what happens beyond it."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from torhaus.frame.formatting import number_text
from torhaus.frame.words import Look
from torhaus.licensing.grants import Policy
from torhaus.usage.queries import Metered
from torhaus.usage.rules import Tone
from torhaus_sdk.answers import Enforcement

_FULL = Look("warn", "triangle-alert", gettext_lazy("Used up"))
_LOOKS = {
    Tone.FINE: Look("ok", "check", gettext_lazy("Enough free")),
    Tone.OVER: Look("bad", "circle-alert", gettext_lazy("Exceeded")),
}


def look_of(one: Metered) -> Look | None:
    """Give how a meter stands; nothing where there is no allowance or no reading."""
    if one.total is None or one.used is None:
        return None
    if one.total and one.used == one.total:
        return _FULL
    if one.tone in _LOOKS:
        return _LOOKS[one.tone]
    text = _("%(percent)s %% used") % {"percent": one.percent}
    return Look("warn", "triangle-alert", text) if one.tone is Tone.WARN else Look("info", "info", text)


def beyond_words(policy: Policy, total: int | None) -> str:
    """Say what happens when more is used than ``total``; nothing without an allowance."""
    if total is None:
        return ""
    ceiling = policy.ceiling(total)
    if ceiling is None or policy.enforcement == Enforcement.ADVISE:
        return _("If more is used than booked, your product goes on working; we hear of it and talk to you.")
    if ceiling > total:
        said = _(
            "Up to %(ceiling)s are tolerated. Beyond that your product may only allow reading until less is used"
            " or more is booked."
        )
        return said % {"ceiling": number_text(ceiling)}
    return _("If more is used than booked, your product may only allow reading until less is used or more is booked.")
