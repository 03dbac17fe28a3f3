"""What staff call a ticket's state, its time left, and why a merge is refused."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from torhaus.frame.formatting import number_text
from torhaus.frame.words import Look
from torhaus.support.models import TicketState
from torhaus.support.time_left import TimeLeft, Urgency

TICKET_LOOKS = {
    TicketState.OPEN: Look("info", "message-circle-question-mark", gettext_lazy("To be answered")),
    TicketState.WAITING: Look("", "hourglass", gettext_lazy("Customer’s turn")),
    TicketState.CLOSED: Look("ok", "check", gettext_lazy("Closed")),
    TicketState.MERGED: Look("", "merge", gettext_lazy("Merged")),
}
MERGE_REFUSALS = {
    "unknown": gettext_lazy("There is no ticket with this number. Look it up in the list of tickets."),
    "itself": gettext_lazy("This is the ticket itself. Enter the number of another one."),
    "merged": gettext_lazy("This ticket was merged already."),
    "customer": gettext_lazy("That ticket belongs to another customer, who must not read this one."),
    "contract": gettext_lazy(
        "That ticket belongs to another contract of this customer. Whoever sees one contract need not see the other."
    ),
    "closed": gettext_lazy("That ticket is closed. Open it again first, or choose another one."),
}
_TONES = {
    Urgency.OVERDUE: ("bad", "triangle-alert"),
    Urgency.SOON: ("warn", "clock-alert"),
    Urgency.LATER: ("", "clock"),
}


def time_look(left: TimeLeft) -> Look:
    """Say how much time is left: colour, icon and words."""
    tone, icon = _TONES[left.urgency]
    if left.urgency is Urgency.OVERDUE:
        # On a weekend an answer may be late without a minute of business time having passed.
        return Look(tone, icon, _("over by %s") % span_text(left.minutes) if left.minutes else _("overdue"))
    return Look(tone, icon, _("%s left") % span_text(left.minutes) if left.minutes else _("due now"))


def span_text(minutes: int) -> str:
    """Say a span of business time: ``2 h 10 min``."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)s min") % {"minutes": rest}
    if not rest:
        return _("%(hours)s h") % {"hours": number_text(hours)}
    return _("%(hours)s h %(minutes)s min") % {"hours": number_text(hours), "minutes": rest}
