"""Who holds a customer's seats, for staff who help: found again among very many, and sent another link."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from torhaus.backoffice.finding import ROWS, rights_of, sort_of, the_contract, within
from torhaus.core import clock
from torhaus.frame.access import actor_of, staff_may
from torhaus.frame.errors import too_many
from torhaus.frame.seats import (
    MAILS_TO_ONE_HOLDER,
    SeatFilterForm,
    holder_name,
    kind_name,
    look_of,
    names_of_kinds,
    seats_shown,
    until_text,
)
from torhaus.frame.templatetags.torhaus import badge
from torhaus.frame.throttling import count_about
from torhaus.frame.viewers import vendor_of
from torhaus.journeys.mail_seat_registration import mail_seat_registration as mail_seat_registration_deed
from torhaus.notices.letters import MailRefused
from torhaus.seats.models import Seat, SeatState
from torhaus.seats.queries import seat_of, seat_standing
from torhaus.seats.refusals import SeatRefused
from torhaus.seats.seat_list import SORTS
from torhaus.seats.seat_pages import seek
from torhaus.vendor.queries import the_vendor


@dataclass(frozen=True, slots=True)
class Row:
    """A seat as staff see it; ``waits``: its holder has not come and can be written to."""

    ref: str
    name: str
    mail: str
    organisation: str
    kind: str
    badge: SafeString
    until: str
    last_seen_at: datetime | None
    waits: bool


@staff_may("see_seats")
@require_safe
def seats(request: HttpRequest, ref: str) -> HttpResponse:
    """Show how each kind of a contract's seats stands, and the seats that the filter wants."""
    contract, now = the_contract(ref), clock.now()
    vendor = vendor_of(request) or the_vendor()
    sort = sort_of(request, SORTS)
    with within(contract.customer):
        kinds = seat_standing(contract, clock.today(vendor.time_zone))
        form = SeatFilterForm(request.GET, kinds=[(one.key, kind_name(one)) for one in kinds])
        wanted = form.wanted()
        sought = seek(contract, wanted, sort, kinds=kinds, now=now)
        page, found = seats_shown(request, sought, ROWS)
    names = names_of_kinds(kinds)
    page.object_list = [_row(one, names.get(one.kind_id, ""), now) for one in found]
    context = {
        "contract": contract,
        "customer": contract.customer,
        "kinds": [(kind_name(one), one.count) for one in kinds],
        "form": form,
        "filtered": bool(wanted) or not form.is_valid(),
        "page": page,
        "sort": sort,
        "rights": rights_of(request),
    }
    return render(request, "backoffice/seats/seats.html", context)


def _row(one: Seat, kind: str, now: datetime) -> Row:
    look = look_of(one, now)
    return Row(
        ref=one.ref,
        name=holder_name(one),
        mail=one.mail if one.name else "",
        organisation=one.organisation,
        kind=kind,
        badge=badge(look.tone, look.icon, str(look.text)),
        until=until_text(one),
        last_seen_at=one.last_seen_at,
        waits=one.state == SeatState.INITIATED and bool(one.mail),
    )


@staff_may("mail_seat_registration")
@require_POST
def mail_seat_registration(request: HttpRequest, ref: str, seat: str) -> HttpResponse:
    """Send the holder of a seat another link; however often staff and customer ask, a mailbox gets few."""
    contract = the_contract(ref)
    with within(contract.customer):
        found = seat_of(contract, seat) if seat.isascii() and "\x00" not in seat else None
    if found is None or found.released_at is not None or not found.mail:
        raise Http404
    if wait := count_about(found.mail.casefold(), door="seat_mail", limit=MAILS_TO_ONE_HOLDER):
        return too_many(request, retry_after=wait, template="asked_too_often")
    try:
        mail_seat_registration_deed(contract_ref=contract.ref, seat_ref=found.ref, by=actor_of(request))
    except SeatRefused:
        messages.info(request, _("No link is needed: the holder has come, or the seat was released."))
    except MailRefused:
        messages.error(request, _("Nobody can be written to at this address. Ask the customer to correct it."))
    else:
        said = _("A new link to %(mail)s is on its way. It works once, for seven days.")
        messages.success(request, said % {"mail": found.mail})
    response = redirect("backoffice:seats", ref=contract.ref)
    response.status_code = 303
    return response
