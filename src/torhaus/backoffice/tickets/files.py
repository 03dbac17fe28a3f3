"""Files that came with a ticket's messages, for staff: to keep, never to show."""

import logging

from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from torhaus.frame.access import staff_may
from torhaus.frame.sending import send_stored_file, sends_files
from torhaus.support.desk import attachment_across_customers

_log = logging.getLogger(__name__)


@staff_may("handle_tickets")
@sends_files
@require_safe
def ticket_attachment(request: HttpRequest, ref: str) -> HttpResponseBase:
    """Give an attached file; wherever it is shown all the same, it may run nothing."""
    found = attachment_across_customers(ref)
    if found is None:
        raise Http404
    try:
        response = send_stored_file(
            request, key=found.key, size=found.size, name=found.name, content_type=found.content_type
        )
    except FileNotFoundError:
        _log.exception("the attachment %s is not in the store", found.ref)
        raise Http404 from None
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
