"""The work list of education terms: what waits, what is to be checked anew, and one request with its proof."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_scopes import scopes_disabled

from torhaus.backoffice.education.forms import GrantForm, RefuseForm, end_refused
from torhaus.backoffice.finding import page_of_all, within
from torhaus.core import clock
from torhaus.frame.access import actor_of, staff_may
from torhaus.frame.sending import send_uploaded_file, sends_files
from torhaus.journeys.decide_education import EndNotPossible
from torhaus.journeys.decide_education import grant_education as grant_education_deed
from torhaus.journeys.decide_education import refuse_education as refuse_education_deed
from torhaus.subscriptions.education import (
    EducationDecided,
    education_of,
    education_request_across_customers,
    education_requests_across_customers,
    marks_to_check_across_customers,
    proof_is_forgotten,
)
from torhaus.subscriptions.education_rules import OPEN_PROOF_KEPT, PROOF_KEPT, usual_end
from torhaus.subscriptions.models import EducationRequest, EducationState
from torhaus.vendor.queries import the_vendor

# So many marks stand below the requests; the list goes on once some of them are checked.
SHOWN = 50


@staff_may("decide_education")
@require_safe
def education_requests(request: HttpRequest) -> HttpResponse:
    """Show the requests that wait, the oldest first, and the marks that end soon or ended lately."""
    today = clock.today(the_vendor().time_zone)
    with scopes_disabled():
        marks = list(marks_to_check_across_customers(today)[: SHOWN + 1])
    context = {
        "page": page_of_all(request, education_requests_across_customers()),
        "marks": marks[:SHOWN],
        "more": len(marks) > SHOWN,
        "today": today,
    }
    return render(request, "backoffice/education/education_requests.html", context)


@staff_may("decide_education")
@require_safe
def education_request(request: HttpRequest, ref: str) -> HttpResponse:
    """Show a request with its proof, beside what the contract has now."""
    return _show(request, _the_request(ref))


@staff_may("decide_education")
@require_POST
def grant_education(request: HttpRequest, ref: str) -> HttpResponse:
    """Mark the contract with education terms."""
    found, form = _the_request(ref), GrantForm(request.POST, today=clock.today(the_vendor().time_zone))
    if not form.is_valid():
        return _show(request, found, grant=form, status=422)
    said = form.cleaned_data
    try:
        grant_education_deed(request_ref=ref, ends_on=said["ends_on"], percent=said["percent"], by=actor_of(request))
    except EducationDecided:
        messages.info(request, _decided())
    except EndNotPossible:  # midnight passed since the form was read
        said_of_day = end_refused(clock.today(the_vendor().time_zone))
        form.add_error("ends_on", _("Nothing was granted: a new day has begun.") + " " + said_of_day)
        return _show(request, found, grant=form, status=422)
    else:
        text = _("%(customer)s has education terms from today on, and gets a mail.")
        messages.success(request, text % {"customer": found.contract.customer.name})
    return redirect("backoffice:education_requests")


@staff_may("decide_education")
@require_POST
def refuse_education(request: HttpRequest, ref: str) -> HttpResponse:
    """Refuse a request, with a reason."""
    found, form = _the_request(ref), RefuseForm(request.POST)
    if not form.is_valid():
        return _show(request, found, refuse=form, status=422)
    try:
        refuse_education_deed(request_ref=ref, reason=form.cleaned_data["reason"], by=actor_of(request))
    except EducationDecided:
        messages.info(request, _decided())
    else:
        messages.success(request, _("The request was refused. The customer gets a mail with the reason."))
    return redirect("backoffice:education_requests")


@staff_may("decide_education")
@sends_files
@require_safe
def education_proof(request: HttpRequest, ref: str) -> HttpResponseBase:
    """Give the proof; wherever it is shown all the same, it may run nothing."""
    found = _the_request(ref)
    if not found.proof_key:
        raise Http404
    return send_uploaded_file(
        request,
        about=f"the proof of {found.ref}",
        key=found.proof_key,
        size=found.proof_size,
        name=found.proof_name,
        content_type=found.proof_type,
    )


def _the_request(ref: str) -> EducationRequest:
    found = education_request_across_customers(ref)
    if found is None:
        raise Http404
    return found


def _decided() -> str:
    return _("This request was decided or taken back before. Nothing was changed now.")


def _show(
    request: HttpRequest,
    found: EducationRequest,
    *,
    grant: GrantForm | None = None,
    refuse: RefuseForm | None = None,
    status: int = 200,
) -> HttpResponse:
    today = clock.today(the_vendor().time_zone)
    with within(found.contract.customer):
        mark = education_of(found.contract_id, today).in_force
    known = {"ends_on": usual_end(today, mark.ends_on if mark else None), "percent": found.category.percent}
    grant = grant or GrantForm(initial=known, today=today)
    refuse = refuse or RefuseForm()
    context: dict[str, Any] = {
        "row": found,
        "contract": found.contract,
        "customer": found.contract.customer,
        "mark": mark,
        "open": found.state == EducationState.OPEN,
        "can_end": mark is not None and mark.pk == found.pk and mark.ends_on is not None and mark.ends_on > today,
        "grant": grant,
        "refuse": refuse,
        "wrong": grant if grant.errors else refuse,
        "forgotten": proof_is_forgotten(found),
        "kept_days": PROOF_KEPT.days,
        "open_days": OPEN_PROOF_KEPT.days,
    }
    return render(request, "backoffice/education/education_request.html", context, status=status)
