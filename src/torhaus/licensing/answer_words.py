"""What an answer says in the caller's language: one sentence for each code, for the person who uses the product."""

from functools import lru_cache

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from torhaus_sdk.answers import Code

LANGUAGES = ("de", "en")

_SENTENCES = {
    Code.SUSPENDED: _("The licence is suspended. Please ask the vendor’s sales team."),
    Code.NOT_STARTED: _("The licence is not valid yet: its term begins later."),
    Code.PRODUCT_NOT_LICENSED: _("The licence token belongs to a contract for another product."),
    Code.NOTHING_BOOKED: _("Nothing is booked in this contract at the moment. Please ask the vendor’s sales team."),
    Code.EXPIRED: _("The licence has ended. Renew it to go on working."),
    Code.EDITION_MISMATCH: _("The contract is for another edition of the product."),
    Code.ENVIRONMENT_REQUIRED: _("The product has to say in which environment it runs."),
    Code.ENVIRONMENT_NOT_ALLOWED: _("The licence is not meant for this environment."),
    Code.VERSION_REQUIRED: _("The product has to say which version it is."),
    Code.VERSION_NOT_ALLOWED: _("The licence does not cover this version of the product."),
    Code.VERSION_NOT_MAINTAINED: _("This version was published after maintenance ended. Older versions go on running."),
    Code.CHECKSUM_REQUIRED: _("The product has to send the checksum of its build."),
    Code.CHECKSUM_MISMATCH: _("This build is not one of the vendor’s. Please fetch the product from the portal again."),
    Code.INSTALLATION_REQUIRED: _("This installation has to be activated first."),
    Code.INSTALLATION_UNKNOWN: _("This licence does not know the installation. Please activate it again."),
    Code.INSTALLATION_REMOVED: _("This installation was removed. An administrator can activate it again."),
    Code.FINGERPRINT_REQUIRED: _("The product has to send the fingerprint of its machine."),
    Code.FINGERPRINT_MISMATCH: _("The product runs on another machine than the one it was activated on."),
    Code.TOO_MANY_INSTALLATIONS: _("More installations are active than the contract allows. Remove one or book more."),
    Code.LEASE_REQUIRED: _("This installation has not taken a place of the licence yet."),
    Code.LEASE_EXPIRED: _("The place of this installation ran out; it has to be taken again."),
    Code.TOO_MANY_LEASES: _("All places of the licence are in use. Try again when one is free, or book more."),
    Code.FEATURE_MISSING: _("Something the product needs is not booked."),
    Code.ALLOWANCE_EXCEEDED: _("More is used than is booked. What is there stays usable; book more to add to it."),
    Code.IN_GRACE: _("The licence has ended; its period of grace is running. Please renew it."),
    Code.FALLBACK: _("The licence has ended; this version goes on running, without updates."),
    Code.OVERAGE: _("More is used than is booked. The vendor tolerates it for now."),
    Code.VALID: _("The licence is valid."),
    Code.ENDS_SOON: _("The licence ends soon."),
    Code.ALLOWANCE_NEAR: _("Most of what is booked is used."),
    Code.CHECK_OVERDUE: _("This installation was not heard of for a long time."),
}
_REMOVED = {
    "product": _("This installation was deactivated by the product. Activate it again to use it."),
    "customer": _("This installation was removed in the customer portal. An administrator can activate it again."),
    "staff": _("This installation was removed by the vendor. Please ask the vendor’s support."),
}
# These name what they are about.
_NAMED = {
    Code.FEATURE_MISSING: _("The product needs something that is not booked: %(names)s."),
    Code.ALLOWANCE_EXCEEDED: _("More is used than is booked: %(names)s. What is there stays usable."),
    Code.ALLOWANCE_NEAR: _("Most of what is booked is used: %(names)s."),
    Code.OVERAGE: _("More is used than is booked: %(names)s. The vendor tolerates it for now."),
}


@lru_cache(maxsize=1024)
def sentence(code: Code, subjects: tuple[str, ...], language: str) -> str:
    """Give the sentence of a finding about ``subjects`` (keys) in a language of :data:`LANGUAGES`."""
    with translation.override(language):
        if code is Code.INSTALLATION_REMOVED and subjects and subjects[0] in _REMOVED:
            return str(_REMOVED[subjects[0]])
        if subjects and code in _NAMED:
            return str(_NAMED[code]) % {"names": ", ".join(subjects)}
        return str(_SENTENCES[code])
