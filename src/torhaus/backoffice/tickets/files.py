"""Files that came with a ticket's messages, for staff: to keep, never to show."""

from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from torhaus.frame.access import staff_may
from torhaus.frame.sending import send_uploaded_file, sends_files
from torhaus.support.desk import attachment_across_customers


@staff_may("handle_tickets")
@sends_files
@require_safe
def ticket_attachment(request: HttpRequest, ref: str) -> HttpResponseBase:
    """Give an attached file; wherever it is shown all the same, it may run nothing."""
    found = attachment_across_customers(ref)
    if found is None:
        raise Http404
    return send_uploaded_file(
        request,
        about=f"the attachment {found.ref}",
        key=found.key,
        size=found.size,
        name=found.name,
        content_type=found.content_type,
    )
