"""What a ticket's state is called for the customer, and how it looks."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from torhaus.frame.words import Look
from torhaus.support.models import TicketState

TICKET_LOOKS = {
    TicketState.OPEN: Look("info", "hourglass", pgettext_lazy("ticket", "With us")),
    TicketState.WAITING: Look("warn", "message-circle-reply", pgettext_lazy("ticket", "Waiting for you")),
    TicketState.CLOSED: Look("", "check", pgettext_lazy("ticket", "Closed")),
    TicketState.MERGED: Look("", "git-merge", _("Merged")),
}
