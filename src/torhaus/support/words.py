"""What is said about tickets on pages and in mails alike: why a file is not taken."""

from django.utils.translation import gettext as _

from torhaus.support.attachments import Refusal, Why, largest_file, largest_in_a_day, largest_together
from torhaus.support.file_kinds import KINDS, MOST_FILES

_MIB = 1024 * 1024


def refusal_text(refusal: Refusal) -> str:
    """Say in the reader's language why a file is not taken, and what to do."""
    values = {
        "name": refusal.name,
        "size": largest_file() // _MIB,
        "together": largest_together() // _MIB,
        "day": largest_in_a_day() // _MIB,
        "most": MOST_FILES,
        "kinds": kinds_text(),
        "said": refusal.said,
    }
    return _reason(refusal) % values


def kinds_text() -> str:
    """Give the endings of the files that are taken."""
    return ", ".join(kind for kind in KINDS if kind != "jpeg")


def _reason(refusal: Refusal) -> str:
    texts = {
        Why.EMPTY: _("%(name)s is empty. Choose the file again."),
        Why.TOO_LARGE: _("%(name)s is larger than %(size)d MiB. Compress it, or attach only the part that matters."),
        Why.TOO_MANY: _(
            "%(name)s is one file too many: at most %(most)d can be attached. Put several into a ZIP file."
        ),
        Why.TOGETHER_TOO_LARGE: _("The files together are larger than %(together)d MiB. Leave some out."),
        Why.TOO_MUCH_TODAY: _(
            "%(name)s is beyond the %(day)d MiB that can be attached for one contract within 24 hours. "
            "Send it tomorrow, or send without it."
        ),
        Why.KIND: _("%(name)s is of a kind that is not taken. These are: %(kinds)s."),
        Why.CONTENT: _("%(name)s does not hold what its name says. Attach the file as it was made."),
        Why.NOT_CHECKED: _("%(name)s cannot be checked for viruses right now. Try again later, or send without it."),
        Why.NOT_STORED: _("%(name)s cannot be kept right now. Try again later, or send without it."),
    }
    if refusal.why is Why.INFECTED:
        if refusal.said:
            return _("%(name)s was refused, because the virus check objected: %(said)s")
        return _("%(name)s was refused, because the virus check objected to it.")
    return texts[refusal.why]
