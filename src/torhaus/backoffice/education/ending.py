"""Staff end education terms before their time: when and why, then what it comes to, then the deed."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from torhaus.backoffice.education.forms import EndForm, earlier_refused
from torhaus.backoffice.finding import within
from torhaus.core import clock
from torhaus.frame.access import actor_of, staff_may
from torhaus.journeys.end_education import NotEarlier, NothingToEnd, ending_of
from torhaus.journeys.end_education import end_education as end_education_deed
from torhaus.subscriptions.education import education_of, education_request_across_customers
from torhaus.subscriptions.models import EducationRequest
from torhaus.vendor.queries import the_vendor


@staff_may("decide_education")
@require_http_methods(["GET", "HEAD", "POST"])
def end_education(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask for the last day and the reason, show what the customer pays then, and end the terms once confirmed."""
    mark = _the_mark(ref)
    if mark is None or mark.ends_on is None:
        messages.info(request, _nothing())
        return redirect("backoffice:education_request", ref=ref)
    today = clock.today(the_vendor().time_zone)
    if request.method != "POST":
        form = EndForm(initial={"last_day": today}, today=today, ends_on=mark.ends_on)
        return _show(request, mark, form)
    form, step = EndForm(request.POST, today=today, ends_on=mark.ends_on), request.POST.get("step", "")
    if step == "change" or not form.is_valid():
        return _show(request, mark, form, status=200 if step == "change" else 422)
    if step != "confirm":
        return _show(request, mark, form, ending=ending_of(mark, form.cleaned_data["last_day"]))
    return _end(request, mark, form)


def _end(request: HttpRequest, mark: EducationRequest, form: EndForm) -> HttpResponse:
    said = form.cleaned_data
    try:
        mails = end_education_deed(
            request_ref=mark.ref, last_day=said["last_day"], reason=said["reason"], by=actor_of(request)
        )
    except NothingToEnd:
        messages.info(request, _nothing())
    except NotEarlier:  # midnight passed, or somebody else ended them earlier since the form was read
        fresh = _the_mark(mark.ref) or mark
        stands = fresh.ends_on or said["last_day"]
        form.add_error("last_day", earlier_refused(clock.today(the_vendor().time_zone), stands))
        return _show(request, fresh, form, status=422)
    else:
        text = _("The terms end. The customer gets a mail with the reason.")
        if not mails:
            text = _("The terms end. Nobody at the customer can be written to: tell them yourself.")
        messages.success(request, text)
    return redirect("backoffice:education_request", ref=mark.ref)


def _the_mark(ref: str) -> EducationRequest | None:
    """Give the mark that a request is today, with contract and customer; None if it is none that holds.

    Raises:
        Http404: no such request.
    """
    found = education_request_across_customers(ref)
    if found is None:
        raise Http404
    with within(found.contract.customer):
        mark = education_of(found.contract_id, clock.today(the_vendor().time_zone)).in_force
    return found if mark is not None and mark.pk == found.pk else None


def _nothing() -> str:
    return _("These education terms do not hold any more, or newer ones took their place. Nothing was changed.")


def _show(request: HttpRequest, mark: EducationRequest, form: EndForm, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        "row": mark,
        "contract": mark.contract,
        "customer": mark.contract.customer,
        "form": form,
        "currency": the_vendor().currency,
        **more,
    }
    return render(request, "backoffice/education/end_education.html", context, status=status)
