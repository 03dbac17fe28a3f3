"""Holders who were not seen for long are reminded by mail, after a page that shows whom, whom not, and the mail."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from django_scopes import scope

from torhaus.core import clock
from torhaus.frame.access import actor_of, public, viewer_may, viewer_of
from torhaus.frame.errors import too_many
from torhaus.frame.formatting import number_text
from torhaus.frame.seats import SeatFilterForm, holder_name, kind_name, kind_of
from torhaus.frame.throttling import count_about, count_attempt, log_failure
from torhaus.journeys.choose_seat_reminders import end_seat_reminders, resume_seat_reminders
from torhaus.journeys.mail_seat_reminders import languages_of, preview
from torhaus.journeys.remind_seats import RemindersChanged
from torhaus.journeys.remind_seats import remind_seats as remind_seats_deed
from torhaus.notices.letters import Letter
from torhaus.seats.models import Seat
from torhaus.seats.queries import seat_standing, seats_named
from torhaus.seats.refusals import SeatRefused
from torhaus.seats.reminders import (
    MOST,
    ReminderPlan,
    WhyNot,
    plan_reminders,
    remindable,
    reminder_across_customers,
    reminder_for_code,
    wanting_none,
)
from torhaus.seats.seat_list import SeatFilter, days_unseen, filtered_seats, in_order
from torhaus.web.seats.words import refusal_text
from torhaus.web.words import vendor_today

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

MOST_SHOWN = MOST_TICKED = 100
SENDINGS = 30  # within the window of throttling, by one customer
KEY = "seat_reminders"
LANGUAGES = {"de": gettext_lazy("German"), "en": gettext_lazy("English")}
REASONS: dict[WhyNot, "_StrPromise"] = {
    WhyNot.PENDING: ngettext_lazy(
        "%(n)s holder was invited and has not come yet; send the registration link again instead.",
        "%(n)s holders were invited and have not come yet; send the registration link again instead.",
        "n",
    ),
    WhyNot.SEEN: ngettext_lazy(
        "%(n)s holder was seen within the last seven days.", "%(n)s holders were seen within the last seven days.", "n"
    ),
    WhyNot.OPTED_OUT: ngettext_lazy(
        "%(n)s holder wants no more reminders.", "%(n)s holders want no more reminders.", "n"
    ),
    WhyNot.LATELY: ngettext_lazy(
        "%(n)s holder was reminded within the last seven days.",
        "%(n)s holders were reminded within the last seven days.",
        "n",
    ),
    WhyNot.THING: ngettext_lazy("%(n)s seat is held by no person.", "%(n)s seats are held by no person.", "n"),
}


@dataclass(frozen=True)
class Asked:
    """Somebody who is reminded, as the page shows it."""

    ref: str
    name: str
    mail: str
    kind: str
    days: int


@dataclass(frozen=True)
class Chosen:
    """Held seats that are meant, MOST at once; ``more``: more match, of which these are those to be reminded first."""

    seats: Sequence[Seat]
    more: bool = False


@viewer_may("manage_seats")
@require_http_methods(["GET", "HEAD", "POST"])
def remind_seats(request: HttpRequest) -> HttpResponse:
    """Show who is reminded and how, of the seats that are ticked or that the filter finds; confirmed, do it."""
    viewer = viewer_of(request)
    chosen = _chosen(request)
    if chosen is None:
        messages.info(
            request, _("No seat was chosen. Tick those whose holders are to be reminded, or filter the list.")
        )
        return redirect("web:seats")
    if request.method != "POST":
        return _show(request, plan_reminders(chosen.seats, clock.now()), chosen, "")
    if wait := count_about(viewer.customer_ref, door="remind_seats", limit=SENDINGS):
        return too_many(request, retry_after=wait, template="asked_too_often")
    try:
        plan = remind_seats_deed(
            contract_ref=viewer.contract_ref,
            seat_refs=[one.ref for one in chosen.seats],
            shown=request.POST.get("shown", ""),
            by=actor_of(request),
        )
    except RemindersChanged as error:
        said = _("Something changed since you looked. Nobody was reminded; these would be now.")
        return _show(request, error.plan, chosen, said, status=409)
    except SeatRefused as error:
        return _show(request, plan_reminders(chosen.seats, clock.now()), chosen, refusal_text(error), status=422)
    _tell(request, len(plan.seats))
    response = redirect("web:seats")
    response.status_code = 303
    return response


def _tell(request: HttpRequest, many: int) -> None:
    if not many:
        messages.info(
            request, _("Nobody was left to be reminded. Each holder gets at most one reminder in seven days.")
        )
        return
    said = ngettext("A reminder to %(n)s holder is on its way.", "Reminders to %(n)s holders are on their way.", many)
    messages.success(request, said % {"n": number_text(many)})


def _chosen(request: HttpRequest) -> Chosen | None:
    """Give the seats that are ticked, else those that the filter finds; None if there are none."""
    contract = viewer_of(request).contract
    given = request.POST if request.method == "POST" else request.GET
    if ticked := given.getlist("seat"):
        refs = [ref for ref in ticked[:MOST_TICKED] if ref.isascii() and "\x00" not in ref and len(ref) <= 12]
        found = seats_named(contract, refs)
        held = [found[ref] for ref in dict.fromkeys(refs) if ref in found and found[ref].released_at is None]
        return Chosen(held) if held else None
    _vendor, today = vendor_today(request)
    kinds = [(one.key, kind_name(one)) for one in seat_standing(contract, today)]
    form = SeatFilterForm(given, kinds=kinds)
    wanted = form.wanted()
    if not wanted or not form.is_valid():  # without a filter everybody would be meant
        return None
    return _found(request, wanted)


def _found(request: HttpRequest, wanted: SeatFilter) -> Chosen | None:
    """Give those who were not seen for longest. Where more match, those who get no mail now make room for the next."""
    now = clock.now()
    found = filtered_seats(viewer_of(request).contract, wanted, now)
    first = list(in_order(found, "seen").select_related("kind")[: MOST + 1])
    if len(first) > MOST:
        return Chosen(list(in_order(remindable(found, now), "seen").select_related("kind")[:MOST]), more=True)
    return Chosen(first) if first else None


def _show(request: HttpRequest, plan: ReminderPlan, chosen: Chosen, wrong: str, status: int = 200) -> HttpResponse:
    viewer, now = viewer_of(request), clock.now()
    given = request.POST if request.method == "POST" else request.GET
    sent = [
        (name, value)
        for name in ("seat", "text", "kind", "state", "unseen")
        for value in given.getlist(name)[:MOST_TICKED]
    ]
    context = {
        "wrong": wrong,
        "people": [
            Asked(one.ref, holder_name(one), one.mail if one.name else "", kind_of(one), days_unseen(one, now))
            for one in plan.seats[:MOST_SHOWN]
        ],
        "total": len(plan.seats),
        "more": len(plan.seats) - MOST_SHOWN,
        "full": chosen.more,
        "most": MOST,
        "reasons": [str(REASONS[why] % {"n": many}) for why, many in sorted(plan.skipped.items())],
        "letters": _letters(request, plan.seats),
        "sent": sent,
        "shown": plan.digest,
        "customer": viewer.contract.customer.name,
    }
    return render(request, "web/seats/remind_seats.html", context, status=status)


def _letters(request: HttpRequest, seats: Sequence[Seat]) -> list[tuple[str, int, Letter]]:
    """Give the mail once in each language that holders read, as the first of them gets it, and how many get it so."""
    contract = viewer_of(request).contract
    languages = languages_of(contract.customer, seats)
    found = []
    for language, some in groupby(sorted(seats, key=lambda one: languages[one.mail]), lambda one: languages[one.mail]):
        these = list(some)
        found.append((str(LANGUAGES.get(language, language)), len(these), preview(contract, these[0], language)))
    return found


@public
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def open_seat_reminders(request: HttpRequest, ref: str, code: str) -> HttpResponse:
    """Lead a person on to the page that asks, and end the mails at once for a mail program that posts (RFC 8058)."""
    attempt = count_attempt(request, door=KEY)
    if attempt.wait:
        return too_many(request, retry_after=attempt.wait, template="link_tried_too_often")
    seat = reminder_for_code(ref, code) if ref.isascii() and "\x00" not in ref else None
    if seat is None:
        log_failure(request, door=KEY, reason="unknown or old link")
        request.session.pop(KEY, None)
        return HttpResponse(status=404) if request.method == "POST" else redirect("web:end_seat_reminders")
    attempt.succeeded()
    if request.method == "POST":
        end_seat_reminders(reminder=seat.reminder, by=actor_of(request))
        return HttpResponse(status=200)
    request.session[KEY] = seat.reminder
    return redirect("web:end_seat_reminders")


@public
@require_http_methods(["GET", "HEAD", "POST"])
def choose_reminders(request: HttpRequest) -> HttpResponse:
    """Ask the holder whether to send no more reminders, or some again, and do so; 410 where nobody holds the seat by now."""
    seat = reminder_across_customers(str(request.session.get(KEY, "")))
    if seat is None:
        return render(request, "web/seats/reminders_over.html", status=410)
    customer, again = seat.contract.customer, "again" in request.POST
    held = True
    if request.method == "POST":
        change = resume_seat_reminders if again else end_seat_reminders
        with suppress(SeatRefused):
            held = change(reminder=seat.reminder, by=actor_of(request))
    if not held:
        return render(request, "web/seats/reminders_over.html", status=410)
    with scope(customer=customer.pk, customer_ref=customer.ref):
        done = bool(wanting_none({seat.mail}))
    context = {"done": done, "again": again and not done, "kind": kind_of(seat), "customer": customer.name}
    return render(request, "web/seats/end_reminders.html", context)
