"""Why a request to publish was refused, in words."""

from django.utils.translation import gettext as _

from torhaus.journeys.publish_requested import FILES_GONE, GAVE_UP
from torhaus.releases import refusals


def refusal_text(reason: str, detail: str) -> str:
    """Give the sentence for a reason; one that is no more is shown as it stands."""
    if reason == FILES_GONE:
        return _("The uploaded files are no longer on the server. Upload them again.")
    if reason == GAVE_UP:
        return _("The server could not finish it. Tell its administrator; the failed jobs say more.")
    if reason not in set(refusals.Refusal):
        return f"{reason} {detail}".strip()
    return refusals.refusal_text(reason, detail)
